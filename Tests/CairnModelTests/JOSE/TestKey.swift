import CairnModel
import Crypto
import Testing
import _CryptoExtras

/// A private key of a client, and what the client says about it.
struct TestKey: Sendable {
    var jwk: CairnJSON
    var algorithm: String
    /// The SubjectPublicKeyInfo that swift-crypto writes.
    var subjectPublicKeyInfo: [UInt8]
    var sign: @Sendable ([UInt8]) throws -> [UInt8]

    var publicKey: PublicKey {
        get throws { try PublicKey(jwk: jwk) }
    }

    static let p256 = TestKey.p256(1)
    static let all: [TestKey] = [.p256(1), .p384, .p521, .rsa, .ed25519]

    static func p256(_ seed: CairnSeed) -> TestKey {
        var generator = seed.generator(for: "P-256")
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: generator.bytes(32)) else {
            preconditionFailure("the seed gives no key")
        }
        return TestKey(
            jwk: jwk("P-256", Array(key.publicKey.rawRepresentation)), algorithm: "ES256",
            subjectPublicKeyInfo: Array(key.publicKey.derRepresentation),
            sign: { Array(try key.signature(for: $0).rawRepresentation) })
    }

    static let p384: TestKey = {
        let key = P384.Signing.PrivateKey()
        return TestKey(
            jwk: jwk("P-384", Array(key.publicKey.rawRepresentation)), algorithm: "ES384",
            subjectPublicKeyInfo: Array(key.publicKey.derRepresentation),
            sign: { Array(try key.signature(for: $0).rawRepresentation) })
    }()

    static let p521: TestKey = {
        let key = P521.Signing.PrivateKey()
        return TestKey(
            jwk: jwk("P-521", Array(key.publicKey.rawRepresentation)), algorithm: "ES512",
            subjectPublicKeyInfo: Array(key.publicKey.derRepresentation),
            sign: { Array(try key.signature(for: $0).rawRepresentation) })
    }()

    static let rsaPrivateKey: _RSA.Signing.PrivateKey = {
        guard let key = try? _RSA.Signing.PrivateKey(keySize: .bits2048) else { preconditionFailure("no RSA key") }
        return key
    }()

    static let rsa: TestKey = {
        let key = rsaPrivateKey
        guard let numbers = try? key.publicKey.getKeyPrimitives() else { preconditionFailure("no RSA numbers") }
        return TestKey(
            jwk: [
                "kty": "RSA", "n": .string(Base64URL.encode(Array(numbers.modulus))),
                "e": .string(Base64URL.encode(Array(numbers.publicExponent))),
            ],
            algorithm: "RS256", subjectPublicKeyInfo: Array(key.publicKey.derRepresentation),
            sign: { Array(try key.signature(for: $0, padding: .insecurePKCS1v1_5).rawRepresentation) })
    }()

    static let ed25519: TestKey = {
        let key = Curve25519.Signing.PrivateKey()
        let x = Array(key.publicKey.rawRepresentation)
        return TestKey(
            jwk: ["kty": "OKP", "crv": "Ed25519", "x": .string(Base64URL.encode(x))], algorithm: "EdDSA",
            subjectPublicKeyInfo: Ed25519SubjectPublicKeyInfo.of(x), sign: { Array(try key.signature(for: $0)) })
    }()

    private static func jwk(_ curve: String, _ point: [UInt8]) -> CairnJSON {
        let half = point.count / 2
        return [
            "kty": "EC", "crv": .string(curve), "x": .string(Base64URL.encode(point[..<half])),
            "y": .string(Base64URL.encode(point[half...])),
        ]
    }
}

extension TestKey: CustomTestStringConvertible {
    var testDescription: String { algorithm }
}

/// RFC 8410 §10.1: the structure around the 32 bytes.
enum Ed25519SubjectPublicKeyInfo {
    static func of(_ key: [UInt8]) -> [UInt8] {
        let identifier: [UInt8] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70]
        let bits = [0x03, UInt8(key.count + 1), 0x00] + key
        return [0x30, UInt8(identifier.count + bits.count)] + identifier + bits
    }
}

/// A request about to be signed: change what is to be wrong with it.
struct Draft {
    var key: TestKey
    var header: CairnJSONObject
    var payload: [UInt8] = Array(#"{"contact":[]}"#.utf8)
    /// What is signed, if it is not what RFC 7515 §5.1 says.
    var signingInput: (_ header: [UInt8], _ payload: [UInt8]) -> [UInt8] = { header, payload in
        Array("\(Base64URL.encode(header)).\(Base64URL.encode(payload))".utf8)
    }

    /// A request of an account.
    init(_ key: TestKey = .p256, kid: String = "https://ca.test/account/1") {
        self.key = key
        header = [
            "alg": .string(key.algorithm), "kid": .string(kid), "nonce": "bm9uY2U", "url": "https://ca.test/new-order",
        ]
    }

    /// A request that carries its key.
    static func withKey(_ key: TestKey = .p256) -> Draft {
        var draft = Draft(key)
        draft.header["kid"] = nil
        draft.header["jwk"] = key.jwk
        return draft
    }

    /// The JWS, signed.
    func members() throws -> CairnJSONObject {
        let header = CairnJSON.object(header).serialized()
        return [
            "protected": .string(Base64URL.encode(header)), "payload": .string(Base64URL.encode(payload)),
            "signature": .string(Base64URL.encode(try key.sign(signingInput(header, payload)))),
        ]
    }

    func body() throws -> [UInt8] {
        CairnJSON.object(try members()).serialized()
    }
}

/// The problem that `body` throws, or `nil`.
func problem(_ body: () throws -> Void) -> ACMEProblem? {
    do {
        try body()
        return nil
    } catch {
        return error as? ACMEProblem
    }
}
