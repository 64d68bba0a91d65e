import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("External account binding", .timeLimit(.minutes(5)))
struct ExternalAccountTests {
    private let server: TestServer

    init() throws { server = try TestServer() }

    private func issue(
        _ identifier: String? = nil, _ macKey: [UInt8]? = nil, uses: CairnExternalAccountKey.Uses = .once,
        expires: CairnInstant? = nil
    ) throws -> ExternalAccount {
        let key = try server.engine.issueExternalAccountKey(
            identifier: identifier, macKey: macKey, uses: uses, expires: expires, policy: CairnBoundPolicy(),
            at: server.now)
        return ExternalAccount(key.identifier, key.macKey)
    }

    private func status(_ external: ExternalAccount) -> CairnExternalAccountKey.Status? {
        server.engine.externalAccountKeys.first { $0.identifier == external.identifier }?.status(at: server.now)
    }

    @Test("A binding that is verified is shown in the account, after an update too (§7.3.4, §7.3.2)")
    func reflected() throws {
        let client = try server.client()
        let external = try issue()
        let binding = try client.binding(to: external)
        let created = try client.register(["termsOfServiceAgreed": true, "externalAccountBinding": binding])
        #expect(created.status == 201, "\(created.text)")
        let account = try #require(client.kid)
        let updated = try client.post(account, ["contact": ["mailto:a@example.test"]])
        for response in [created, updated, try client.read(account), try client.register()] {
            let shown = response.json["externalAccountBinding"] as? NSDictionary
            #expect(shown == binding as NSDictionary)
        }
        let key = try #require(server.engine.externalAccountKeys.first)
        #expect(key.accounts == [CairnObjectID(rawValue: String(account.suffix(22)))])
    }

    @Test(
        "Every MAC algorithm and length of key is good (§7.3.4)", arguments: ["HS256", "HS384", "HS512"],
        [1, 16, 32, 48, 64, 200])
    func algorithms(_ algorithm: String, _ length: Int) throws {
        var external = try issue(nil, Array(repeating: 7, count: length))
        external.algorithm = algorithm
        let response = try server.client().register(boundTo: external)
        #expect(response.status == 201, "\(response.text)")
    }

    static let mistakes: [Misbehaviour] = [
        Misbehaviour("check 1: no JWS", "externalAccountBinding: payload: expected a string, got nothing") {
            $0.seal = { $0["payload"] = nil }
        },
        Misbehaviour("check 1: padding", "externalAccountBinding: signature: expected base64url without padding") {
            $0.seal = { $0["signature"] = "\($0["signature"] ?? "")=" }
        },
        Misbehaviour("check 1: an unprotected header", "externalAccountBinding: header:") {
            $0.seal = { $0["header"] = [String: String]() }
        },
        Misbehaviour("check 2: an asymmetric algorithm", 400, "badSignatureAlgorithm", "expected HS256, HS384, HS512") {
            $0.header["alg"] = "ES256"
        },
        Misbehaviour("check 2: a nonce", "protected: nonce: expected none") { $0.header["nonce"] = "AAAA" },
        Misbehaviour("check 2: another url", "protected: url: expected that of the outer JWS") {
            $0.header["url"] = "https://ca.example.test/new-order"
        },
        Misbehaviour("check 2: no kid", "protected: kid: expected a string, got nothing") { $0.header["kid"] = nil },
        Misbehaviour("check 3: an unknown key", 403, "unauthorized", "that this CA gave out, got \"other\"") {
            $0.header["kid"] = "other"
        },
        Misbehaviour("check 4: a wrong MAC", 403, "unauthorized", "the HS256 MAC does not verify") {
            $0.forge = { $0[0] ^= 1 }
        },
        Misbehaviour("check 5: another key", "payload: expected the key of the account") {
            let jwk =
                #"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","#
                + #""y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#
            $0.payload = Data(jwk.utf8)
        },
        Misbehaviour("check 5: no key", 400, "badPublicKey", "payload: kty") { $0.payload = Data("{}".utf8) },
    ]

    @Test("Each check refuses with words of its own, and uses no key up (§7.3.4)", arguments: mistakes)
    func refused(_ wrong: Misbehaviour) throws {
        let external = try issue()
        let client = try server.client()
        let response = try client.register(boundTo: external, misbehave: wrong.change)
        expectRefusal(response, wrong.status, wrong.problem, wrong.words, "externalAccountBinding: ")
        #expect(server.engine.census.accounts == 0)
        #expect(status(external) == .usable)
        #expect(try client.register(boundTo: external).status == 201)
        #expect(status(external) == .used)
    }

    @Test("Refusals for other reasons use no key up either (§7.3)")
    func otherRefusals() throws {
        let external = try issue()
        let client = try server.client()
        let binding = try client.binding(to: external)
        expectRefusal(try client.register(["externalAccountBinding": binding]), 403, "userActionRequired")
        expectRefusal(
            try client.register(boundTo: external, ["contact": ["tel:1"]]), 400, "unsupportedContact")
        expectRefusal(
            try client.register(boundTo: external, ["onlyReturnExisting": true]), 400, "accountDoesNotExist")
        #expect(status(external) == .usable)
    }

