import CairnModel
import Crypto
import Testing

@Suite("Key changes (RFC 8555 §7.3.5)", .timeLimit(.minutes(5)))
struct KeyChangeJWSTests {
    static let url = "https://ca.test/new-order"

    /// An inner JWS without fault.
    static func draft() -> Draft {
        var draft = Draft.withKey(.p256(2))
        draft.header["nonce"] = nil
        return draft
    }

    @Test("The inner JWS is verified with the key that it carries", arguments: TestKey.all)
    func verified(key: TestKey) throws {
        var draft = Draft.withKey(key)
        draft.header["nonce"] = nil
        let inner = try KeyChangeJWS(parsing: try draft.body(), url: Self.url)
        #expect(inner.newKey == (try key.publicKey))
        #expect(inner.payload == draft.payload)
    }

    static let refusals: [(String, CairnJSON?, String)] = [
        ("jwk", nil, "inner JWS: protected: jwk: expected the new key, got nothing (RFC 8555 §7.3.5)"),
        ("kid", "https://ca.test/1", #"inner JWS: protected: expected "jwk" alone, got "kid" too (RFC 8555 §6.2)"#),
        ("nonce", "AA", "inner JWS: protected: nonce: expected none in an inner JWS, got one (RFC 8555 §7.3.5)"),
        ("url", nil, "inner JWS: protected: url: expected a string, got nothing (RFC 8555 §7.3.5)"),
        (
            "url", "https://ca.test/other",
            #"inner JWS: protected: url: expected that of the outer JWS, "https://ca.test/new-order", got "#
                + #""https://ca.test/other" (RFC 8555 §7.3.5)"#
        ),
    ]

    @Test("An inner JWS that breaks a rule is refused as malformed", arguments: refusals)
    func refusal(name: String, value: CairnJSON?, detail: String) throws {
        var draft = Self.draft()
        draft.header[name] = value
        let body = try draft.body()
        #expect(throws: ACMEProblem(.malformed, detail)) { try KeyChangeJWS(parsing: body, url: Self.url) }
    }

    @Test("An inner JWS that another key signed is refused")
    func wrongKey() throws {
        var draft = Self.draft()
        draft.key = .p256(3)
        let body = try draft.body()
        let problem = #expect(throws: ACMEProblem.self) { try KeyChangeJWS(parsing: body, url: Self.url) }
        #expect(problem?.type == .malformed)
        #expect(problem?.detail.hasPrefix("inner JWS: signature: the ES256 signature does not verify") == true)
    }

    @Test("The limits of a request hold inside too")
    func limits() throws {
        var draft = Self.draft()
        draft.header["alg"] = "HS256"
        let body = try draft.body()
        let problem = #expect(throws: ACMEProblem.self) { try KeyChangeJWS(parsing: body, url: Self.url) }
        #expect(problem?.type == .badSignatureAlgorithm)
        #expect(throws: ACMEProblem.self) { try KeyChangeJWS(parsing: [], url: Self.url) }
        #expect(throws: ACMEProblem.self) { try KeyChangeJWS(parsing: Array("{}".utf8), url: Self.url) }
    }
}

@Suite("External account bindings (RFC 8555 §7.3.4)", .timeLimit(.minutes(5)))
struct ExternalAccountBindingTests {
    static let url = "https://ca.test/new-account"
    static let macKey = Array("a key that nobody can guess, 32+".utf8)

    static func draft(_ algorithm: String = "HS256") -> Draft {
        var draft = Draft()
        draft.header = ["alg": .string(algorithm), "kid": "kid-1", "url": .string(url)]
        draft.payload = TestKey.p256.jwk.serialized()
        draft.key.sign = { message in
            let key = SymmetricKey(data: macKey)
            return switch algorithm {
            case "HS384": Array(HMAC<SHA384>.authenticationCode(for: message, using: key))
            case "HS512": Array(HMAC<SHA512>.authenticationCode(for: message, using: key))
            default: Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
            }
        }
        return draft
    }

