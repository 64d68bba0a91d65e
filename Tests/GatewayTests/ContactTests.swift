import ACME
import Engine
import ReferenceClient
import Testing

@Suite("Contacts of accounts")
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
}
