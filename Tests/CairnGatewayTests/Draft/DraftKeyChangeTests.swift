import CairnReferenceClient
import Foundation
import Testing

@Suite("Draft: key-change", .timeLimit(.minutes(5)))
struct DraftKeyChangeTests {
    private let server: TestServer
    private let client: DraftClient

    init() throws {
        server = try TestServer()
        client = try server.draftRegistered()
    }

    @Test(
        "The new key takes over, and the account shows it (Account Key Roll-over)",
        arguments: AccountKey.Kind.allCases)
    func changed(_ kind: AccountKey.Kind) throws {
        let (account, old, new) = (try #require(client.kid), client.key, try AccountKey(kind))
        let response = try client.changeKey(to: new)
        #expect(response.status == 200, "\(response.text)")
        #expect(try client.account().status >= 400)
        client.key = new
        #expect(try client.account().json["key"] as? [String: String] == new.jwk)
        #expect(try client.register()["Content-Location"] == account)
        client.key = old
        #expect(try client.register()["Location"] != account)
    }

    @Test("A nonce in the inner JWS is ignored (Account Key Roll-over)", arguments: ["AAAA", "a+b", ""])
    func nonce(_ nonce: String) throws {
        #expect(try client.changeKey(to: AccountKey()) { $0.header["nonce"] = nonce }.status == 200)
    }

    @Test("The old key may stand for the account, as in the draft's example (Account Key Roll-over)")
    func outerKey() throws {
        let new = try AccountKey()
        #expect(try client.changeKey(to: new, as: .key).status == 200)
        client.key = new
        #expect(try client.account().status == 200)
        let stranger = try server.draftClient()
        stranger.kid = client.kid
        #expect(400..<500 ~= (try stranger.changeKey(to: AccountKey(), as: .key).status))
    }

    private static let inner: [Misbehaviour] = [
        Misbehaviour("2: no signature", "") { $0.seal = { $0["signature"] = nil } },
        Misbehaviour("2: padding", "") { $0.seal = { $0["payload"] = "\($0["payload"] ?? "")=" } },
        Misbehaviour("3: no jwk", "") { $0.header["jwk"] = nil },
        Misbehaviour("3: kid besides", "") { $0.header["kid"] = "x" },
        Misbehaviour("4: a broken signature", "") { message in message.forge = { $0[$0.startIndex] ^= 1 } },
        Misbehaviour("5: no account", "") { $0.changePayload("account", nil) },
        Misbehaviour("5: no new key", "") { $0.changePayload("newKey", nil) },
        Misbehaviour("5: the old key of RFC 8555 instead", "") { message in
            message.changePayload("newKey", nil)
            message.changePayload("oldKey", ["kty": "EC"])
        },
        Misbehaviour("5: no object", "") { $0.payload = Data("[]".utf8) },
        Misbehaviour("6: another url", "") { $0.header["url"] = "https://ca.example.test/key-change" },
        Misbehaviour("6: no url", "") { $0.header["url"] = nil },
        Misbehaviour("7: another account", "") {
            $0.changePayload("account", "https://ca.example.test/draft/account/AAAAAAAAAAAAAAAAAAAAAA")
        },
        Misbehaviour("7: the URL that the account has in RFC 8555", "") { message in
            let object = try? JSONSerialization.jsonObject(with: message.payload) as? [String: Any]
            let account = object?["account"] as? String ?? ""
            message.changePayload("account", account.replacingOccurrences(of: "/draft/", with: "/"))
        },
        Misbehaviour("8: another new key", "") { message in
            let point = [
                "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            ]
            message.changePayload("newKey", point.merging(["kty": "EC", "crv": "P-256"]) { $1 })
        },
        Misbehaviour("8: a new key that is none", "") { $0.changePayload("newKey", ["kty": "EC"]) },
    ]

    @Test("Each check that fails refuses the change (Account Key Roll-over)", arguments: inner)
    func refused(_ wrong: Misbehaviour) throws {
        let response = try client.changeKey(to: AccountKey(), misbehave: wrong.change)
        #expect(400..<500 ~= response.status, "\(response.text)")
        #expect(["malformed", "unauthorized", "badSignatureAlgorithm"].contains(response.problem), "\(response.text)")
        #expect(try client.account().json["key"] as? [String: String] == client.key.jwk)
    }

    @Test("The account's word alone does not do (Account Key Roll-over)")
    func unproven() throws {
        let new = try AccountKey()
        let response = try client.post(
            try client.endpoint("key-change"), ["account": try #require(client.kid), "newKey": new.jwk])
        expectRefusal(response, 400, "malformed")
    }

    @Test("Two accounts never share a key, and no key leads to two (Account Key Roll-over)")
    func taken() throws {
        let other = try server.draftRegistered()
        let response = try client.changeKey(to: other.key)
        #expect(400..<500 ~= response.status)
        #expect(try client.account().status == 200)
        #expect(try other.register()["Content-Location"] == other.kid)
    }
}

extension Message {
    /// Changes one member of the payload.
    fileprivate mutating func changePayload(_ name: String, _ value: Any?) {
        guard var object = (try? JSONSerialization.jsonObject(with: payload)) as? [String: Any] else { return }
        object[name] = value
        payload = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
    }
}
