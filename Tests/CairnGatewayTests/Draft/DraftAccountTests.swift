import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Draft: accounts", .timeLimit(.minutes(5)))
struct DraftAccountTests {
    private let server: TestServer
    private let client: DraftClient

    init() throws {
        server = try TestServer()
        client = try server.draftClient()
    }

    @Test(
        "A new account shows its key, and is where Location says (Account Objects)",
        arguments: AccountKey.Kind.allCases)
    func created(_ kind: AccountKey.Kind) throws {
        client.key = try AccountKey(kind)
        let contact = ["mailto:cert-admin@example.test"]
        let response = try client.register(["terms-of-service-agreed": true, "contact": contact])
        #expect(response.status == 201)
        let account = try #require(response["Location"])
        #expect(account.hasPrefix("https://ca.example.test/draft/account/"))
        #expect(response.json["key"] as? [String: String] == client.key.jwk)
        #expect(response.state == "valid")
        #expect(response.json["contact"] as? [String] == contact)
        #expect(response.json["terms-of-service-agreed"] as? Bool == true)
        let orders = try #require(response.json["orders"] as? String)
        #expect(try client.get(orders).json["orders"] as? [String] == [])
    }

    @Test("The account of a key that has one is where Content-Location says (Account Creation)")
    func existing() throws {
        let account = try client.register()["Location"]
        client.kid = nil
        let response = try client.register([:])
        #expect(response.status == 200)
        #expect(response["Content-Location"] == account)
        #expect(response["Location"] == nil)
        #expect(client.kid == account)
        #expect(try client.account().state == "valid")
    }

    @Test("A member that RFC 8555 has since is one that nobody knows (Account Creation)")
    func onlyReturnExisting() throws {
        let response = try client.register(["terms-of-service-agreed": true, "onlyReturnExisting": true])
        #expect(response.status == 201)
    }

    @Test("An account that does not exist is refused by one of the 17 types (Errors)")
    func unknown() throws {
        try client.register()
        let account = try #require(client.kid)
        for kid in [String(account.dropLast(22)) + "AAAAAAAAAAAAAAAAAAAAAA", "https://ca.example.test/draft/dir", "x"] {
            let response = try client.post(account, [:]) { $0.header["kid"] = kid }
            #expect(400..<500 ~= response.status)
            #expect(["malformed", "unauthorized"].contains(response.problem), "\(response.text)")
        }
    }

    @Test(
        "A contact that is unsupported is invalid (Account Creation)",
        arguments: [
            ("tel:+12025551212", "mailto"), ("x", "mailto"), ("mailto:", "address"),
            ("mailto:a@example.test,b@example.test", "mailto"),
        ])
    func contact(_ contact: String, _ words: String) throws {
        let refused = try client.register(["terms-of-service-agreed": true, "contact": [contact]])
        expectRefusal(refused, 400, "invalidContact", words)
        try client.register()
        expectRefusal(try client.account(["contact": [contact]]), 400, "invalidContact", words)
    }

    @Test("Nobody gets an account who does not agree to the terms (Account Creation)")
    func terms() throws {
        for members: [String: Any] in [[:], ["terms-of-service-agreed": false], ["termsOfServiceAgreed": true]] {
            let response = try client.register(members)
            #expect(response.status == 403)
            #expect(response.problem == "userActionRequired")
        }
        server.engine.policy.termsOfService = nil
        #expect(try client.register([:]).status == 201)
    }

    @Test("Agreement is true or false (Account Creation)")
    func agreement() throws {
        expectRefusal(try client.register(["terms-of-service-agreed": "true"]), 400, "malformed")
    }

    @Test("New terms hold up orders, and say where to read and to agree (Changes of Terms of Service)")
    func newTerms() throws {
        try client.register()
        server.engine.policy.termsOfService = .page(version: "2")
        let response = try client.newOrder(csr: try csr(["www.example.test"]))
        expectRefusal(response, 403, "userActionRequired")
        let terms = try #require(response.links("terms-of-service").first)
        let meta = try client.get(client.directoryURL).json["meta"] as? [String: Any]
        #expect(terms == meta?["terms-of-service"] as? String)
        let instance = try #require(response.json["instance"] as? String)
        #expect(try client.get(instance).status == 200)
    }

    @Test("An update changes the contact, and nothing else that it names (Account Creation)")
    func update() throws {
        try client.register()
        let account = try #require(client.kid)
        let before = try client.account().text
        for members: [String: Any] in [
            ["key": try AccountKey().jwk], ["orders": "https://ca.example.test/"], ["order": "x"], ["new": [1]],
            ["status": "revoked"], ["termsOfServiceAgreed": false], ["terms-of-service-agreed": false],
        ] {
            #expect(try client.account(members).text == before)
        }
        let changed = try client.account(["contact": ["mailto:b@example.test"]])
        #expect(changed.status == 200)
        #expect(changed.json["contact"] as? [String] == ["mailto:b@example.test"])
        let stranger = try server.draftRegistered()
        expectRefusal(try stranger.post(account, ["contact": [String]()]), 403, "unauthorized")
    }

    @Test("A deactivated account is accepted for nothing more (Account deactivation)")
    func deactivated() throws {
        try client.register()
        let order = try client.issue(["www.example.test"])
        let leaf = try client.certificate(of: order).leaf()
        let response = try client.account(["status": "deactivated"])
        #expect(response.status == 200)
        #expect(response.state == "deactivated")
        for refused in [
            try client.account(), try client.newOrder(csr: try csr(["www.example.test"])), try client.revoke(leaf),
            try client.newAuthorization("www.example.test"), try client.register(),
        ] {
            expectRefusal(refused, 403, "unauthorized", "deactivated")
        }
        #expect(try client.certificate(of: order).status == 200)
    }
}
