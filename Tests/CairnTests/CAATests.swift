import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Testing

@Suite("CAA in a whole CA (RFC 8659, RFC 8657)", .timeLimit(.minutes(5)))
struct CAATests {
    private func ca(_ change: (inout CairnPolicy) -> Void = { _ in }) throws -> TestCA {
        try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                change(&$0.policy)
            })
    }

    /// Answers the `dns-01` challenges of an order, and returns what became of the first challenge.
    private func prove(_ order: ReferenceClient.Placed, _ client: ReferenceClient, _ ca: TestCA) throws -> Response {
        var answered: [String] = []
        for authorization in order.authorizations {
            let name = try client.read(authorization).json["identifier"] as? [String: Any]
            let (url, token) = try client.challenge("dns-01", of: authorization)
            let proof = Proof(name: "", token: token, keyAuthorization: client.keyAuthorization(token))
            ca.dns.add(.txt(proof.digest), to: "_acme-challenge.\(name?["value"] as? String ?? "")")
            try client.respond(to: url)
            answered.append(url)
        }
        return try client.read(answered[0])
    }

    private func request(_ names: String) throws -> [UInt8] {
        try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: names).derEncoded
    }

    @Test("The directory names the CA as CAA records do, and nothing where it does not look (RFC 8555 §7.1.1)")
    func directory() throws {
        let client = try ca { $0.caa?.identities = ["one.test", "two.test"] }.client()
        let meta = try client.send("GET", "https://localhost/dir").json["meta"] as? [String: Any]
        #expect(meta?["caaIdentities"] as? [String] == ["one.test", "two.test"])
        let blind = try ca { $0.caa = nil }.client().send("GET", "https://localhost/dir").json["meta"] as? [String: Any]
        #expect(blind?["caaIdentities"] == nil)
    }

    @Test("A record that names another CA forbids, and the challenge says which (RFC 8659 §4.2)")
    func forbidden() throws {
        let ca = try ca()
        ca.dns["example.test"] = [.caa(flags: 0, tag: "issue", value: "other.test")]
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let challenge = try prove(order, client, ca)
        #expect(challenge.state == "invalid")
        let error = challenge.json["error"] as? [String: Any]
        #expect(error?["type"] as? String == "urn:ietf:params:acme:error:caa")
        #expect((error?["detail"] as? String)?.contains("other.test") == true)
        #expect(try client.read(order.url).state == "invalid")

        ca.policy.caa = nil
        #expect(try prove(try client.order(["www.example.test"]), client, ca).state == "valid")
    }

    @Test(
        "accounturi is compared with the URL that the client knows itself by (RFC 8657 §3)", arguments: [true, false])
    func accountURI(_ isOwn: Bool) throws {
        let ca = try ca()
        let client = try ca.client()
        try client.register()
        let url = isOwn ? client.kid ?? "" : "https://localhost/account/another"
        ca.dns["www.example.test"] = [
            .caa(flags: 0, tag: "issue", value: "cairn.test; accounturi=\(url); validationmethods=dns-01")
        ]
        #expect(try prove(try client.order(["www.example.test"]), client, ca).state == (isOwn ? "valid" : "invalid"))
    }

    @Test("A check that is old is made again at finalize; the order stays ready (RFC 8659 §3)")
    func recheck() throws {
        let ca = try ca()
        let client = try ca.client()
        try client.register()
        let order = try client.order(["a.example.test", "b.example.test", "*.c.example.test"])
        #expect(try prove(order, client, ca).state == "valid")
        for name in ["a.example.test", "c.example.test"] {
            ca.dns[name] = [.caa(flags: 0, tag: "issue", value: ";")]
        }
        let csr = try request("DNS:a.example.test,DNS:b.example.test,DNS:*.c.example.test")
        ca.clock.advance(by: .hours(7) + .seconds(1))
        let refused = try client.finalize(order, csr: csr)
        #expect(refused.status == 403)
        #expect(refused.problem == "caa")
        let about = (refused.json["subproblems"] as? [[String: Any]] ?? []).compactMap {
            ($0["identifier"] as? [String: Any])?["value"] as? String
        }
        #expect(about == ["a.example.test", "*.c.example.test"])
        #expect(try client.read(order.url).state == "ready")

        ca.dns["a.example.test"] = []
        ca.dns["c.example.test"] = [.caa(flags: 0, tag: "issuewild", value: "cairn.test")]
        ca.dns.clearQueries()
        #expect(try client.finalize(order, csr: csr).state == "valid")
        #expect(ca.dns.queries(for: "b.example.test").map(\.type) == [.caa])
    }

    @Test("A check that was made again is remembered, too: another order looks nothing up (RFC 8659 §3)")
    func remembered() throws {
        let ca = try ca()
        ca.policy.authorizationReuse = .always
        let client = try ca.client()
        try client.register()
        let csr = try request("DNS:www.example.test")
        let order = try client.order(["www.example.test"])
        #expect(try prove(order, client, ca).state == "valid")
        ca.clock.advance(by: .hours(7) + .seconds(1))
        ca.dns.clearQueries()
        #expect(try client.finalize(order, csr: csr).state == "valid")
        #expect(ca.dns.queries(for: "www.example.test").map(\.type) == [.caa])
        ca.clock.advance(by: .hours(7))
        ca.dns.clearQueries()
        #expect(try client.finalize(try client.order(["www.example.test"]), csr: csr).state == "valid")
        #expect(ca.dns.queries(for: "www.example.test").isEmpty)
        ca.clock.advance(by: .seconds(1))
        #expect(try client.finalize(try client.order(["www.example.test"]), csr: csr).state == "valid")
        #expect(ca.dns.queries(for: "www.example.test").map(\.type) == [.caa])
    }

    @Test("A check that is young is not made again")
    func young() throws {
        let ca = try ca()
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        #expect(try prove(order, client, ca).state == "valid")
        ca.dns["www.example.test"] = [.caa(flags: 0, tag: "issue", value: ";")]
        ca.clock.advance(by: .hours(7))
        #expect(try client.finalize(order, csr: try request("DNS:www.example.test")).state == "valid")
    }

    @Test("What is granted without a challenge is checked at finalize, with a method of its own (RFC 8657 §4)")
    func granted() throws {
        let ca = try ca()
        let client = try ca.client()
        try client.register()
        try ca.grants.grant(.name("www.example.test"), to: CairnObjectID(url: try #require(client.kid)))
        let order = try client.order(["www.example.test"])
        #expect(order.response.state == "ready")
        let csr = try request("DNS:www.example.test")
        ca.dns["www.example.test"] = [.caa(flags: 0, tag: "issue", value: "cairn.test; validationmethods=dns-01")]
        #expect(try client.finalize(order, csr: csr).problem == "caa")
        ca.dns["www.example.test"] = [.caa(flags: 0, tag: "issue", value: "cairn.test; validationmethods=ca-grant")]
        #expect(try client.finalize(order, csr: csr).state == "valid")
    }

    @Test("A lookup that fails at finalize is a dns problem, and several kinds are compound (RFC 8555 §6.7.1)")
    func compound() throws {
        let ca = try ca()
        let client = try ca.client()
        try client.register()
        let order = try client.order(["a.example.test", "b.example.test"])
        #expect(try prove(order, client, ca).state == "valid")
        ca.dns.setFailure(.serverFailure, for: "a.example.test", type: .caa)
        ca.clock.advance(by: .days(1))
        let csr = try request("DNS:a.example.test,DNS:b.example.test")
        #expect(try client.finalize(order, csr: csr).problem == "dns")
        ca.dns["b.example.test"] = [.caa(flags: 128, tag: "unknown", value: "x")]
        let refused = try client.finalize(order, csr: csr)
        #expect(refused.problem == "compound")
        let types = (refused.json["subproblems"] as? [[String: Any]] ?? []).compactMap { $0["type"] as? String }
        #expect(types == ["urn:ietf:params:acme:error:dns", "urn:ietf:params:acme:error:caa"])
    }
}
