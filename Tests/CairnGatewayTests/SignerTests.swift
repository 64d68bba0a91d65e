import CairnReferenceClient
import Crypto
import Foundation
import Testing

@Suite("Who signed a request", .timeLimit(.minutes(5)))
struct SignerTests {
    private static let newOrder = "https://ca.example.test/new-order"
    private static let accounts = "https://ca.example.test/account/"

    private static let wrong: [Misbehaviour] = [
        Misbehaviour("both jwk and kid", "expected either \"jwk\" or \"kid\", got both (RFC 8555 §6.2)") {
            $0.header["jwk"] = ["kty": "EC"]
        },
        Misbehaviour("neither jwk nor kid", "expected either \"jwk\" or \"kid\", got neither (RFC 8555 §6.2)") {
            $0.header["kid"] = nil
        },
        Misbehaviour("a kid that is no string", "kid: expected a string, got a number") { $0.header["kid"] = 7 },
        Misbehaviour("the kid of another origin", 400, "accountDoesNotExist", "expected \"kid\" to be an account URL") {
            $0.header["kid"] = "\($0.header["kid"] ?? "")".replacingOccurrences(of: "ca.example", with: "cb.example")
        },
        Misbehaviour("the kid over plain HTTP", 400, "accountDoesNotExist", "expected \"kid\" to be an account URL") {
            $0.header["kid"] = "\($0.header["kid"] ?? "")".replacingOccurrences(of: "https", with: "http")
        },
        Misbehaviour(
            "a host that only begins alike", 400, "accountDoesNotExist", "expected \"kid\" to be an account URL"
        ) {
            $0.header["kid"] = "\($0.header["kid"] ?? "")".replacingOccurrences(of: ".test/", with: ".test.evil/")
        },
        Misbehaviour(
            "the path of an account alone", 400, "accountDoesNotExist", "expected \"kid\" to be an account URL"
        ) {
            $0.header["kid"] = "\($0.header["kid"] ?? "")".replacingOccurrences(of: "https://ca.example.test", with: "")
        },
        Misbehaviour("a kid with a query", 400, "accountDoesNotExist", "expected \"kid\" to be an account URL") {
            $0.header["kid"] = "\($0.header["kid"] ?? "")?a=b"
        },
        Misbehaviour(
            "a kid with a slash at the end", 400, "accountDoesNotExist", "expected \"kid\" to be an account URL"
        ) {
            $0.header["kid"] = "\($0.header["kid"] ?? "")/"
        },
        Misbehaviour("the orders of the account", 400, "accountDoesNotExist", "expected \"kid\" to be an account URL") {
            $0.header["kid"] = "\($0.header["kid"] ?? "")/orders"
        },
        Misbehaviour("an account nobody has", 400, "accountDoesNotExist", "there is no account") {
            $0.header["kid"] = accounts + "AAAAAAAAAAAAAAAAAAAAAA"
        },
        Misbehaviour("another spelling of the account's id", 400, "accountDoesNotExist", "expected \"kid\"") {
            message in
            message.header["kid"] = accounts + "AAAAAAAAAAAAAAAAAAAAAB"
        },
        Misbehaviour("garbage", 400, "accountDoesNotExist", "got \"\u{1F9ED}\"") { $0.header["kid"] = "\u{1F9ED}" },
        Misbehaviour("an empty kid", 400, "accountDoesNotExist", "got \"\"") { $0.header["kid"] = "" },
    ]

    @Test("An account is named by its exact URL (§6.2)", arguments: wrong)
    func kid(_ wrong: Misbehaviour) throws {
        let client = try TestServer().registered()
        let response = try client.post(Self.newOrder, [:], misbehave: wrong.change)
        expectRefusal(response, wrong.status, wrong.problem, wrong.words)
    }

    @Test("An account request wants kid, newAccount wants jwk (§6.2)")
    func reference() throws {
        let client = try TestServer().registered()
        for path in ["/new-order", "/key-change", "/new-nonce", "/dir"] {
            let response = try client.post("https://ca.example.test" + path, [:], as: .key)
            expectRefusal(response, 400, "malformed", "have \"kid\", got \"jwk\"", "§6.2")
        }
        let account = try client.post("https://ca.example.test/new-account", [:], as: .account)
        expectRefusal(account, 400, "malformed", "have \"jwk\", got \"kid\"", "§6.2")
    }