    @Test("A key that is used up, revoked or expired is refused by name (§7.3.4)")
    func unusable() throws {
        let (once, revoked) = (try issue("once"), try issue("revoked"))
        let expiring = try issue("expiring", expires: server.now + .hours(1))
        try server.client().register(boundTo: once)
        expectRefusal(
            try server.client().register(boundTo: once), 403, "unauthorized",
            "\"once\" was used for an account already",
            "§7.3.4")
        _ = server.engine.revokeExternalAccountKey("revoked", at: server.now)
        expectRefusal(try server.client().register(boundTo: revoked), 403, "unauthorized", "\"revoked\" is revoked")
        server.advance(by: .hours(1))
        expectRefusal(
            try server.client().register(boundTo: expiring), 403, "unauthorized",
            "\"expiring\" expired at 2026-11-22T09:00:00Z")
        #expect(server.engine.census.accounts == 1)
        let changes = server.engine.journal.statusChanges.filter { $0.subject == .externalAccountKey }
        #expect(
            changes.map { "\($0.id) \($0.from ?? "-") \($0.to)" } == [
                "once - usable", "revoked - usable", "expiring - usable", "once usable used", "revoked usable revoked",
            ])
    }

    @Test("A key for many binds many, and its accounts outlive it (§7.3.4)")
    func many() throws {
        let external = try issue(uses: .unlimited)
        let clients = try (0..<3).map { _ in try server.client() }
        for client in clients { #expect(try client.register(boundTo: external).status == 201) }
        _ = server.engine.revokeExternalAccountKey(external.identifier, at: server.now)
        for client in clients { #expect(try client.issue(["www.example.test"]).state == "valid") }
    }

    @Test("Unless bindings are required, an account without one is as good (§7.3.4)")
    func optional() throws {
        let response = try server.client().register()
        #expect(response.status == 201)
        #expect(response.json["externalAccountBinding"] == nil)
    }

    @Test("A CA that ignores bindings does not look at them, and does not show them (§7.3.4)")
    func ignored() throws {
        server.engine.policy.externalAccountBinding = .ignored
        let external = try issue()
        for binding: Any in [1, ["a": "b"], try server.client().binding(to: external)] {
            let response = try server.client().register(
                ["termsOfServiceAgreed": true, "externalAccountBinding": binding])
            #expect(response.status == 201)
            #expect(response.json["externalAccountBinding"] == nil)
        }
        #expect(status(external) == .usable)
    }

    @Test("A CA that requires one says so, and refuses new accounts without (§7.3.4, §7.1.1)")
    func required() throws {
        let early = try server.registered()
        server.engine.policy.externalAccountBinding = .required
        let client = try server.client()
        let meta = try client.send("GET", "https://ca.example.test/dir").json["meta"] as? [String: Any]
        #expect(meta?["externalAccountRequired"] as? Bool == true)
        expectRefusal(
            try client.register(), 403, "externalAccountRequired", "expected \"externalAccountBinding\"", "got none",
            "§7.3.4")
        expectRefusal(try client.register(["onlyReturnExisting": true]), 400, "accountDoesNotExist")
        #expect(try client.register(boundTo: try issue()).status == 201)
        #expect(try early.register(["onlyReturnExisting": true]).status == 200)
        #expect(try early.register().status == 200)
        #expect(try early.issue(["www.example.test"]).state == "valid")
    }

    @Test("A key that has an account finds it, whatever binding is sent (§7.3.1)")
    func existing() throws {
        let client = try server.registered()
        let external = try issue()
        let response = try client.register(boundTo: external)
        #expect(response.status == 200)
        #expect(response.json["externalAccountBinding"] == nil)
        #expect(try client.register(["externalAccountBinding": 1]).status == 200)
        #expect(status(external) == .usable)
    }

    @Test("What is drawn follows from the seed, and changes no other choice (§7.3.4)")
    func drawn() throws {
        let other = try TestServer()
        let external = try issue()
        let same = try other.engine.issueExternalAccountKey(
            identifier: nil, macKey: nil, uses: .once, expires: nil, policy: CairnBoundPolicy(), at: other.now)
        #expect(same.identifier == external.identifier)
        #expect(same.macKey == external.macKey)
        #expect(same.macKey.count == 32)
        #expect(same.macKeyText.count == 43)
        let (one, two) = (try server.registered().kid, try TestServer().registered().kid)
        #expect(one == two)
    }

    @Test(
        "An identifier is ASCII and given once, a key is not empty (§7.3.4)",
        arguments: [("", "ASCII"), ("kéy", "ASCII"), ("taken", "already")])
    func unissuable(_ identifier: String, _ words: String) throws {
        _ = try issue("taken")
        let error = #expect(throws: Objection.self) { try issue(identifier) }
        #expect(error?.description.contains(words) == true)
        #expect(throws: Objection.self) { try issue("free", []) }
        #expect(server.engine.externalAccountKeys.count == 1)
    }
}
