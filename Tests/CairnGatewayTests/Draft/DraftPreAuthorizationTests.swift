import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Draft: new-authz", .timeLimit(.minutes(5)))
struct DraftPreAuthorizationTests {
    private let server: TestServer
    private let client: DraftClient

    init() throws {
        server = try TestServer()
        client = try server.draftRegistered()
    }

    /// The URL of an authorization that has become valid.
    private func authorized(_ name: String) throws -> String {
        let url = try #require(try client.newAuthorization(name)["Location"])
        try client.respond(to: try client.challenge("http-01", of: url))
        return url
    }

    @Test("A new one is pending, where Location says (Pre-Authorization)", arguments: [nil, "accept", "other", ""])
    func created(_ existing: String?) throws {
        let response = try client.newAuthorization("www.example.test", existing: existing)
        #expect(response.status == 201)
        #expect(response.state == "pending")
        #expect(response.json["identifier"] as? [String: String] == ["type": "dns", "value": "www.example.test"])
        #expect(response["Location"]?.hasPrefix("https://ca.example.test/draft/authorization/") == true)
    }

    @Test("One that is valid is pointed to, without a body (Pre-Authorization)", arguments: ["accept", "require"])
    func existing(_ existing: String) throws {
        let url = try authorized("www.example.test")
        let response = try client.newAuthorization("www.example.test", existing: existing)
        #expect(response.status == 303)
        #expect(response["Location"] == url)
        #expect(response.body.isEmpty)
        #expect(response["Replay-Nonce"] != nil)
        #expect(try client.get(url).state == "valid")
    }

    @Test("Of several it is the one that expires last (Pre-Authorization)")
    func latest() throws {
        _ = try authorized("www.example.test")
        server.advance(by: .hours(1))
        let second = try authorized("www.example.test")
        let response = try client.newAuthorization("www.example.test", existing: "accept")
        #expect(response["Location"] == second)
    }

    @Test("What is required and not there is not found (Pre-Authorization)")
    func required() throws {
        expectRefusal(try client.newAuthorization("www.example.test", existing: "require"), 404, "malformed")
        // Neither one that is pending, nor one that is somebody else's, nor one for another name is there.
        _ = try client.newAuthorization("www.example.test")
        _ = try authorized("other.example.test")
        let stranger = try server.draftRegistered()
        for (client, name) in [(client, "www.example.test"), (stranger, "other.example.test")] {
            expectRefusal(try client.newAuthorization(name, existing: "require"), 404, "malformed")
            #expect(try client.newAuthorization(name, existing: "accept").status == 201)
        }
    }

    @Test("One that was given up or has expired is not found (Pre-Authorization)")
    func lost() throws {
        let url = try authorized("www.example.test")
        try client.post(url, ["status": "deactivated"])
        expectRefusal(try client.newAuthorization("www.example.test", existing: "require"), 404, "malformed")
        _ = try authorized("www.example.test")
        server.advance(by: .days(400))
        expectRefusal(try client.newAuthorization("www.example.test", existing: "require"), 404, "malformed")
    }

    @Test("One that an order made does as well (Pre-Authorization)")
    func ofOrder() throws {
        let order = try client.order(["www.example.test"])
        try client.prove(order)
        let response = try client.newAuthorization("www.example.test", existing: "require")
        #expect(response.status == 303)
        #expect(response["Location"] == order.authorizations[0])
    }

    @Test("The members existing and identifier have to be of their kinds (Pre-Authorization)")
    func malformed() throws {
        let url = try client.endpoint("new-authz")
        let identifier = ["type": "dns", "value": "www.example.test"]
        for payload: [String: Any] in [
            [:], ["identifier": "x"], ["identifier": ["type": "dns"]], ["identifier": identifier, "existing": 1],
        ] {
            expectRefusal(try client.post(url, payload), 400, "malformed")
        }
    }

    @Test("What the CA will not certify is forbidden, also if it is to be an existing one (Pre-Authorization)")
    func unwilling() throws {
        server.engine.policy.blockedNames = ["blocked.example.test"]
        for existing in [nil, "accept", "require"] {
            expectRefusal(
                try client.newAuthorization("blocked.example.test", existing: existing), 403, "rejectedIdentifier")
        }
        expectRefusal(try client.newAuthorization("a@example.test", type: "email"), 403, "unsupportedIdentifier")
    }

    @Test("A wildcard cannot be asked for (Pre-Authorization)")
    func wildcard() throws {
        let response = try client.newAuthorization("*.example.test")
        #expect(400..<500 ~= response.status)
        #expect(response.problem == "rejectedIdentifier" || response.problem == "malformed", "\(response.text)")
    }

    @Test("The key of an account may stand for it, as in the draft's example; no other may (Pre-Authorization)")
    func jwk() throws {
        let response = try client.newAuthorization("www.example.test", as: .key)
        #expect(response.status == 201)
        try client.respond(to: try client.challenge("http-01", of: try #require(response["Location"])))
        #expect(try client.order(["www.example.test"]).response.state == "valid")
        let refused = try server.draftClient().newAuthorization("www.example.test", as: .key)
        #expect(400..<500 ~= refused.status)
        #expect(["malformed", "unauthorized"].contains(refused.problem))
    }
}
