import CairnReferenceClient
import Foundation
import Testing

@Suite("Draft: signed requests", .timeLimit(.minutes(5)))
struct DraftSignatureTests {
    private let client: DraftClient
    private let account: String

    init() throws {
        client = try TestServer().draftRegistered()
        account = try #require(client.kid)
    }

    /// Turns a flattened JWS into the general form (RFC 7515 §7.2.1).
    private static func generalize(_ parts: inout [String: Any], signatures count: Int = 1) {
        var signature: [String: Any] = [:]
        for name in ["protected", "signature", "header"] { signature[name] = parts.removeValue(forKey: name) }
        parts["signatures"] = Array(repeating: signature, count: count)
    }

    @Test("The flattened form and the general one with one signature are the same (Request Authentication)")
    func general() throws {
        #expect(try client.account().status == 200)
        let response = try client.post(account, [:]) { $0.seal = { Self.generalize(&$0) } }
        #expect(response.status == 200, "\(response.text)")
    }

    @Test("What an unprotected header says does not count (Request Authentication)")
    func unprotected() throws {
        let header: [String: Any] = ["nonce": "AAAA", "kid": "x", "more": 1]
        let flattened = try client.post(account, [:]) { $0.seal = { $0["header"] = header } }
        #expect(flattened.status == 200, "\(flattened.text)")
        let general = try client.post(account, [:]) { message in
            message.seal = { parts in
                parts["header"] = header
                Self.generalize(&parts)
            }
        }
        #expect(general.status == 200, "\(general.text)")
        let nonce = try client.nonce()
        let unsigned = try client.post(account, [:]) { message in
            message.header["nonce"] = nil
            message.seal = { $0["header"] = ["nonce": nonce] }
        }
        expectRefusal(unsigned, 400, "badNonce")
    }

    @Test("None, several, or one mixed into the other form are malformed (Request Authentication)")
    func signatures() throws {
        for count in [0, 2] {
            expectRefusal(
                try client.post(account, [:]) { $0.seal = { Self.generalize(&$0, signatures: count) } }, 400,
                "malformed")
        }
        expectRefusal(
            try client.post(account, [:]) { $0.seal = { $0["signatures"] = [[String: Any]]() } }, 400, "malformed")
    }

    @Test(
        "The protected header has one of jwk and kid, and the URL; the payload is signed (Request Authentication)",
        arguments: [
            Misbehaviour("jwk and kid", 400, "malformed", "") { $0.header["jwk"] = ["kty": "EC"] },
            Misbehaviour("neither", 400, "malformed", "") { $0.header["kid"] = nil },
            Misbehaviour("no url", 400, "malformed", "") { $0.header["url"] = nil },
            Misbehaviour("no alg", 400, "malformed", "") { $0.header["alg"] = nil },
            Misbehaviour("a forged signature", 400, "malformed", "") { message in
                message.forge = { $0[$0.startIndex] ^= 1 }
            },
            Misbehaviour("another payload", 400, "malformed", "") { message in
                message.seal = { $0["payload"] = base64URL(Data("{\"status\":\"deactivated\"}".utf8)) }
            },
            Misbehaviour("the compact form", 400, "malformed", "") { $0.body = Data("e30.e30.AAAA".utf8) },
            Misbehaviour("no JWS", 400, "malformed", "") { $0.body = Data("{}".utf8) },
            Misbehaviour("no JSON", 400, "malformed", "") { $0.body = Data("x".utf8) },
        ])
    func refused(_ wrong: Misbehaviour) throws {
        expectRefusal(try client.post(account, [:], misbehave: wrong.change), wrong.status, wrong.problem)
        #expect(try client.account().state == "valid")
    }

    @Test("Accounts sign with kid, new ones with jwk (Request Authentication)")
    func signers() throws {
        let wrong = try client.post(try client.endpoint("new-account"), ["terms-of-service-agreed": true])
        expectRefusal(wrong, 400, "malformed")
        let request = try csr(["www.example.test"])
        for (url, payload) in [
            (account, [:]), (try client.endpoint("new-order"), ["csr": base64URL(request)]),
        ] as [(String, [String: Any])] {
            expectRefusal(try client.post(url, payload, as: .key), 400, "malformed")
        }
    }

    @Test(
        "Every kind of account key goes all the way (Request Authentication)", arguments: AccountKey.Kind.allCases)
    func algorithms(_ kind: AccountKey.Kind) throws {
        let client = try TestServer().draftRegistered(key: AccountKey(kind))
        #expect(try client.issue(["www.example.test"]).state == "valid")
    }

    @Test(
        "No media type is asked for (Request Authentication)",
        arguments: [nil, "application/json", "text/plain", "application/jose+json; charset=utf-8"])
    func mediaType(_ type: String?) throws {
        #expect(try client.post(account, [:]) { $0.contentType = type }.status == 200)
    }

    @Test("What is padded is malformed (HTTPS Requests)", arguments: ["protected", "payload", "signature"])
    func padding(_ part: String) throws {
        let response = try client.post(account, [:]) { $0.seal = { $0[part] = "\($0[part] ?? "")=" } }
        expectRefusal(response, 400, "malformed")
    }

    @Test(
        "An algorithm that the server does not know gets the list of those that it does (Request Authentication)",
        arguments: ["none", "HS256", "PS256", "ES256K"])
    func algorithm(_ algorithm: String) throws {
        let response = try client.post(account, [:]) { $0.header["alg"] = algorithm }
        expectRefusal(response, 400, "badSignatureAlgorithm")
        let algorithms = try #require(response.json["algorithms"] as? [String])
        #expect(algorithms.contains("ES256"))
        #expect(!algorithms.contains { $0 == "none" || $0.hasPrefix("HS") })
    }

    @Test("A key that cannot be one is malformed, since the draft has no badPublicKey (Request Authentication)")
    func key() throws {
        let response = try client.post(try client.endpoint("new-account"), [:], as: .key) {
            $0.header["jwk"] = ["kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"]
        }
        expectRefusal(response, 400, "malformed")
    }

    @Test("A request for another URL is unauthorized (Request URI Integrity)")
    func url() throws {
        let other = try client.endpoint("new-order")
        for url in [other, account + "/", account.replacingOccurrences(of: "https", with: "http")] {
            expectRefusal(try client.post(account, [:]) { $0.header["url"] = url }, 403, "unauthorized")
        }
    }

    @Test("A key is the same whatever else its JWK says (Equivalence of JWKs)")
    func equivalence() throws {
        let response = try client.post(try client.endpoint("new-account"), [:], as: .key) { message in
            let jwk = message.header["jwk"] as? [String: String] ?? [:]
            message.header["jwk"] = jwk.merging(["use": "sig", "kid": "mine", "alg": "ES256"]) { $1 }
        }
        #expect(response.status == 200, "\(response.text)")
        #expect(response["Content-Location"] == account)
        #expect(response.json["key"] as? [String: String] == client.key.jwk)
    }
}
