import CairnModel
import Crypto
import Testing
import _CryptoExtras

@Suite("Signed requests (RFC 8555 §6.2, RFC 7515)", .timeLimit(.minutes(5)))
struct FlattenedJWSTests {
    @Test("A request of an account is read and verified with every algorithm", arguments: TestKey.all)
    func account(key: TestKey) throws {
        let jws = try FlattenedJWS(parsing: try Draft(key).body())
        #expect(jws.header.algorithm.rawValue == key.algorithm)
        #expect(jws.header.key == .kid("https://ca.test/account/1"))
        #expect(jws.header.nonce == "bm9uY2U")
        #expect(jws.header.url == "https://ca.test/new-order")
        #expect(jws.payload == Array(#"{"contact":[]}"#.utf8))
        #expect(!jws.isPostAsGet)
        try jws.verify(with: try key.publicKey)
    }

    @Test("A request that carries its key is read and verified with every algorithm", arguments: TestKey.all)
    func ownKey(key: TestKey) throws {
        let jws = try FlattenedJWS(parsing: try Draft.withKey(key).body())
        let own = try key.publicKey
        #expect(jws.header.key == .jwk(own))
        try jws.verify(with: own)
    }

    @Test("A POST-as-GET has an empty payload (RFC 8555 §6.3)")
    func postAsGet() throws {
        var draft = Draft()
        draft.payload = []
        let jws = try FlattenedJWS(parsing: try draft.body())
        #expect(jws.isPostAsGet)
        try jws.verify(with: try TestKey.p256.publicKey)
    }

    @Test("A request without a nonce is read, because refusing it is the matter of another stage")
    func noNonce() throws {
        var draft = Draft()
        draft.header["nonce"] = nil
        #expect(try FlattenedJWS(parsing: try draft.body()).header.nonce == nil)
    }

    @Test("Unknown members and parameters are ignored (RFC 7515 §4, §7.2.1) and the header is kept whole")
    func unknownMembers() throws {
        var draft = Draft()
        draft.header["typ"] = "JWT"
        var members = try draft.members()
        members["extra"] = [1]
        let jws = try FlattenedJWS(parsing: CairnJSON.object(members).serialized(.indented))
        try jws.verify(with: try TestKey.p256.publicKey)
        #expect(jws.protectedHeader["typ"] == "JWT")
    }

