import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("keyChange", .timeLimit(.minutes(5)))
struct KeyChangeTests {
    private static let url = "https://ca.example.test/key-change"

    @Test("The new key takes over, and the old one is that of nobody (§7.3.5)")
    func changed() throws {
        let client = try TestServer().registered()
        let (account, old, new) = (try #require(client.kid), client.key, try AccountKey())
        let response = try client.changeKey(to: new)
        #expect(response.status == 200, "\(response.text)")
        #expect(response.state == "valid")
        #expect(response["Location"] == account)

        expectRefusal(try client.read(account), 400, "malformed", "does not verify")
        let unknown = try client.post(
            try client.endpoint("newAccount"), ["onlyReturnExisting": true], as: .key, signedBy: old)
        expectRefusal(unknown, 400, "accountDoesNotExist")
        client.key = new
        #expect(try client.read(account).status == 200)
        #expect(try client.register(["onlyReturnExisting": true])["Location"] == account)
    }

    @Test("Keys of every kind can follow each other (§7.3.5)")
    func kinds() throws {
        let client = try TestServer().registered()
        for kind in AccountKey.Kind.allCases {
            let new = try AccountKey(kind)
            #expect(try client.changeKey(to: new).status == 200)
            client.key = new
        }
        #expect(try client.read(try #require(client.kid)).state == "valid")
    }

    @Test("Orders and authorizations go on as if nothing had happened (§7.3.5)")
    func work() throws {
        let server = try TestServer()
        let client = try server.registered()
        let (pending, ready) = (try client.order(["p.example.test"]), try client.readyOrder(["r.example.test"]))
        let new = try AccountKey()
        try client.changeKey(to: new)
        client.key = new
        #expect(try client.read(pending.url).state == "pending")
        #expect(try client.finalize(ready, csr: try csr(["r.example.test"])).state == "valid")
        let challenge = try client.challenge("http-01", of: pending.authorizations[0])
        let expected = client.keyAuthorization(challenge.token)
        server.decide { job in
            job.attempt.keyAuthorization.description == expected ? nil : .init(.unauthorized, "the old key")
        }
        try client.respond(to: challenge.url)
        #expect(try client.read(pending.url).state == "ready")
    }

    @Test("A key that has an account already is a conflict, with the URL of that account (§7.3.5)")
    func conflict() throws {
        let server = try TestServer()
        let (client, other) = (try server.registered(), try server.registered())
        let response = try client.changeKey(to: other.key)
        expectRefusal(response, 409, "malformed", "already that of another account", "§7.3.5")
        #expect(response["Location"] == other.kid)
        #expect(try client.read(try #require(client.kid)).status == 200)

        let same = try client.changeKey(to: client.key)
        expectRefusal(same, 409, "malformed", "already that of this account")
        #expect(same["Location"] == client.kid)
    }

    @Test("The account's own word does not do: the new key has to be proven (§7.3.5)")
    func unproven() throws {
        let client = try TestServer().registered()
        let response = try client.post(
            Self.url, ["account": try #require(client.kid), "oldKey": client.key.jwk])
        expectRefusal(response, 400, "malformed", "inner JWS")
    }

    private static let inner: [Misbehaviour] = [
        Misbehaviour("no jwk", "inner JWS: protected: jwk: expected the new key") { $0.header["jwk"] = nil },
        Misbehaviour("a kid besides", "inner JWS: protected: expected \"jwk\" alone") { $0.header["kid"] = "x" },
        Misbehaviour("a nonce", "inner JWS: protected: nonce: expected none") { $0.header["nonce"] = "AAAA" },
        Misbehaviour("another url", "inner JWS: protected: url: expected that of the outer JWS") {
            $0.header["url"] = "https://ca.example.test/new-order"
        },
        Misbehaviour("no url", "inner JWS: protected: url: expected a string, got nothing") { $0.header["url"] = nil },
        Misbehaviour("a broken signature", "inner JWS: signature: the ES256 signature does not verify") { message in
            message.forge = { $0[$0.startIndex] ^= 1 }
        },
        Misbehaviour("a short signature", "inner JWS: ES256 signature: expected 64 bytes, got 63") { message in
            message.forge = { $0.removeLast() }
        },
        Misbehaviour("no signature", "inner JWS: signature: expected a string") { $0.seal = { $0["signature"] = nil } },
        Misbehaviour("an unprotected header", "inner JWS: header") { $0.seal = { $0["header"] = ["kid": "x"] } },
        Misbehaviour("padding", "inner JWS: payload: expected base64url without padding") {
            $0.seal = { $0["payload"] = "\($0["payload"] ?? "")=" }
        },
        Misbehaviour("a MAC", 400, "badSignatureAlgorithm", "inner JWS: alg: expected") { $0.header["alg"] = "HS256" },
        Misbehaviour("an unusable key", 400, "badPublicKey", "inner JWS: protected: jwk") {
            $0.header["jwk"] = ["kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"]
        },
        Misbehaviour("another account", "expected \"account\" to be") {
            $0.change("account", "https://ca.example.test/account/AAAAAAAAAAAAAAAAAAAAAA")
        },
        Misbehaviour("no account", "expected a member \"account\", got none") { $0.change("account", nil) },
        Misbehaviour("an account that is no string", "expected \"account\" to be a string") { $0.change("account", 1) },
        Misbehaviour("another old key", "expected \"oldKey\" to be the present key of the account") { message in
            let point = [
                "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            ]
            message.change("oldKey", point.merging(["kty": "EC", "crv": "P-256"]) { $1 })
        },
        Misbehaviour("an old key that is none", "\"oldKey\": ") { $0.change("oldKey", ["kty": "EC"]) },
        Misbehaviour("no old key", "expected a member \"oldKey\", got none") { $0.change("oldKey", nil) },
        Misbehaviour("a payload that is no object", "got an array") { $0.payload = Data("[]".utf8) },
        Misbehaviour("an empty payload", "expected a JSON object as payload") { $0.payload = Data() },
    ]

    @Test("Each check of the inner JWS refuses the change, and the account keeps its key (§7.3.5)", arguments: inner)
    func refused(_ wrong: Misbehaviour) throws {
        let client = try TestServer().registered()
        let new = try AccountKey()
        let response = try client.changeKey(to: new, misbehave: wrong.change)
        expectRefusal(response, wrong.status, wrong.problem, wrong.words)
        #expect(try client.read(try #require(client.kid)).status == 200)
        let unknown = try client.post(
            try client.endpoint("newAccount"), ["onlyReturnExisting": true], as: .key, signedBy: new)
        #expect(unknown.problem == "accountDoesNotExist")
    }

    @Test("The outer JWS is signed by the old key, and says so by kid (§7.3.5)")
    func outer() throws {
        let client = try TestServer().registered()
        let new = try AccountKey()
        let inner = try client.keyChange(to: new)
        expectRefusal(try client.post(Self.url, inner, signedBy: new), 400, "malformed", "does not verify")
        expectRefusal(try client.post(Self.url, inner, as: .key), 400, "malformed", "have \"kid\", got \"jwk\"")
        expectRefusal(try client.read(Self.url), 400, "malformed", "inner JWS")
    }

    @Test("The key of a change that was made cannot be used for a second one (§7.3.5)")
    func replayed() throws {
        let client = try TestServer().registered()
        let (first, second) = (try AccountKey(), try AccountKey())
        let change = try client.keyChange(to: first)
        #expect(try client.post(Self.url, change).status == 200)
        client.key = first
        let third = try client.keyChange(to: second)
        #expect(try client.post(Self.url, third).status == 200)
        client.key = second
        expectRefusal(try client.post(Self.url, change), 400, "malformed", "\"oldKey\"")
    }
}

extension Message {
    /// Changes one member of the payload.
    fileprivate mutating func change(_ name: String, _ value: Any?) {
        guard var object = (try? JSONSerialization.jsonObject(with: payload)) as? [String: Any] else { return }
        object[name] = value
        payload = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
    }
}
