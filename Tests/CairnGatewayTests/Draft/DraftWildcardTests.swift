import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

/// No authorization of the draft says whether it is for a name or for the wildcard below it.
@Suite("Draft: authorizations and wildcards", .timeLimit(.minutes(5)))
struct DraftWildcardTests {
    private let server: TestServer
    private let client: DraftClient

    init() throws {
        server = try TestServer()
        client = try server.draftRegistered()
    }

    @Test(
        "That of new-authz counts for the wildcard if dns-01 proved it (Authorization Objects)",
        arguments: [("dns-01", true), ("http-01", false)])
    func preAuthorized(_ type: String, _ counts: Bool) throws {
        let url = try #require(try client.newAuthorization("example.test")["Location"])
        try client.respond(to: try client.challenge(type, of: url))
        let order = try client.order(["*.example.test"])
        #expect(order.response.state == (counts ? "valid" : "pending"))
        #expect((order.authorizations == [url]) == counts)
    }

    @Test("That of an order for the wildcard counts for it again, and for the name (Authorization Objects)")
    func ordered() throws {
        let first = try client.order(["*.example.test"])
        try client.prove(first, by: "dns-01")
        #expect(try client.get(first.url).state == "valid")
        for names in [["*.example.test"], ["example.test"]] {
            let order = try client.order(names)
            #expect(order.response.state == "valid", "\(names)")
            #expect(order.authorizations == first.authorizations)
        }
        let existing = try client.newAuthorization("example.test", existing: "require")
        #expect(existing.status == 303)
        #expect(existing["Location"] == first.authorizations[0])
        #expect(try client.order(["a.example.test"]).response.state == "pending", "a name below is another")
    }

    @Test("An order for both lists the one once, and is issued for both (Authorization Objects)")
    func both() throws {
        let url = try #require(try client.newAuthorization("example.test")["Location"])
        try client.respond(to: try client.challenge("dns-01", of: url))
        let order = try client.order(["example.test", "*.example.test"])
        #expect(order.authorizations == [url])
        #expect(order.response.state == "valid")
        #expect(server.engine.journal.certificates.last?.identifiers.count == 2)
        #expect(server.engine.census.authorizations == 1)
    }

    @Test("Scoped ones count for their order alone (Authorization Objects)")
    func scoped() throws {
        let server = try TestServer { $0.policy.scopesAuthorizations = true }
        let client = try server.draftRegistered()
        let first = try client.order(["*.example.test"])
        try client.prove(first, by: "dns-01")
        for name in ["*.example.test", "example.test"] {
            #expect(try client.order([name]).response.state == "pending", "\(name)")
        }
    }

    @Test("What was granted for a name is not for its wildcard (RFC 8555 §7.4.1)")
    func granted() throws {
        let id = try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
        _ = try server.engine.grant(.name("example.test"), to: id, until: server.now + .days(9), at: server.now)
        #expect(try client.order(["example.test"]).response.state == "valid")
        #expect(try client.order(["*.example.test"]).response.state == "pending")
    }

    @Test("RFC 8555 tells a name from its wildcard, whatever proved it (§7.1.4)")
    func strict() throws {
        server.engine.policy.authorizationReuse = .always
        let rfc = try server.registered()
        let order = try rfc.readyOrder(["*.example.test"])
        #expect(try rfc.order(["*.example.test"]).authorizations == order.authorizations)
        #expect(try rfc.order(["example.test"]).response.state == "pending")
    }
}