    /// A parameter of the protected header to set (`nil` removes it), and the refusal.
    static let headers: [(String, CairnJSON?, String)] = [
        ("alg", nil, "protected: alg: expected a string, got nothing (RFC 8555 §6.2)"),
        ("alg", 5, "protected: alg: expected a string, got a number (RFC 8555 §6.2)"),
        ("url", nil, "protected: url: expected a string, got nothing (RFC 8555 §6.4)"),
        ("url", ["x"], "protected: url: expected a string, got an array (RFC 8555 §6.4)"),
        ("kid", nil, #"protected: expected either "jwk" or "kid", got neither (RFC 8555 §6.2)"#),
        ("kid", true, "protected: kid: expected a string, got a boolean (RFC 8555 §6.2)"),
        ("jwk", TestKey.p256.jwk, #"protected: expected either "jwk" or "kid", got both (RFC 8555 §6.2)"#),
        ("nonce", 1, "protected: nonce: expected a string, got a number (RFC 8555 §6.5.2)"),
        (
            "nonce", "a b",
            "protected: nonce: expected base64url, got ' ' at byte 1 (RFC 4648 §5) (RFC 8555 §6.5.2)"
        ),
        ("crit", [], "protected: crit: expected an array of names, got an empty one (RFC 7515 §4.1.11)"),
        ("crit", "exp", "protected: crit: expected an array of names, got a string (RFC 7515 §4.1.11)"),
        (
            "crit", ["exp", 1],
            #"protected: crit: expected no extension that must be understood, got "exp", a number (RFC 7515 §4.1.11)"#
        ),
        ("b64", false, "protected: b64: expected no unencoded payload option (RFC 8555 §6.2, RFC 7797)"),
        ("b64", true, "protected: b64: expected no unencoded payload option (RFC 8555 §6.2, RFC 7797)"),
    ]

    @Test("A header that breaks a rule is refused as malformed", arguments: headers)
    func header(name: String, value: CairnJSON?, detail: String) throws {
        var draft = Draft()
        draft.header[name] = value
        let body = try draft.body()
        #expect(throws: ACMEProblem(.malformed, detail)) { try FlattenedJWS(parsing: body) }
    }

    /// A member of the JWS to set (`nil` removes it), and the refusal.
    static let members: [(String, CairnJSON?, String)] = [
        ("protected", nil, "protected: expected a string, got nothing (RFC 7515 §7.2.1)"),
        ("payload", nil, "payload: expected a string, got nothing (RFC 8555 §6.2)"),
        ("payload", [:], "payload: expected a string, got an object (RFC 8555 §6.2)"),
        ("signature", nil, "signature: expected a string, got nothing (RFC 7515 §7.2.1)"),
        (
            "protected", "e30=",
            "protected: expected base64url without padding, got '=' at byte 3 (RFC 8555 §6.1, RFC 7515 §2)"
        ),
        (
            "payload", "e30=",
            "payload: expected base64url without padding, got '=' at byte 3 (RFC 8555 §6.1, RFC 7515 §2)"
        ),
        (
            "signature", "e30=",
            "signature: expected base64url without padding, got '=' at byte 3 (RFC 8555 §6.1, RFC 7515 §2)"
        ),
        (
            "payload", "e31",
            "payload: expected the unused bits of the last character, at byte 2, to be zero (RFC 4648 §3.5)"
        ),
        ("protected", "", "protected: expected a JSON object: expected a value at byte 0, got the end (RFC 7515 §4)"),
        ("protected", "W10", "protected: expected a JSON object, got an array (RFC 7515 §4)"),
        (
            "protected", .string(Base64URL.encode(Array(#"{"alg":1,"alg":2}"#.utf8))),
            #"protected: expected a JSON object: expected each member once, got a second "alg" at byte 9 (RFC 8259 §4) "#
                + "(RFC 7515 §4)"
        ),
        (
            "header", [:],
            #"header: expected every header parameter in "protected", got an unprotected header (RFC 8555 §6.2)"#
        ),
        (
            "signatures", [],
            #"signatures: expected one signature in "signature", got the general serialization (RFC 8555 §6.2)"#
        ),
    ]

    @Test("A body whose members break a rule is refused as malformed", arguments: members)
    func member(name: String, value: CairnJSON?, detail: String) throws {
        var members = try Draft().members()
        members[name] = value
        let body = CairnJSON.object(members).serialized()
        #expect(throws: ACMEProblem(.malformed, detail)) { try FlattenedJWS(parsing: body) }
    }

    static let bodies: [(String, String)] = [
        ("", "expected a JWS in the flattened JSON serialization, got an empty body (RFC 8555 §6.2)"),
        ("[]", "expected a JWS, an object, got an array (RFC 7515 §7.2.2)"),
        (
            "csr=x",
            "expected a JWS in the flattened JSON serialization: expected a value at byte 0, got 'c' (RFC 8555 §6.2)"
        ),
        (
            "eyJhbGciOiJFUzI1NiJ9.e30.AA",
            "expected a JWS in the flattened JSON serialization: expected a value at byte 0, got 'e' (RFC 8555 §6.2); "
                + "this looks like the compact serialization of RFC 7515 §7.1"
        ),
        (
            #"{"payload":"","payload":""}"#,
            #"expected a JWS in the flattened JSON serialization: expected each member once, got a second "payload" "#
                + "at byte 14 (RFC 8259 §4) (RFC 8555 §6.2)"
        ),
    ]

    @Test("A body that is no JWS is refused as malformed", arguments: bodies)
    func body(text: String, detail: String) {
        #expect(throws: ACMEProblem(.malformed, detail)) { try FlattenedJWS(parsing: text.utf8) }
    }

    static let algorithms: [(String, String)] = [
        ("none", #""none", which signs nothing"#),
        ("HS256", #""HS256", a MAC algorithm, which proves nothing about a public key"#),
        ("HS512", #""HS512", a MAC algorithm, which proves nothing about a public key"#),
        ("ES256K", #""ES256K""#), ("PS256", #""PS256""#), ("es256", #""es256""#), ("", #""""#),
    ]

    @Test("An algorithm that is not accepted is refused with the list of those that are", arguments: algorithms)
    func algorithm(name: String, words: String) throws {
        var draft = Draft()
        draft.header["alg"] = .string(name)
        let body = try draft.body()
        let all = ["ES256", "ES384", "ES512", "RS256", "EdDSA"]
        let detail = "alg: expected ES256, ES384, ES512, RS256, EdDSA, got \(words) (RFC 8555 §6.2)"
        #expect(throws: ACMEProblem(.badSignatureAlgorithm, detail, algorithms: all)) {
            try FlattenedJWS(parsing: body)
        }
    }

    @Test("A server may accept fewer algorithms")
    func fewerAlgorithms() throws {
        let body = try Draft(.ed25519).body()
        let detail = "alg: expected ES256, got \"EdDSA\" (RFC 8555 §6.2)"
        #expect(throws: ACMEProblem(.badSignatureAlgorithm, detail, algorithms: ["ES256"])) {
            try FlattenedJWS(parsing: body, accepting: [.es256])
        }
    }

    @Test("A key in the request that does not go with the algorithm is a bad key (RFC 8555 §6.2)")
    func keyOfAnotherKind() throws {
        var draft = Draft.withKey(.p384)
        draft.header["alg"] = "ES256"
        let body = try draft.body()
        #expect(
            throws: ACMEProblem(
                .badPublicKey,
                "protected: jwk: expected a key for ES256, got a key of P-384, which goes with ES384 (RFC 8555 §6.2)")
        ) { try FlattenedJWS(parsing: body) }
        draft.header["jwk"] = ["kty": "oct", "k": "AA"]
        let secret = try draft.body()
        let problem = #expect(throws: ACMEProblem.self) { try FlattenedJWS(parsing: secret) }
        #expect(problem?.type == .badPublicKey)
        #expect(problem?.detail.hasPrefix("protected: jwk: k: expected a public key") == true)
    }

    @Test("An algorithm that does not go with the key of the account is a bad algorithm", arguments: TestKey.all)
    func algorithmOfAnotherKind(key: TestKey) throws {
        let jws = try FlattenedJWS(parsing: try Draft(key).body())
        for other in TestKey.all where other.algorithm != key.algorithm {
            let publicKey = try other.publicKey
            #expect(
                throws: ACMEProblem(
                    .badSignatureAlgorithm,
                    "alg: expected \(other.algorithm) for a key of \(publicKey.kind), got \(key.algorithm) (RFC 8555 §6.2)",
                    algorithms: [other.algorithm])
            ) { try jws.verify(with: publicKey) }
        }
    }

    @Test("A signature of another key does not verify, and the problem names the key that was tried")
    func wrongKey() throws {
        let jws = try FlattenedJWS(parsing: try Draft(.p256(2)).body())
        let key = try TestKey.p256.publicKey
        #expect(
            throws: ACMEProblem(
                .malformed,
                "signature: the ES256 signature does not verify over the encoded header, a period and the encoded "
                    + "payload with the P-256 key \(key.thumbprint) (RFC 7515 §5.2)")
        ) { try jws.verify(with: key) }
    }

    @Test("A signature one byte short or long is refused by its length", arguments: TestKey.all)
    func wrongLength(key: TestKey) throws {
        let length = try key.publicKey.signatureLength
        for count in [0, length - 1, length + 1] {
            var draft = Draft(key)
            let sign = key.sign
            draft.key.sign = { message in Array((try sign(message) + [0]).prefix(count)) }
            let jws = try FlattenedJWS(parsing: try draft.body())
            let problem = try #require(problem { try jws.verify(with: try key.publicKey) })
            #expect(problem.type == .malformed)
            #expect(
                problem.detail.hasPrefix("\(key.algorithm) signature: expected \(length) bytes, got \(count)"),
                "\(problem.detail)")
        }
    }

    @Test("A short ECDSA signature is explained by its lost zeros (RFC 7518 §3.4)")
    func lostZeros() throws {
        var draft = Draft()
        let sign = TestKey.p256.sign
        draft.key.sign = { Array(try sign($0).dropFirst()) }
        let jws = try FlattenedJWS(parsing: try draft.body())
        #expect(
            throws: ACMEProblem(
                .malformed,
                "ES256 signature: expected 64 bytes, got 63 (RFC 7518 §3.4): R and S have 32 bytes each, leading zeros "
                    + "included")
        ) { try jws.verify(with: try TestKey.p256.publicKey) }
    }

    @Test("An ECDSA signature in DER is recognised (RFC 7518 §3.4)")
    func inDER() throws {
        var draft = Draft()
        let sign = TestKey.p256.sign
        draft.key.sign = { message in
            Array(try P256.Signing.ECDSASignature(rawRepresentation: try sign(message)).derRepresentation)
        }
        let jws = try FlattenedJWS(parsing: try draft.body())
        let problem = try #require(problem { try jws.verify(with: try TestKey.p256.publicKey) })
        #expect(problem.detail.hasSuffix(": this one is in DER, JOSE puts R and S side by side, 32 bytes each"))
    }

    @Test("A signature of something else is recognised, where clients are known to sign it")
    func signedSomethingElse() throws {
        var draft = Draft()
        draft.signingInput = { header, payload in Array("\(Base64URL.encode(header)).".utf8) + payload }
        let unencoded = try FlattenedJWS(parsing: try draft.body())
        draft.signingInput = { _, payload in payload }
        let payloadAlone = try FlattenedJWS(parsing: try draft.body())
        let key = try TestKey.p256.publicKey
        #expect(
            problem { try unencoded.verify(with: key) }?.detail.hasSuffix(": it is of the payload before encoding")
                == true)
        #expect(
            problem { try payloadAlone.verify(with: key) }?.detail.hasSuffix(": it is of the payload alone") == true)
    }

