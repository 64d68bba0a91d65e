import CairnReferenceClient
import Foundation
import Testing

@Suite("Account resource", .timeLimit(.minutes(5)))
struct AccountTests {
    @Test("It is read by POST-as-GET and by an empty update (§7.3.2)")
    func read() throws {
        let client = try TestServer().client()
        let created = try client.register(["termsOfServiceAgreed": true, "contact": ["mailto:a@example.test"]])
        let account = try #require(client.kid)
        for response in [try client.read(account), try client.post(account, [:])] {
            #expect(response.status == 200)
            #expect(response.body == created.body)
            #expect(response["Location"] == account)
        }
    }

    @Test("Contacts are replaced as a whole, and left alone when they are not named (§7.3.2)")
    func contacts() throws {
        let client = try TestServer().client()
        try client.register(["termsOfServiceAgreed": true, "contact": ["mailto:a@example.test"]])
        let account = try #require(client.kid)
        let changed = try client.post(account, ["contact": ["mailto:b@example.test", "mailto:c@example.test"]])
        #expect(changed.status == 200)
        #expect(changed.json["contact"] as? [String] == ["mailto:b@example.test", "mailto:c@example.test"])
        #expect(try client.post(account, ["more": 1]).body == changed.body)
        #expect(try client.post(account, ["contact": [String]()]).json["contact"] == nil)
        #expect(try client.read(account).json["contact"] == nil)
    }

    @Test("Orders, terms, other statuses and unknown members are ignored (§7.3.2)")
    func ignored() throws {
        let client = try TestServer().registered()
        let account = try #require(client.kid)
        let before = try client.read(account)
        for members: [String: Any] in [
            ["orders": "https://evil.example.test"], ["termsOfServiceAgreed": false], ["termsOfServiceAgreed": "yes"],
            ["status": "valid"], ["status": "revoked"], ["status": "other"], ["externalAccountBinding": [:]],
            ["more": NSNull()],
        ] {
            let response = try client.post(account, members)
            #expect(response.status == 200, "\(members): \(response.text)")
            #expect(response.body == before.body, "\(members)")
        }
    }

    @Test("A member of the wrong kind is malformed (§7.3.2)")
    func kinds() throws {
        let client = try TestServer().registered()
        let account = try #require(client.kid)
        expectRefusal(
            try client.post(account, ["status": 1]), 400, "malformed",
            "expected \"status\" to be a string, got a number")
        expectRefusal(
            try client.post(account, ["contact": ["a": 1]]), 400, "malformed", "\"contact\"", "got an object", "§7.3.2")
        // null is a value, and no string.
        expectRefusal(try client.post(account, ["contact": NSNull()]), 400, "malformed", "\"contact\"", "got null")
    }

    @Test("An account reads and changes itself alone (§7.3.2)")
    func others() throws {
        let server = try TestServer()
        let (client, other) = (try server.registered(), try server.registered())
        let theirs = try #require(other.kid)
        for payload: [String: Any]? in [nil, [:], ["contact": ["mailto:a@example.test"]], ["status": "deactivated"]] {
            let response = try client.post(theirs, payload)
            expectRefusal(response, 403, "unauthorized", "signed by \"\(theirs)\"", "§7.3.2")
        }
        expectRefusal(try client.read(theirs + "/orders"), 403, "unauthorized", theirs)
        #expect(try other.read(theirs).state == "valid")
        let nobody = "https://ca.example.test/account/AAAAAAAAAAAAAAAAAAAAAA"
        #expect(try client.read(nobody).problem == "unauthorized")
    }
}
