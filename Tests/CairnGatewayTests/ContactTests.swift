import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Contacts of accounts", .timeLimit(.minutes(5)))
struct ContactTests {
    @Test(
        "A mailto URL of one address is good (§7.3)",
        arguments: [
            "mailto:admin@example.test", "MAILTO:admin@example.test", "mailto:first.last+tag@mail.example.test",
            "mailto:%22quoted%22@example.test", "mailto:a@xn--bcher-kva.example.test",
        ])
    func good(_ contact: String) throws {
        let response = try TestServer().client().register(["termsOfServiceAgreed": true, "contact": [contact]])
        #expect(response.status == 201, "\(response.text)")
        #expect(response.json["contact"] as? [String] == [contact])
    }

    private static let mistakes = [
        ("admin@example.test", "invalidContact", "expected a URL"),
        ("", "invalidContact", "expected a URL"),
        ("tel:+12025551212", "unsupportedContact", "the scheme \"mailto\", got \"tel\""),
        ("https://example.test", "unsupportedContact", "got \"https\""),
        ("mailto:", "invalidContact", "expected one address"),
        ("mailto:admin", "invalidContact", "expected one address"),
        ("mailto:@example.test", "invalidContact", "expected one address"),
        ("mailto:admin@", "invalidContact", "expected one address"),
        ("mailto:a@b@example.test", "invalidContact", "expected one address"),
        ("mailto:admin@*.example.test", "invalidContact", "expected one address"),
        ("mailto:admin@192.0.2.1", "invalidContact", "expected one address"),
        ("mailto:admin@exa_mple.test", "invalidContact", "expected one address"),
        ("mailto:admin@example.test?subject=hello", "invalidContact", "without header fields"),
        ("mailto:a@example.test,b@example.test", "invalidContact", "one address"),
        ("mailto:admin @example.test", "invalidContact", "visible ASCII"),
        ("mailto:müller@example.test", "invalidContact", "visible ASCII"),
    ]

    @Test("Anything else is unsupportedContact by its scheme, or invalidContact (§7.3)", arguments: mistakes)
    func bad(_ contact: String, _ type: String, _ words: String) throws {
        let server = try TestServer()
        let client = try server.client()
        let contacts = ["mailto:good@example.test", contact]
        let response = try client.register(["termsOfServiceAgreed": true, "contact": contacts])
        expectRefusal(response, 400, type, words, "§7.3")
        #expect(server.engine.census.accounts == 0)

        try client.register()
        let update = try client.post(try #require(client.kid), ["contact": contacts])
        expectRefusal(update, 400, type, words)
        #expect(try client.read(try #require(client.kid)).json["contact"] == nil)
    }

    @Test("Too many are refused (§7.3)")
    func many() throws {
        let contacts = (0...10).map { "mailto:a\($0)@example.test" }
        let client = try TestServer().client()
        let response = try client.register(["termsOfServiceAgreed": true, "contact": contacts])
        expectRefusal(response, 400, "invalidContact", "expected at most 10 contacts, got 11")
        #expect(
            try client.register(["termsOfServiceAgreed": true, "contact": Array(contacts.dropLast())]).status == 201)
    }

    @Test("Several bad ones are one problem that says what is wrong with each (§7.3, §6.7.1)")
    func several() throws {
        let client = try TestServer().client()
        for (contacts, type) in [
            (["mailto:a", "mailto:good@example.test", "b"], "invalidContact"),
            (["tel:1", "https://example.test"], "unsupportedContact"), (["tel:1", "mailto:a"], "compound"),
        ] {
            let response = try client.register(["termsOfServiceAgreed": true, "contact": contacts])
            expectRefusal(response, 400, type, "2 contacts were refused: expected", "§7.3", "§6.7.1")
            let subproblems = response.json["subproblems"] as? [[String: Any]] ?? []
            #expect(subproblems.count == 2)
            #expect(subproblems.allSatisfy { $0["identifier"] == nil && ($0["detail"] as? String)?.isEmpty == false })
        }
    }

    @Test("A CA may want a contact, of new accounts and in updates (§7.3)")
    func wanted() throws {
        let server = try TestServer()
        let early = try server.registered()
        server.engine.policy.requiresContact = true
        let client = try server.client()
        for members: [String: Any] in [[:], ["contact": [String]()]] {
            let response = try client.register(members.merging(["termsOfServiceAgreed": true]) { $1 })
            expectRefusal(response, 400, "invalidContact", "expected a contact", "got none", "§7.3")
        }
        let contact = ["mailto:a@example.test"]
        #expect(try client.register(["termsOfServiceAgreed": true, "contact": contact]).status == 201)
        let account = try #require(client.kid)
        expectRefusal(try client.post(account, ["contact": [String]()]), 400, "invalidContact", "got none")
        #expect(try client.read(account).json["contact"] as? [String] == contact)
        #expect(try early.issue(["www.example.test"]).state == "valid")
    }

    @Test("Addresses of blocked domains are invalidContact (§7.3)")
    func blocked() throws {
        let server = try TestServer()
        server.engine.policy.blockedContactDomains = ["Example.com", "*.example.com"]
        let client = try server.client()
        for contact in ["mailto:a@example.com", "MAILTO:a@EXAMPLE.com", "mailto:a@mail.example.com"] {
            let response = try client.register(["termsOfServiceAgreed": true, "contact": [contact]])
            expectRefusal(response, 400, "invalidContact", "whose domain this CA accepts", contact, "§7.3")
        }
        let good = try client.register(["termsOfServiceAgreed": true, "contact": ["mailto:a@notexample.com"]])
        #expect(good.status == 201)
    }
}
