import Cairn
import CairnReferenceClient
import Testing

@Suite("What a personality decides in a CA", .timeLimit(.minutes(5)))
struct DecisionTests {
    private func directory(of ca: TestCA) throws -> [String: Any] {
        let client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
        return try client.send("GET", ca.directoryURL).json
    }

    @Test("A CA like Pebble has no newAuthz and looks at no CAA records; a strict one has both")
    func decided() throws {
        var configuration = TestCA.Configuration()
        #expect(try directory(of: .inMemory(configuration))["newAuthz"] != nil)
        configuration.personality = .pebble
        let ca = try TestCA.inMemory(configuration)
        #expect(try directory(of: ca)["newAuthz"] == nil)
        #expect(ca.policy.caa == nil)
    }

    @Test("What signing requests ask for is judged as by the server, unless a profile says otherwise")
    func profiles() throws {
        var configuration = TestCA.Configuration()
        configuration.authority.profiles = [.standard, .standard]
        configuration.authority.profiles[1].name = "letter"
        configuration.authority.profiles[1].csrContent = .strict
        func rules(_ personality: CairnPersonality) throws -> [CairnCSRContentPolicy] {
            configuration.personality = personality
            return try TestCA.inMemory(configuration).configuration.authority.profiles.map(\.csrContent)
        }
        #expect(try rules(.strict) == [.deployed, .strict])
        #expect(try rules(.pebble) == [.pebble, .strict])
        #expect(try rules(.boulder) == [.letsEncrypt, .strict])
    }

    @Test("What the configuration chose stands, and so does what is assigned after the start")
    func chosen() throws {
        var configuration = TestCA.Configuration()
        configuration.personality = .pebble
        configuration.policy.ordersPerPage = 9
        let ca = try TestCA.inMemory(configuration)
        #expect(ca.policy.ordersPerPage == 9)
        ca.policy.preAuthorization = true
        #expect(try directory(of: ca)["newAuthz"] != nil)
    }
}