    @Test("A binding is verified with each MAC algorithm", arguments: ["HS256", "HS384", "HS512"])
    func verified(algorithm: String) throws {
        let json = CairnJSON.object(try Self.draft(algorithm).members())
        let binding = try ExternalAccountBinding(json, url: Self.url)
        #expect(binding.keyIdentifier == "kid-1")
        #expect(binding.algorithm.rawValue == algorithm)
        try binding.verify(macKey: Self.macKey, accountKey: try TestKey.p256.publicKey)
    }

    static let refusals: [(String, CairnJSON?, String)] = [
        ("kid", nil, "externalAccountBinding: protected: kid: expected a string, got nothing (RFC 8555 §7.3.4)"),
        (
            "jwk", TestKey.p256.jwk,
            #"externalAccountBinding: protected: jwk: expected only "kid", got a key (RFC 8555 §7.3.4)"#
        ),
        (
            "nonce", "AA",
            "externalAccountBinding: protected: nonce: expected none in an inner JWS, got one (RFC 8555 §7.3.4)"
        ),
        (
            "url", "https://ca.test/x",
            #"externalAccountBinding: protected: url: expected that of the outer JWS, "https://ca.test/new-account", "#
                + #"got "https://ca.test/x" (RFC 8555 §7.3.4)"#
        ),
    ]

    @Test("A binding that breaks a rule is refused as malformed", arguments: refusals)
    func refusal(name: String, value: CairnJSON?, detail: String) throws {
        var draft = Self.draft()
        draft.header[name] = value
        let json = CairnJSON.object(try draft.members())
        #expect(throws: ACMEProblem(.malformed, detail)) { try ExternalAccountBinding(json, url: Self.url) }
    }

    @Test("A binding that is signed instead of authenticated is refused with the MAC algorithms")
    func signed() throws {
        let json = CairnJSON.object(try Self.draft("ES256").members())
        #expect(
            throws: ACMEProblem(
                .badSignatureAlgorithm,
                #"externalAccountBinding: alg: expected HS256, HS384, HS512, got "ES256" (RFC 8555 §7.3.4)"#,
                algorithms: ["HS256", "HS384", "HS512"])
        ) { try ExternalAccountBinding(json, url: Self.url) }
    }

    @Test("A wrong MAC key is unauthorized, a short MAC malformed")
    func wrongMAC() throws {
        var draft = Self.draft()
        let binding = try ExternalAccountBinding(.object(try draft.members()), url: Self.url)
        let key = try TestKey.p256.publicKey
        #expect(
            throws: ACMEProblem(
                .unauthorized,
                "externalAccountBinding: signature: the HS256 MAC does not verify with the MAC key of \"kid-1\" "
                    + "(RFC 8555 §7.3.4)")
        ) { try binding.verify(macKey: Self.macKey.dropLast(), accountKey: key) }
        draft.key.sign = { _ in [1, 2, 3] }
        let short = try ExternalAccountBinding(.object(try draft.members()), url: Self.url)
        #expect(
            throws: ACMEProblem(
                .malformed, "externalAccountBinding: HS256 signature: expected 32 bytes, got 3 (RFC 7518 §3.2)")
        ) { try short.verify(macKey: Self.macKey, accountKey: key) }
    }

    @Test("A binding of another key, or of no key, is refused")
    func otherKey() throws {
        var draft = Self.draft()
        let binding = try ExternalAccountBinding(.object(try draft.members()), url: Self.url)
        let other = try TestKey.p256(2).publicKey
        let problem = problem { try binding.verify(macKey: Self.macKey, accountKey: other) }
        #expect(problem?.type == .malformed)
        #expect(problem?.detail.contains("got the P-256 key") == true)
        draft.payload = Array("{}".utf8)
        let noKey = try ExternalAccountBinding(.object(try draft.members()), url: Self.url)
        #expect(
            throws: ACMEProblem(
                .badPublicKey,
                "externalAccountBinding: payload: kty: expected a string, got nothing (RFC 7517 §4.1)")
        ) { try noKey.verify(macKey: Self.macKey, accountKey: other) }
        draft.payload = []
        let empty = try ExternalAccountBinding(.object(try draft.members()), url: Self.url)
        #expect(throws: ACMEProblem.self) { try empty.verify(macKey: Self.macKey, accountKey: other) }
    }
}
