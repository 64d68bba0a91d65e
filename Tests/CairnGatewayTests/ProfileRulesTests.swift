import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("What a profile allows", .timeLimit(.minutes(5)))
struct ProfileRulesTests {
    private func client(_ rules: CairnProfileRules) throws -> ReferenceClient {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [.standard, CairnCertificateProfile(name: "special", description: "Special")]
        var policy = CairnPolicy()
        policy.profiles["special"] = rules
        return try TestServer(policy: policy, authority: authority).registered()
    }

    private let special = ["profile": "special"]

    @Test("An order that names none has the first, or any by the seed (draft-ietf-acme-profiles §4)")
    func unnamed() throws {
        func profiles(_ choice: CairnDefaultProfile, seed: CairnSeed) throws -> [String] {
            var authority = CairnAuthorityConfiguration()
            authority.profiles = [.standard, CairnCertificateProfile(name: "special", description: "Special")]
            var policy = CairnPolicy()
            policy.defaultProfile = choice
            let client = try TestServer(policy: policy, authority: authority, seed: seed).registered()
            return try (0..<20).map { number in
                try client.order(["n\(number).example.test"]).response.json["profile"] as? String ?? "none"
            }
        }
        #expect(try Set(profiles(.first, seed: 1)) == ["default"])
        let drawn = try profiles(.random, seed: 1)
        #expect(Set(drawn) == ["default", "special"])
        #expect(try profiles(.random, seed: 1) == drawn)
        #expect(try profiles(.random, seed: 2) != drawn)
    }

    @Test("One that is named is never drawn")
    func named() throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [.standard, CairnCertificateProfile(name: "special", description: "Special")]
        var policy = CairnPolicy()
        policy.defaultProfile = .random
        let client = try TestServer(policy: policy, authority: authority).registered()
        for _ in 0..<10 {
            #expect(try client.order(["a.test"], special).response.json["profile"] as? String == "special")
        }
    }

    @Test("An identifier of a type that it does not allow is rejectedIdentifier, since another profile would (§6.7)")
    func identifierTypes() throws {
        let client = try client(CairnProfileRules(identifierTypes: [.ip]))
        let response = try client.newOrder([("dns", "www.example.test"), ("ip", "192.0.2.1")], special)
        expectRefusal(
            response, 400, "rejectedIdentifier",
            "expected identifiers of the types \"ip\" in the profile \"special\", got one of type \"dns\"")
        #expect(response.refusedIdentifiers == ["www.example.test"])
        #expect(try client.newOrder([("ip", "192.0.2.1")], special).status == 201)
        #expect(try client.newOrder([("dns", "www.example.test")]).status == 201)
    }

    @Test("Its challenge types are offered, in its order, where they fit (§7.5)")
    func challengeTypes() throws {
        let client = try client(CairnProfileRules(challengeTypes: [.dns01, .http01]))
        func types(_ names: [String], _ members: [String: Any]) throws -> [[String]] {
            try client.order(names, members).authorizations.map {
                try client.read($0).challenges.compactMap { $0["type"] as? String }
            }
        }
        let names = ["www.example.test", "*.example.test", "192.0.2.1"]
        #expect(try types(names, special) == [["dns-01", "http-01"], ["dns-01"], ["http-01"]])
        #expect(try types(["www.example.test"], [:]) == [["http-01", "dns-01", "tls-alpn-01"]])
    }

    @Test("A name for which no challenge remains is rejectedIdentifier (§7.1.3, RFC 8738 §7)")
    func unprovable() throws {
        let client = try client(CairnProfileRules(challengeTypes: [.dns01]))
        let response = try client.newOrder([("ip", "192.0.2.1"), ("dns", "www.example.test")], special)
        expectRefusal(response, 400, "rejectedIdentifier", "no challenge type", "\"special\"", "\"192.0.2.1\"")
        #expect(response.refusedIdentifiers == ["192.0.2.1"])
        let none = try self.client(CairnProfileRules(challengeTypes: []))
        let both = try none.newOrder([("dns", "a.test"), ("dns", "b.test")], special)
        expectRefusal(both, 400, "rejectedIdentifier", "2 identifiers were refused")
    }

    @Test("It may have more or fewer identifiers than other orders (§7.4)", arguments: [1, 101])
    func maximum(_ maximum: Int) throws {
        let client = try client(CairnProfileRules(maximumIdentifiers: maximum))
        let names = (0...maximum).map { ("dns", "n\($0).example.test") }
        expectRefusal(
            try client.newOrder(names, special), 400, "malformed", "at most \(maximum) identifiers, got \(maximum + 1)")
        #expect(try client.newOrder(Array(names.dropLast()), special).status == 201)
    }
}
