import CairnGateway
import CairnReferenceClient
import Foundation
import Testing

/// The body of a request as RFC 8555 §6.2 wants it: what is wrong with it, one thing at a time.
@Suite("Signed requests", .timeLimit(.minutes(5)))
struct SignedRequestTests {
    private static let newOrder = "https://ca.example.test/new-order"

    private static let mistakes: [Misbehaviour] = [
        Misbehaviour("the general serialization (§6.2)", "signatures: expected one signature") { message in
            message.seal = { $0["signatures"] = [["protected": $0["protected"], "signature": $0["signature"]]] }
        },
        Misbehaviour("an unprotected header (§6.2)", "header: expected every header parameter in \"protected\"") {
            $0.seal = { $0["header"] = ["kid": "x"] }
        },
        Misbehaviour("an unencoded payload (§6.2)", "b64") { $0.header["b64"] = false },
        Misbehaviour("an extension that must be understood (RFC 7515 §4.1.11)", "crit: expected no extension") {
            $0.header["crit"] = ["b64"]
        },
        Misbehaviour("an empty list of extensions (RFC 7515 §4.1.11)", "crit: expected an array") { message in
            message.header["crit"] = [String]()
        },
        Misbehaviour("a detached payload (§6.2)", "payload: expected a string, got nothing") {
            $0.seal = { $0["payload"] = nil }
        },
        Misbehaviour("no protected header (§6.2)", "protected: expected a string, got nothing") {
            $0.seal = { $0["protected"] = nil }
        },
        Misbehaviour("no signature (§6.2)", "signature: expected a string, got nothing") {
            $0.seal = { $0["signature"] = nil }
        },
        Misbehaviour("a payload that is an object (§6.2)", "payload: expected a string, got an object") {
            $0.seal = { $0["payload"] = [String: String]() }
        },
        Misbehaviour("a padded header (§6.1)", "protected: expected base64url without padding, got '='") {
            $0.seal = { $0["protected"] = "\($0["protected"] ?? "")=" }
        },
        Misbehaviour("a padded payload (§6.1)", "payload: expected base64url without padding, got '='") {
            $0.seal = { $0["payload"] = "\($0["payload"] ?? "")==" }
        },
        Misbehaviour("a padded signature (§6.1)", "signature: expected base64url without padding, got '='") {
            $0.seal = { $0["signature"] = "\($0["signature"] ?? "")==" }
        },
        Misbehaviour("ordinary Base64 (§6.1)", "of ordinary Base64") { $0.seal = { $0["payload"] = "ab+/" } },
        Misbehaviour("a protected header that is no JSON (RFC 7515 §4)", "protected: expected a JSON object") {
            $0.seal = { $0["protected"] = base64URL("nothing".utf8) }
        },
        Misbehaviour(
            "a protected header that is an array (RFC 7515 §4)", "protected: expected a JSON object, got an array"
        ) {
            $0.seal = { $0["protected"] = base64URL("[]".utf8) }
        },
        Misbehaviour("a protected header with a member twice (RFC 7515 §4)", "protected: expected a JSON object") {
            $0.seal = { $0["protected"] = base64URL(#"{"alg":"ES256","alg":"ES256"}"#.utf8) }
        },
        Misbehaviour("a body with a member twice (RFC 7515 §7.2.2)", "\"payload\"") {
            $0.body = Data(#"{"payload":"","payload":"","protected":"","signature":""}"#.utf8)
        },
        Misbehaviour("an empty body (§6.2)", "got an empty body") { $0.body = Data() },
        Misbehaviour("a body that is no JSON (§6.2)", "expected a JWS in the flattened JSON serialization") {
            $0.body = Data("identifiers=example.test".utf8)
        },
        Misbehaviour("a body that is an array (§6.2)", "expected a JWS, an object, got an array") {
            $0.body = Data("[]".utf8)
        },
        Misbehaviour("the compact serialization (§6.2)", "this looks like the compact serialization") {
            $0.body = Data("eyJhbGciOiJFUzI1NiJ9.e30.c2ln".utf8)
        },
        Misbehaviour("no url (§6.4.1)", "url: expected a string, got nothing (RFC 8555 §6.4)") {
            $0.header["url"] = nil
        },
        Misbehaviour("a url that is no string (§6.4.1)", "url: expected a string, got an array") { message in
            message.header["url"] = [newOrder]
        },
        Misbehaviour("no alg (§6.2)", "alg: expected a string, got nothing") { $0.header["alg"] = nil },
    ]

    @Test(
        "A body that is no JWS in the right form is refused, with what is wrong with it (§6.1, §6.2, §6.4.1)",
        arguments: mistakes)
    func form(_ wrong: Misbehaviour) throws {
        let client = try TestServer().registered()
        let response = try client.post(Self.newOrder, ["identifiers": [[:]]], misbehave: wrong.change)
        expectRefusal(response, wrong.status, wrong.problem, wrong.words)
    }

    private static let types: [String?] = [
        nil, "application/json", "application/jose", "text/plain", "application/jose+json, application/jose+json",
        "application/jose+json; charset=utf-8", "",
    ]

    @Test("A body of another media type is 415 (§6.2)", arguments: types)
    func mediaType(_ type: String?) throws {
        let client = try TestServer().registered()
        let response = try client.post(Self.newOrder, [:]) { $0.contentType = type }
        expectRefusal(response, 415, "malformed", "expected the Content-Type \"application/jose+json\"", "§6.2")
    }

    @Test("Media types are the same in any case (RFC 9110 §8.3.1)")
    func mediaTypeCase() throws {
        let client = try TestServer().registered()
        let response = try client.post(try #require(client.kid), nil) { $0.contentType = "Application/JOSE+JSON" }
        #expect(response.status == 200)
    }

    @Test("What no standard knows is ignored, in the JWS and in its header (RFC 7515 §4, §7.2.1)")
    func extensions() throws {
        let client = try TestServer().registered()
        let response = try client.post(try #require(client.kid), nil) { message in
            message.header["typ"] = "JOSE"
            message.header["x-more"] = [1, 2]
            message.seal = { $0["more"] = true }
        }
        #expect(response.status == 200)
    }

    @Test("A body beyond the limit is 413")
    func tooLong() throws {
        let server = try TestServer(configuration: .init(bodyLimit: 2_000))
        let client = try server.registered()
        let response = try client.post(Self.newOrder, ["more": String(repeating: "x", count: 2_000)])
        expectRefusal(response, 413, "malformed", "at most 2000 bytes")
    }

    @Test("A payload that is no JSON object is refused, with what it was (§7.1)")
    func payload() throws {
        let client = try TestServer().registered()
        for (text, words) in [
            ("[]", "got an array"), ("null", "got null"), ("\"x\"", "got a string"), ("{", "not JSON"),
            (#"{"a":1,"a":2}"#, "not JSON"), ("\u{FEFF}{}", "byte order mark"),
        ] {
            let response = try client.post(Self.newOrder, nil) { $0.payload = Data(text.utf8) }
            expectRefusal(response, 400, "malformed", words, "§7.4")
        }
        expectRefusal(try client.read(Self.newOrder), 400, "malformed", "got an empty one as of a POST-as-GET")
    }
}
