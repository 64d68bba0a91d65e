import Cairn
import CairnManagement
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("Presets by /cairn/v1", .timeLimit(.minutes(5)))
struct PresetRouteTests {
    @Test("They are listed and shown, used while the CA runs, and withdrawn")
    func routes() throws {
        let managed = try Managed()
        func used() throws -> [CairnJSON?] {
            try #require(try managed.api(.get, "/presets")?.array).filter { $0["isUsed"] == true }.map { $0["name"] }
        }
        #expect(try managed.api(.get, "/presets")?.array?.count == CairnPreset.all.count)
        #expect(try managed.api(.get, "/presets/crlfChain") == CairnPreset.crlfChain.json)
        #expect(try used() == [])
        try managed.api(.put, "/presets/crlfChain")
        #expect(try used() == ["crlfChain"])
        #expect(try managed.api(.get, "/settings/presets") == ["crlfChain"])
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        managed.ca.validation.standard = .approve
        let pem = try client.obtain(["www.example.test"], by: "http-01") { _ in }.pem
        #expect(pem.utf8.contains(13))
        #expect(try managed.api(.get, "/rules/crlfChain-1")?["fired"] == 1)
        try managed.api(.delete, "/presets/crlfChain")
        #expect(try used() == [])
        #expect(managed.ca.rules.all.isEmpty)
    }

    @Test("What cannot be is refused, and says why")
    func refused() throws {
        let managed = try Managed()
        #expect(
            try managed.apiRefusal(.get, "/presets/crlfChian").detail
                == #"404 there is no preset "crlfChian"; did you mean "crlfChain"?"#)
        #expect(
            try managed.apiRefusal(.put, "/presets/letsEncrypt").detail.hasPrefix(
                #"409 the preset "letsEncrypt" has settings that can be set at the start only (authority.crlShards)"#))
        #expect(
            try managed.apiRefusal(.delete, "/presets/crlfChain").detail
                == #"409 the preset "crlfChain" is not in use"#)
        #expect(managed.ca.presets.isEmpty)
    }
}
