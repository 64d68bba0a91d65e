import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("newAccount", .timeLimit(.minutes(5)))
struct NewAccountTests {
    private static let url = "https://ca.example.test/new-account"

    @Test("A new account is 201 with its URL and the object (§7.1.2, §7.3)")
    func created() throws {
        let client = try TestServer().client()
        let response = try client.register(
            ["termsOfServiceAgreed": true, "contact": ["mailto:admin@example.test", "mailto:b@example.test"]])
        #expect(response.status == 201)
        let location = try #require(response["Location"])
        #expect(response.state == "valid")
        #expect(response.json["contact"] as? [String] == ["mailto:admin@example.test", "mailto:b@example.test"])
        #expect(response.json["termsOfServiceAgreed"] as? Bool == true)
        #expect(response.json["orders"] as? String == location + "/orders")
        #expect(Set(response.json.keys) == ["status", "contact", "termsOfServiceAgreed", "orders"])
        #expect(try client.read(location).json as NSDictionary == response.json as NSDictionary)
    }

    @Test("What the server does not know, or decides itself, is ignored and not reflected (§7.3)")
    func unknown() throws {
        let client = try TestServer().client()
        let response = try client.register([
            "termsOfServiceAgreed": true, "orders": "https://evil.example.test", "status": "revoked", "more": [1],
            "onlyReturnExisting": false, "key": ["kty": "EC"], "initialIp": "10.0.0.1",
        ])
        #expect(response.status == 201)
        #expect(Set(response.json.keys) == ["status", "termsOfServiceAgreed", "orders"])
        #expect(response.state == "valid")
        #expect((response.json["orders"] as? String)?.hasPrefix("https://ca.example.test/account/") == true)
    }

    @Test("A key that has an account finds it: 200, its URL, and nothing of the request done (§7.3.1, §11.1)")
    func existing() throws {
        let server = try TestServer()
        let client = try server.client()
        let first = try client.register(["termsOfServiceAgreed": true, "contact": ["mailto:a@example.test"]])
        for members: [String: Any] in [
            [:], ["contact": ["mailto:other@example.test"]], ["onlyReturnExisting": true],
            ["contact": ["tel:1"], "termsOfServiceAgreed": false],
            ["contact": 1, "termsOfServiceAgreed": "yes", "onlyReturnExisting": NSNull()],
        ] {
            let again = try client.register(members)
            #expect(again.status == 200)
            #expect(again["Location"] == first["Location"])
            #expect(again.json as NSDictionary == first.json as NSDictionary)
        }
        #expect(server.engine.census.accounts == 1)
    }

    @Test("A key without account creates none when only existing ones are wanted (§7.3, §7.3.1)")
    func onlyExisting() throws {
        let server = try TestServer()
        let response = try server.client().register(["onlyReturnExisting": true, "termsOfServiceAgreed": true])
        expectRefusal(response, 400, "accountDoesNotExist", "§7.3.1")
        #expect(server.engine.census.accounts == 0)
    }

    @Test("Two keys are two accounts (§7.3, §11.1)")
    func several() throws {
        let server = try TestServer()
        #expect(try server.registered().kid != server.registered().kid)
    }

    @Test(
        "Without agreement to the terms it is userActionRequired, with where they are (§7.3, §7.3.3)",
        arguments: [[:], ["termsOfServiceAgreed": false]])
    func terms(_ members: [String: Bool]) throws {
        let server = try TestServer()
        let response = try server.client().register(members)
        expectRefusal(response, 403, "userActionRequired", "expected \"termsOfServiceAgreed\": true", "§7.3")
        #expect(response.links("terms-of-service") == ["https://ca.example.test/terms/1"])
        #expect(response.json["instance"] as? String == "https://ca.example.test/terms/1")
        #expect(server.engine.census.accounts == 0)
    }

    @Test("Where there are no terms, nobody has to agree (§7.3)")
    func noTerms() throws {
        var policy = CairnPolicy()
        policy.termsOfService = nil
        let response = try TestServer(policy: policy).client().register([:])
        #expect(response.status == 201)
        #expect(response.json["termsOfServiceAgreed"] == nil)
    }

    @Test("A member of the wrong kind is malformed and named (§7.3)")
    func kinds() throws {
        let client = try TestServer().client()
        let agreed: [String: Any] = ["termsOfServiceAgreed": true]
        for (members, words) in [
            (["termsOfServiceAgreed": "true"], "expected \"termsOfServiceAgreed\" to be a boolean, got a string"),
            (["onlyReturnExisting": 1], "expected \"onlyReturnExisting\" to be a boolean, got a number"),
            (["contact": "mailto:a@example.test"], "expected \"contact\" to be an array of strings, got a string"),
            (
                ["contact": ["mailto:a@example.test", 1]],
                "expected \"contact\" to be an array of strings, got a number at index 1"
            ),
        ] as [([String: Any], String)] {
            let response = try client.register(agreed.merging(members) { $1 })
            expectRefusal(response, 400, "malformed", words, "§7.3")
        }
        expectRefusal(try client.post(Self.url, nil, as: .key), 400, "malformed", "POST-as-GET")
    }
}
