import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

/// Besides these tests, the draft client judges the words of every refusal that it is given.
@Suite("Draft: words of refusals", .timeLimit(.minutes(5)))
struct DraftWordsTests {
    @Test(
        "A detail cites the draft where it would cite RFC 8555, and nothing where the draft has no such topic",
        arguments: [
            ("got none (RFC 8555 §7.4)", "got none (ACME draft of March 2017, \"Applying for Certificate Issuance\")"),
            (
                "expected a pending challenge (RFC 8555 §7.5.1), got one",
                "expected a pending challenge (ACME draft of March 2017, \"Responding to Challenges\"), got one"
            ),
            ("looked again (RFC 8555 §8.2)", "looked again"),
            ("refused: a, b (RFC 8555 §6.7.1)", "refused: a, b"),
            ("(RFC 8555 §7.1.6, §7.5.2)", "(ACME draft of March 2017, \"Deactivating an Authorization\")"),
            ("(RFC 8555 §7.3, §7.3.1)", "(ACME draft of March 2017, \"Account Creation\")"),
            ("(RFC 8555 §7.3, §7.6)", "(ACME draft of March 2017, \"Account Creation\", \"Certificate Revocation\")"),
            ("(RFC 8555 §6.1, RFC 7515 §2)", "(ACME draft of March 2017, \"HTTPS Requests\", RFC 7515 §2)"),
            ("x (RFC 8555 §8.2, RFC 7515 §2)", "x (RFC 7515 §2)"),
            ("x (RFC 5280 §5.3.1, RFC 8555 §8.2)", "x (RFC 5280 §5.3.1)"),
            ("x RFC 8555 §7.6.", "x ACME draft of March 2017, \"Certificate Revocation\"."),
            ("RFC 9773 §4.1 and RFC 5280", "RFC 9773 §4.1 and RFC 5280"),
        ])
    func citations(_ detail: String, _ expected: String) {
        #expect(Vocabulary.draft2017.translate(detail) == expected)
    }

    @Test(
        "Members and resources have the draft's names; what the client sent stays as it was sent",
        arguments: [
            ("expected \"termsOfServiceAgreed\": true", "expected \"terms-of-service-agreed\": true"),
            ("externalAccountBinding: protected: kid: x", "external-account-binding: protected: kid: x"),
            ("expected POST for newOrder, got GET", "expected POST for new-order, got GET"),
            ("expected a type, got \"termsOfServiceAgreed\"", "expected a type, got \"termsOfServiceAgreed\""),
            ("got one of type \"newOrder\"", "got one of type \"new-order\""),
            ("there is nothing at \"/newOrder (RFC 8555 §7.4)\"", "there is nothing at \"/newOrder (RFC 8555 §7.4)\""),
            (
                #"got "a\" (RFC 8555 §7.4) \"b" (RFC 8555 §7.6)"#,
                #"got "a\" (RFC 8555 §7.4) \"b" (ACME draft of March 2017, "Certificate Revocation")"#
            ),
            ("got \"never closed (RFC 8555 §7.4)", "got \"never closed (RFC 8555 §7.4)"),
            ("", ""), ("(RFC 8555 §", "("),
        ])
    func names(_ detail: String, _ expected: String) {
        #expect(Vocabulary.draft2017.translate(detail) == expected)
    }

    @Test("A refusal of new-account names the draft's member (Account Creation)")
    func newAccount() throws {
        let response = try TestServer().draftClient().register([:])
        expectRefusal(
            response, 403, "userActionRequired", "\"terms-of-service-agreed\": true",
            "(ACME draft of March 2017, \"Account Creation\")")
    }

    @Test("A binding that is missing has the draft's name (External Account Binding)")
    func binding() throws {
        let server = try TestServer()
        server.engine.policy.externalAccountBinding = .required
        let response = try server.draftClient().register()
        expectRefusal(
            response, 403, "unauthorized", "expected \"external-account-binding\"", "\"External Account Binding\"")
    }

    @Test("What objects say about errors is in its words, too, and the same in RFC 8555 is not")
    func objects() throws {
        let server = try TestServer()
        server.decide { _ in ACMEProblem(.connection, "expected newOrder (RFC 8555 §8.3)") }
        let (draft, rfc) = (try server.draftRegistered(), try server.registered())
        let order = try draft.order(["www.example.test"])
        try draft.prove(order)
        let error = try draft.get(try draft.challenge("http-01", of: order.authorizations[0]).url).error
        #expect(error?["detail"] as? String == "expected new-order (ACME draft of March 2017, \"HTTP\")")
        let other = try rfc.readyOrder(["www.example.test"])
        let same = try rfc.read(try rfc.challenge("http-01", of: other.authorizations[0]).url).error
        #expect(same?["detail"] as? String == "expected newOrder (RFC 8555 §8.3)")
    }
}
