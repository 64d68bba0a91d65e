import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Authorizations from outside ACME", .timeLimit(.minutes(5)))
struct GrantTests {
    private let server: TestServer
    private let client: ReferenceClient

    init() throws {
        server = try TestServer()
        client = try server.registered()
    }

    @discardableResult
    private func grant(_ scope: CairnGrant.Scope, for duration: Duration = .days(90)) throws -> CairnGrant {
        let id = try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
        return try server.engine.grant(scope, to: id, until: server.now + duration, at: server.now)
    }

    @Test("An order for what is covered lists a valid authorization without challenges, and is ready (§7.4.1, §7.1.3)")
    func used() throws {
        try grant(.name("www.example.test"))
        let order = try client.order(["www.example.test"])
        #expect(order.response.state == "ready")
        #expect(order.response.json["expires"] as? String == "2026-11-29T08:00:00Z")
        let authorization = try client.read(try #require(order.authorizations.first))
        #expect(authorization.state == "valid")
        #expect(authorization.json["identifier"] as? [String: String] == ["type": "dns", "value": "www.example.test"])
        #expect(authorization.json["expires"] as? String == "2027-02-20T08:00:00Z")
        #expect((authorization.json["challenges"] as? [Any])?.isEmpty == true)
        #expect(authorization.json["wildcard"] == nil)
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "valid")
    }

    @Test("The next order is given the same authorization")
    func again() throws {
        try grant(.domain("example.test"))
        let first = try client.order(["www.example.test", "*.example.test"])
        let second = try client.order(["*.example.test", "www.example.test"])
        #expect(second.authorizations == first.authorizations.reversed())
        #expect(server.engine.census.authorizations == 2)
        #expect(try client.read(first.authorizations[1]).json["wildcard"] as? Bool == true)
    }