    @Test(
        "Another algorithm than those of public keys is badSignatureAlgorithm, with the list of those that do (§6.2)",
        arguments: ["none", "HS256", "HS512", "PS256", "ES256K", "RS512", "es256", ""])
    func algorithm(_ name: String) throws {
        let client = try TestServer().registered()
        let response = try client.post(Self.newOrder, [:]) { $0.header["alg"] = name }
        expectRefusal(response, 400, "badSignatureAlgorithm", "got \"\(name)\"", "§6.2")
        #expect(response.json["algorithms"] as? [String] == ["ES256", "ES384", "ES512", "RS256", "EdDSA"])
    }

    @Test("An algorithm that does not go with the account's key is badSignatureAlgorithm (§6.2)")
    func algorithmOfKey() throws {
        let client = try TestServer().registered()
        let response = try client.post(Self.newOrder, [:]) { $0.header["alg"] = "ES384" }
        expectRefusal(response, 400, "badSignatureAlgorithm", "expected ES256 for a key of P-256, got ES384")
        #expect(response.json["algorithms"] as? [String] == ["ES256"])
    }

    private static let keys: [Misbehaviour] = [
        Misbehaviour("no object", 400, "badPublicKey", "got a string") { $0.header["jwk"] = "key" },
        Misbehaviour("an unknown kind", 400, "badPublicKey", "kty: expected") { $0.header["jwk"] = ["kty": "DSA"] },
        Misbehaviour("a point on no curve", 400, "badPublicKey", "expected a point on P-256") { message in
            let zeros = base64URL([UInt8](repeating: 0, count: 32))
            message.header["jwk"] = ["kty": "EC", "crv": "P-256", "x": zeros, "y": zeros]
        },
        Misbehaviour("a coordinate without its leading zeros", 400, "badPublicKey", "x") { message in
            let short = base64URL([UInt8](repeating: 1, count: 31))
            message.header["jwk"] = ["kty": "EC", "crv": "P-256", "x": short, "y": short]
        },
        Misbehaviour("a private key", 400, "badPublicKey", "d: expected a public key") { message in
            var jwk = message.header["jwk"] as? [String: String] ?? [:]
            jwk["d"] = "AAAA"
            message.header["jwk"] = jwk
        },
        Misbehaviour("a short RSA key", 400, "badPublicKey", "got 1024") { message in
            message.header["alg"] = "RS256"
            message.header["jwk"] = [
                "kty": "RSA", "n": base64URL([UInt8](repeating: 255, count: 128)), "e": "AQAB",
            ]
        },
        Misbehaviour("Ed448, where EdDSA is Ed25519 alone", 400, "badPublicKey", "got \"Ed448\"") { message in
            message.header["alg"] = "EdDSA"
            message.header["jwk"] = ["kty": "OKP", "crv": "Ed448", "x": base64URL([UInt8](repeating: 1, count: 57))]
        },
        Misbehaviour("a key of another algorithm", 400, "badPublicKey", "expected a key for ES384") {
            $0.header["alg"] = "ES384"
        },
    ]

    @Test("A key that cannot be used is badPublicKey (§6.2)", arguments: keys)
    func key(_ wrong: Misbehaviour) throws {
        let client = try TestServer().client()
        let response = try client.post(
            "https://ca.example.test/new-account", ["termsOfServiceAgreed": true], as: .key, misbehave: wrong.change)
        expectRefusal(response, wrong.status, wrong.problem, wrong.words)
    }

    @Test("A signature of the wrong length is refused with both lengths (RFC 7518 §3.4)")
    func length() throws {
        let client = try TestServer().registered()
        let response = try client.post(Self.newOrder, [:]) { $0.forge = { $0.removeLast() } }
        expectRefusal(response, 400, "malformed", "expected 64 bytes, got 63 (RFC 7518 §3.4)")
    }

    @Test("A signature in DER is recognized (RFC 7518 §3.4)")
    func der() throws {
        let pair = P256.Signing.PrivateKey()
        let client = try TestServer().registered(key: AccountKey(pair))
        let response = try client.post(Self.newOrder, [:]) { message in
            message.forge = { signature in
                signature = (try? P256.Signing.ECDSASignature(rawRepresentation: signature).derRepresentation) ?? Data()
            }
        }
        expectRefusal(response, 400, "malformed", "this one is in DER")
    }

    @Test("A signature by another key is refused, whoever is named (§6.2)")
    func otherKey() throws {
        let server = try TestServer()
        let (client, other) = (try server.registered(), try server.registered())
        let response = try client.post(Self.newOrder, [:], signedBy: other.key)
        expectRefusal(response, 400, "malformed", "does not verify", "RFC 7515 §5.2")
        let changed = try client.post(Self.newOrder, [:]) { $0.seal = { $0["payload"] = base64URL("{ }".utf8) } }
        expectRefusal(changed, 400, "malformed", "does not verify")
    }
}
