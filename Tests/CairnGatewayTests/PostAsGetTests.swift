import CairnEngine
import CairnReferenceClient
import Foundation
import Testing

@Suite("POST-as-GET", .timeLimit(.minutes(5)))
struct PostAsGetTests {
    @Test("It is authenticated like any request, at every resource (§6.3)")
    func authenticated() throws {
        let server = try TestServer()
        let client = try server.registered()
        for url in try resources(of: client) {
            let forged = try client.post(url, nil, signedBy: AccountKey())
            expectRefusal(forged, 400, "malformed", "does not verify")
            let unsigned = try client.send("POST", url, fields: ["Content-Type": "application/jose+json"])
            expectRefusal(unsigned, 400, "malformed", "got an empty body")
            let keyed = try client.post(url, nil, as: .key)
            expectRefusal(keyed, 400, "malformed", "have \"kid\", got \"jwk\"")
        }
    }

    @Test("Its payload is the empty string: present, and neither an empty object nor null (§6.3)")
    func payload() throws {
        let client = try TestServer().registered()
        for url in try resources(of: client) {
            #expect(try client.read(url).status < 300)
            let missing = try client.post(url, nil) { $0.seal = { $0["payload"] = nil } }
            expectRefusal(missing, 400, "malformed", "payload: expected a string, got nothing")
            let null = try client.post(url, nil) { $0.seal = { $0["payload"] = NSNull() } }
            expectRefusal(null, 400, "malformed", "payload: expected a string, got null")
        }
    }

    @Test("Reading anything any number of times changes nothing and gives the same (§6.3)")
    func repeated() throws {
        let server = try TestServer()
        let client = try server.registered()
        for url in try resources(of: client) {
            let changes = server.engine.journal.statusChanges.count
            let first = try client.read(url)
            #expect(try client.read(url).body == first.body, "\(url)")
            #expect(server.engine.journal.statusChanges.count == changes, "\(url)")
        }
    }

    /// One of every resource that can be read.
    private func resources(of client: ReferenceClient) throws -> [String] {
        let pending = try client.order(["www.example.test"])
        let issued = try client.issue(["done.example.test"])
        return [
            "https://ca.example.test/dir", try client.endpoint("newNonce"), try #require(client.kid),
            try #require(client.kid) + "/orders", pending.url, pending.authorizations[0],
            try client.challenge("http-01", of: pending.authorizations[0]).url,
            try #require(issued.json["certificate"] as? String),
        ]
    }
}