    @Test(
        "What a grant covers",
        arguments: [
            (CairnGrant.Scope.name("example.test"), ["example.test"]),
            (.name("EXAMPLE.test."), ["example.test"]),
            (.wildcard("example.test"), ["*.example.test"]),
            (
                .domain("example.test"),
                ["example.test", "*.example.test", "a.b.example.test", "*.a.b.example.test"]
            ),
            (.address("192.0.2.1"), ["192.0.2.1"]),
        ])
    func scope(_ scope: CairnGrant.Scope, _ covered: [String]) throws {
        try grant(scope)
        for name in [
            "example.test", "*.example.test", "a.b.example.test", "*.a.b.example.test", "other.test", "notexample.test",
            "192.0.2.1", "192.0.2.2",
        ] {
            #expect(
                try client.order([name]).response.state == (covered.contains(name) ? "ready" : "pending"), "\(name)")
        }
        #expect(try server.registered().order([covered[0]]).response.state == "pending")
    }

    @Test("An order that it covers in part waits for the rest (§7.1.6)")
    func partly() throws {
        try grant(.name("a.example.test"))
        let order = try client.order(["a.example.test", "b.example.test"])
        #expect(order.response.state == "pending")
        let challenge = try client.challenge("http-01", of: order.authorizations[1])
        try client.respond(to: challenge.url)
        #expect(try client.read(order.url).state == "ready")
    }

    @Test("What has no challenge can be granted: a wildcard where dns-01 is not offered (§7.1.3)")
    func unprovable() throws {
        server.engine.policy.challengeTypes = [.http01]
        expectRefusal(try client.newOrder([("dns", "*.example.test")]), 400, "rejectedIdentifier", "no challenge type")
        try grant(.wildcard("example.test"))
        #expect(try client.order(["*.example.test"]).response.state == "ready")
    }

    @Test("It is no way around the names that the CA blocks (§7.4)")
    func blocked() throws {
        server.engine.policy.blockedNames = ["*.example.test"]
        try grant(.domain("example.test"))
        #expect(try client.newOrder([("dns", "www.example.test")]).problem == "rejectedIdentifier")
    }

    @Test("newAuthz shows it: the authorization is valid at once (§7.4.1)")
    func preAuthorization() throws {
        try grant(.domain("example.test"))
        let response = try client.newAuthz("dns", "www.example.test")
        #expect(response.status == 201)
        #expect(response.state == "valid")
        let order = try client.order(["www.example.test"])
        #expect(order.authorizations == [response["Location"]])
        #expect(try client.newAuthz("dns", "www.example.test")["Location"] == response["Location"])
    }

    @Test("An order ends with the grant, and both expire on the clock (§7.1.6)")
    func expired() throws {
        try grant(.name("www.example.test"), for: .hours(1))
        let order = try client.order(["www.example.test"])
        #expect(order.response.json["expires"] as? String == "2026-11-22T09:00:00Z")
        server.advance(by: .hours(1))
        #expect(try client.read(order.authorizations[0]).state == "expired")
        #expect(try client.read(order.url).state == "invalid")
        #expect(try client.order(["www.example.test"]).response.state == "pending")
        #expect(server.engine.grants(at: server.now).isEmpty)
    }

    @Test("Of several the one that expires last counts")
    func several() throws {
        try grant(.name("www.example.test"), for: .days(2))
        try grant(.domain("example.test"), for: .days(3))
        try grant(.domain("example.test"), for: .days(1))
        let order = try client.order(["www.example.test"])
        #expect(try client.read(order.authorizations[0]).json["expires"] as? String == "2026-11-25T08:00:00Z")
    }

    @Test("Of those that end together the narrowest counts", arguments: [true, false])
    func narrowest(_ wideFirst: Bool) throws {
        let scopes: [CairnGrant.Scope] = [.domain("test"), .domain("example.test"), .name("www.example.test")]
        var grants: [CairnGrant.Scope: CairnGrant] = [:]
        for scope in wideFirst ? scopes : scopes.reversed() { grants[scope] = try grant(scope) }
        for scope in scopes.reversed() {
            let order = try client.order(["www.example.test"])
            let narrowest = try #require(grants[scope])
            #expect(server.engine.revoke(narrowest.id, at: server.now))
            #expect(try client.read(order.authorizations[0]).state == "revoked")
            grants[scope] = nil
        }
    }

    @Test("Of a grant and an authorization to be used again, the one that lasts longer counts", arguments: [20, 40])
    func grantOrReuse(_ days: Int) throws {
        server.engine.policy.authorizationReuse = .always
        let proven = try client.readyOrder(["www.example.test"])
        try grant(.name("www.example.test"), for: .days(days))
        let order = try client.order(["www.example.test"])
        #expect(order.response.state == "ready")
        #expect((order.authorizations == proven.authorizations) == (days < 30))
        let expires = try client.read(order.authorizations[0]).json["expires"] as? String
        #expect(expires == (days < 30 ? "2026-12-22T08:00:00Z" : "2027-01-01T08:00:00Z"))
    }

    @Test("Withdrawn, its authorizations are revoked and orders that need them invalid (§7.1.6)")
    func revoked() throws {
        let grant = try grant(.domain("example.test"))
        let issued = try client.order(["issued.example.test"])
        try client.finalize(issued, csr: try csr(["issued.example.test"]))
        let waiting = try client.order(["www.example.test", "other.test"])
        let first = server.engine.revoke(grant.id, at: server.now)
        let second = server.engine.revoke(grant.id, at: server.now)
        #expect(first && !second)
        for url in [issued.authorizations[0], waiting.authorizations[0]] {
            #expect(try client.read(url).state == "revoked")
        }
        let failed = try client.read(waiting.url)
        #expect(failed.state == "invalid")
        #expect((failed.error?["detail"] as? String)?.contains("\"www.example.test\" was revoked") == true)
        #expect(try client.read(issued.url).state == "valid")
        #expect(try client.order(["www.example.test"]).response.state == "pending")
    }

    @Test("A client that gives the authorization up is given another (§7.5.2)")
    func deactivated() throws {
        try grant(.name("www.example.test"))
        let first = try client.order(["www.example.test"])
        #expect(try client.post(first.authorizations[0], ["status": "deactivated"]).state == "deactivated")
        let second = try client.order(["www.example.test"])
        #expect(second.authorizations != first.authorizations)
        #expect(second.response.state == "ready")
    }

    @Test("Whoever holds grants for all names of a certificate may revoke it (§7.6)")
    func revocation() throws {
        let owner = try server.registered()
        let leaf = try owner.certificate(of: try owner.issue(["www.example.test"])).leaf()
        let url = try client.endpoint("revokeCert")
        #expect(try client.post(url, ["certificate": base64URL(leaf)]).status == 403)
        try grant(.domain("example.test"))
        #expect(try client.post(url, ["certificate": base64URL(leaf)]).status == 200)
    }

    @Test("One that could never hold is refused: no such name, or an end that is past")
    func impossible() throws {
        #expect(throws: Objection.self) { try grant(.name("a_b.test")) }
        #expect(throws: Objection.self) { try grant(.domain("")) }
        #expect(throws: Objection.self) { try grant(.name("www.example.test"), for: .zero) }
        #expect(server.engine.grants(at: server.now).isEmpty)
    }
}