    @Test("A PSS signature under the name RS256 is recognised (RFC 7518 §3.3)")
    func pss() throws {
        var draft = Draft(.rsa)
        draft.key.sign = { Array(try TestKey.rsaPrivateKey.signature(for: $0, padding: .PSS).rawRepresentation) }
        let jws = try FlattenedJWS(parsing: try draft.body())
        let problem = try #require(problem { try jws.verify(with: try TestKey.rsa.publicKey) })
        #expect(problem.detail.contains("it is padded as RSASSA-PSS"))
    }

    @Test("No single changed bit and no cut of a good request crashes, and none verifies")
    func mutations() throws {
        let key = try TestKey.p256.publicKey
        let body = try Draft().body()
        try FlattenedJWS(parsing: body).verify(with: key)
        var read = 0
        func refused(_ bytes: [UInt8]) -> Bool {
            guard let jws = try? FlattenedJWS(parsing: bytes) else { return true }
            read += 1
            return problem { try jws.verify(with: key) } != nil
        }
        for index in body.indices {
            #expect(refused(Array(body[..<index])))
            for bit in 0..<8 {
                var changed = body
                changed[index] ^= 1 << bit
                #expect(refused(changed), "bit \(bit) of byte \(index)")
            }
        }
        #expect(read > 100, "some changed requests must get as far as the signature")
    }
}
