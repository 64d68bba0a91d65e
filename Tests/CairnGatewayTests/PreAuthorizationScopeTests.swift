import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

/// How much one proof by `dns-01` is good for, as private CAs sell it (RFC 8555 §7.4.1).
@Suite("How much a pre-authorization covers", .timeLimit(.minutes(5)))
struct PreAuthorizationScopeTests {
    private func client(_ scope: CairnPreAuthorizationScope) throws -> (TestServer, ReferenceClient) {
        let server = try TestServer()
        server.engine.policy.preAuthorizationScope = scope
        return (server, try server.registered())
    }

    /// Has a name authorized before any order.
    private func authorize(_ name: String, by type: String, _ client: ReferenceClient) throws -> String {
        let url = try #require(try client.newAuthz("dns", name)["Location"])
        try client.respond(to: try client.challenge(type, of: url).url)
        return url
    }

    @Test(
        "The name alone by default, with its wildcard, or with all below it (§7.4.1, §7.1.3)",
        arguments: [
            (CairnPreAuthorizationScope.name, ["example.test"]),
            (.wildcard, ["example.test", "*.example.test"]),
            (.domain, ["example.test", "*.example.test", "a.b.example.test", "*.a.b.example.test"]),
        ])
    func scopes(_ scope: CairnPreAuthorizationScope, _ covered: [String]) throws {
        let (server, client) = try client(scope)
        let url = try authorize("example.test", by: "dns-01", client)
        for name in [
            "example.test", "*.example.test", "a.b.example.test", "*.a.b.example.test", "test", "notexample.test",
            "other.test",
        ] {
            let order = try client.order([name])
            #expect(order.response.state == (covered.contains(name) ? "ready" : "pending"), "\(name)")
            #expect((order.authorizations == [url]) == covered.contains(name), "\(name)")
        }
        #expect(try server.registered().order(["example.test"]).response.state == "pending", "it is the account's")
    }

    @Test("What another challenge proved is for the name alone (§8.3, §8.4)")
    func otherProof() throws {
        let (_, client) = try client(.domain)
        _ = try authorize("example.test", by: "http-01", client)
        #expect(try client.order(["example.test"]).response.state == "ready")
        #expect(try client.order(["*.example.test"]).response.state == "pending")
        #expect(try client.order(["a.example.test"]).response.state == "pending")
    }

    @Test("An order lists the one authorization once, and is issued for every name (§7.1.3)")
    func listed() throws {
        let (server, client) = try client(.domain)
        let url = try authorize("example.test", by: "dns-01", client)
        let names = ["example.test", "*.example.test", "a.example.test", "b.a.example.test"]
        let order = try client.order(names)
        #expect(order.authorizations == [url])
        #expect(order.response.identifiers == names.map { "dns \($0)" })
        #expect(order.response.state == "ready")
        #expect(try client.finalize(order, csr: try csr(names)).state == "valid")
        #expect(server.engine.census.authorizations == 1)
        let mixed = try client.order(["a.example.test", "other.test"])
        #expect(mixed.authorizations.count == 2)
        #expect(mixed.response.state == "pending")
    }

    @Test("The nearest or widest is not the question: the one that lasts longest is taken")
    func longest() throws {
        let (server, client) = try client(.domain)
        _ = try authorize("a.example.test", by: "dns-01", client)
        server.advance(by: .days(1))
        let wide = try authorize("example.test", by: "dns-01", client)
        #expect(try client.order(["a.example.test"]).authorizations == [wide])
        server.advance(by: .days(1))
        let own = try authorize("a.example.test", by: "dns-01", client)
        #expect(try client.order(["a.example.test"]).authorizations == [own])
    }

    @Test("When it ends, orders that live by it fail (§7.1.6)")
    func ends() throws {
        let (_, client) = try client(.domain)
        let url = try authorize("example.test", by: "dns-01", client)
        let order = try client.order(["a.example.test", "b.example.test"])
        try client.post(url, ["status": "deactivated"])
        #expect(try client.read(order.url).state == "invalid")
        #expect(try client.order(["a.example.test"]).response.state == "pending")
    }

    @Test("CAA records are looked at for each name that it covers (RFC 8659 §3)")
    func caa() throws {
        let (server, client) = try client(.domain)
        _ = try authorize("example.test", by: "dns-01", client)
        let order = try client.order(["example.test", "a.example.test", "*.b.example.test"])
        server.forbidByCAA(ACMEProblem(.caa, "no"))
        let refused = try client.finalize(order, csr: try csr(["example.test", "a.example.test", "*.b.example.test"]))
        expectRefusal(refused, 403, "caa")
        #expect(refused.refusedIdentifiers == ["a.example.test", "*.b.example.test"], "its own was looked at before")
    }

    @Test("Whoever has proven a domain so may revoke a certificate for a name below it (§7.6)")
    func revocation() throws {
        let (server, client) = try client(.domain)
        let owner = try server.registered()
        let leaf = try owner.certificate(of: try owner.issue(["www.example.test"])).leaf()
        let url = try client.endpoint("revokeCert")
        #expect(try client.post(url, ["certificate": base64URL(leaf)]).status == 403)
        _ = try authorize("example.test", by: "dns-01", client)
        #expect(try client.post(url, ["certificate": base64URL(leaf)]).status == 200)
    }
}
