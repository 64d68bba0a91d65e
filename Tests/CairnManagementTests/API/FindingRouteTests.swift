import Cairn
import CairnManagement
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("Findings by /cairn/v1", .timeLimit(.minutes(5)))
struct FindingRouteTests {
    @Test(
        "What is judged from the journal is there, by kind, after an entry and in part, and goes when it is made good")
    func judged() throws {
        let managed = try Managed()
        let client = try ReferenceClient(directory: managed.ca.directoryURL) { managed.ca.respond(to: $0) }
        try client.register()
        let kid = try #require(client.kid)
        #expect(try managed.api(.get, "/findings")?["entries"] == [])
        managed.ca.rules.add(.badNonce.times(1), at: .account)
        #expect(try client.read(kid).problem == "badNonce")
        _ = try client.order(["www.example.test"])
        let entries = try #require(try managed.api(.get, "/findings")?["entries"]?.array)
        #expect(entries.map { $0["kind"] } == ["gaveUpOnBadNonce", "leftAuthorizationsPending"])
        let refused = managed.ca.journal.entries.first { $0.request?.status == 400 }
        #expect(entries[0]["number"]?.integer == refused?.number && entries[0]["event"] == "finding")
        #expect(try managed.api(.get, "/findings?kind=gaveUpOnBadNonce")?["entries"]?.array?.count == 1)
        #expect(
            try managed.apiRefusal(.get, "/findings?kind=gaveUpOnBadNonces").detail.hasSuffix(
                #"got "gaveUpOnBadNonces"; did you mean "gaveUpOnBadNonce"?"#))
        let number = try #require(refused?.number)
        let later = try managed.api(.get, "/findings?after=\(number)")
        #expect(later?["entries"]?.array?.map { $0["kind"] } == ["leftAuthorizationsPending"])
        let first = try managed.api(.get, "/findings?limit=1")
        #expect(first?["last"] == .integer(number) && first?["entries"]?.array?.count == 1)
        #expect(try client.read(kid).status == 200)
        #expect(
            try managed.api(.get, "/findings")?["entries"]?.array?.map { $0["kind"] } == ["leftAuthorizationsPending"])
    }
}
