import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Names that the CA does not certify", .timeLimit(.minutes(5)))
struct BlockedNameTests {
    private func client(_ names: CairnNameSet) throws -> ReferenceClient {
        var policy = CairnPolicy()
        policy.blockedNames = names
        return try TestServer(policy: policy).registered()
    }

    @Test("One is rejectedIdentifier, with a subproblem (§6.7.1, §7.4)")
    func one() throws {
        let client = try client(["blocked.test"])
        let response = try client.newOrder([("dns", "good.test"), ("dns", "BLOCKED.test")])
        expectRefusal(response, 400, "rejectedIdentifier", "forbids certificates for \"blocked.test\"", "§7.4")
        #expect(response.refusedIdentifiers == ["blocked.test"])
        #expect(try client.newOrder([("dns", "good.test")]).status == 201)
    }

    @Test("Several are one problem with a subproblem for each, with malformed ones compound (§6.7.1)")
    func several() throws {
        let client = try client(["a.test", "b.test"])
        let several = try client.newOrder([("dns", "a.test"), ("dns", "b.test")])
        expectRefusal(several, 400, "rejectedIdentifier", "2 identifiers were refused: \"a.test\", \"b.test\"")
        #expect(several.refusedIdentifiers == ["a.test", "b.test"])
        let mixed = try client.newOrder([("dns", "a.test"), ("dns", "a_b.test"), ("dns", "good.test")])
        expectRefusal(mixed, 400, "compound", "2 identifiers were refused")
        let types = (mixed.json["subproblems"] as? [[String: Any]] ?? []).compactMap { $0["type"] as? String }
        #expect(
            Set(types) == ["urn:ietf:params:acme:error:malformed", "urn:ietf:params:acme:error:rejectedIdentifier"])
    }

    @Test(
        "What an entry blocks",
        arguments: [
            ("bank.test", ["bank.test", "*.bank.test", "*.test"]),
            ("*.bank.test", ["*.bank.test", "www.bank.test", "a.www.bank.test", "*.www.bank.test"]),
            ("*.www.bank.test", ["*.www.bank.test", "a.www.bank.test"]),
            ("www.bank.test", ["www.bank.test", "*.bank.test", "*.www.bank.test"]),
            ("WWW.Bank.Test.", ["www.bank.test", "*.bank.test", "*.www.bank.test"]),
            ("192.0.2.1", ["192.0.2.1"]),
            ("2001:DB8::0:1", ["2001:db8::1"]),
        ] as [(String, [String])])
    func entry(_ entry: String, _ blocked: [String]) throws {
        let client = try client([CairnNamePattern(entry)])
        for name in [
            "bank.test", "*.bank.test", "www.bank.test", "*.www.bank.test", "a.www.bank.test", "*.test", "test",
            "other.test", "notbank.test", "192.0.2.1", "192.0.2.2", "2001:db8::1",
        ] {
            let isAddress = name.contains(":") || name.hasPrefix("192")
            let response = try client.newOrder([(isAddress ? "ip" : "dns", name)])
            #expect((response.problem == "rejectedIdentifier") == blocked.contains(name), "\(name)")
        }
    }

    @Test("The set can be changed while the CA runs")
    func live() throws {
        let server = try TestServer()
        let client = try server.registered()
        server.engine.policy.blockedNames.insert("a.test")
        server.engine.policy.blockedNames.insert("a.test")
        #expect(try client.newOrder([("dns", "a.test")]).problem == "rejectedIdentifier")
        #expect(try client.newOrder([("dns", "*.test")]).problem == "rejectedIdentifier")
        server.engine.policy.blockedNames.remove("A.test.")
        #expect(server.engine.policy.blockedNames.isEmpty)
        #expect(try client.newOrder([("dns", "a.test")]).status == 201)
        #expect(try client.newOrder([("dns", "*.test")]).status == 201)
    }
}
