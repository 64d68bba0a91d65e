// Before version 4 its types do not say that they are Sendable.
@preconcurrency import Crypto
import _CryptoExtras

/// A public key that can verify requests: P-256, P-384, P-521, RSA of 2048 to 8192 bits, or Ed25519.
///
/// Keys are equal when their SubjectPublicKeyInfo is, so an account key can be compared with the key of a certificate.
/// The parsed key is kept: verifying with it does not parse again.
package struct PublicKey: Sendable {
    /// One word: a key goes with its account wherever that goes.
    private let forms: Forms

    /// The required members alone, in the order of RFC 7638 §3.3.
    package var jwk: CairnJSON { forms.jwk }
    /// The SHA-256 thumbprint of the key, in base64url (RFC 7638).
    package var thumbprint: String { forms.thumbprint }
    /// The whole SubjectPublicKeyInfo in DER, exactly as a certificate carries it (RFC 5280 §4.1.2.7).
    package var subjectPublicKeyInfo: [UInt8] { forms.subjectPublicKeyInfo }
    var verifier: Verifier { forms.verifier }

    /// The key in the form that verifies.
    enum Verifier: Sendable {
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    init(jwk: CairnJSON, subjectPublicKeyInfo: [UInt8], verifier: Verifier) {
        forms = Forms(jwk, subjectPublicKeyInfo, verifier)
    }

    /// A key in every form in which it is asked for.
    private final class Forms: Sendable {
        let jwk: CairnJSON
        let thumbprint: String
        let subjectPublicKeyInfo: [UInt8]
        let verifier: Verifier

        init(_ jwk: CairnJSON, _ subjectPublicKeyInfo: [UInt8], _ verifier: Verifier) {
            (self.jwk, self.subjectPublicKeyInfo, self.verifier) = (jwk, subjectPublicKeyInfo, verifier)
            thumbprint = Base64URL.encode(Array(SHA256.hash(data: jwk.serialized())))
        }
    }
}

extension PublicKey: Hashable {
    package static func == (lhs: PublicKey, rhs: PublicKey) -> Bool {
        lhs.subjectPublicKeyInfo == rhs.subjectPublicKeyInfo
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(subjectPublicKeyInfo)
    }
}

extension PublicKey: CustomStringConvertible {
    /// The kind and the thumbprint: `P-256 key NzbLs…`.
    package var description: String { "\(kind) key \(thumbprint)" }

    /// The kind of key, for sentences: `P-256`, `RSA-2048`, `Ed25519`.
    package var kind: String {
        switch verifier {
        case .p256: "P-256"
        case .p384: "P-384"
        case .p521: "P-521"
        case .rsa(let key): "RSA-\(key.keySizeInBits)"
        case .ed25519: "Ed25519"
        }
    }
}

extension PublicKey {
    /// Modulus and exponent, if it is an RSA key.
    package var rsaNumbers: RSANumbers? {
        guard case .rsa(let key) = verifier, let numbers = try? key.getKeyPrimitives() else { return nil }
        return RSANumbers(modulus: numbers.modulus, exponent: numbers.publicExponent)
    }

    /// The one algorithm with which this key verifies requests.
    package var algorithm: ACMESignatureAlgorithm {
        switch verifier {
        case .p256: .es256
        case .p384: .es384
        case .p521: .es512
        case .rsa: .rs256
        case .ed25519: .edDSA
        }
    }

    /// How many bytes each of its signatures has: R and S side by side, each as long as the order of the curve
    /// (RFC 7518 §3.4); the length of the modulus (RFC 8017 §8.2.1); 64 for Ed25519 (RFC 8032 §5.1.6).
    package var signatureLength: Int {
        switch verifier {
        case .p256, .ed25519: 64
        case .p384: 96
        case .p521: 132
        case .rsa(let key): (key.keySizeInBits + 7) / 8
        }
    }

    /// Whether `signature` is this key's signature of `message`.
    package func isValidSignature(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        switch verifier {
        case .p256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            // The digest in one piece: given the message, the library goes through it by generic code, at each request.
            var hash = SHA256()
            message.withUnsafeBytes { hash.update(bufferPointer: $0) }
            return key.isValidSignature(signature, for: hash.finalize())
        case .p384(let key):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        case .p521(let key):
            guard let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: message)
        case .rsa(let key):
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            return key.isValidSignature(signature, for: message, padding: .insecurePKCS1v1_5)
        case .ed25519(let key):
            return key.isValidSignature(signature, for: message)
        }
    }
}

extension PublicKey {
    /// Reads a JSON Web Key (RFC 7517).
    ///
    /// Members that do not make up the key (`use`, `kid`, `alg`, `key_ops`, …) are ignored, as RFC 7517 §4 says; members
    /// of a private key are not.
    /// - Throws: `badPublicKey`, naming the member, what was expected of it and what came.
    package init(jwk: CairnJSON) throws(ACMEProblem) {
        guard let object = jwk.object else {
            throw .badKey("expected a JSON Web Key, an object, got \(jwk.kind) (RFC 7517 §4)")
        }
        let members = JOSEMembers(object: object, type: .badPublicKey)
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] where members[name] != nil {
            throw .badKey("\(name): expected a public key, got a member of a private or secret key (RFC 7518 §6)")
        }
        let kty = try members.string("kty", by: "RFC 7517 §4.1")
        if kty.isSame(as: "EC") {
            try self.init(ellipticCurve: members)
        } else if kty.isSame(as: "RSA") {
            try self.init(rsa: members)
        } else if kty.isSame(as: "OKP") {
            try self.init(octetKeyPair: members)
        } else {
            throw .badKey("kty: expected \"EC\", \"RSA\" or \"OKP\", got \(kty.quoted) (RFC 7518 §6.1)")
        }
    }

    private init(ellipticCurve members: JOSEMembers) throws(ACMEProblem) {
        let crv = try members.string("crv", by: "RFC 7518 §6.2.1.1")
        guard let curve = EllipticCurve.allCases.first(where: { $0.rawValue.isSame(as: crv) }) else {
            throw .badKey("crv: expected \"P-256\", \"P-384\" or \"P-521\", got \(crv.quoted) (RFC 7518 §6.2.1.1)")
        }
        let x = try members.coordinate("x", of: curve, "RFC 7518 §6.2.1.2")
        let y = try members.coordinate("y", of: curve, "RFC 7518 §6.2.1.3")
        guard let verifier = curve.verifier(x + y) else {
            throw .badKey("x, y: expected a point on \(crv), got coordinates of none (RFC 7518 §6.2.1)")
        }
        self.init(
            jwk: [
                "crv": .string(curve.rawValue), "kty": "EC", "x": .string(Base64URL.encode(x)),
                "y": .string(Base64URL.encode(y)),
            ],
            subjectPublicKeyInfo: curve.subjectPublicKeyInfoPrefix + x + y, verifier: verifier)
    }

    private init(rsa members: JOSEMembers) throws(ACMEProblem) {
        let n = try members.number("n", "RFC 7518 §6.3.1.1")
        let e = try members.number("e", "RFC 7518 §6.3.1.2")
        let numbers = RSANumbers(modulus: n, exponent: e)
        guard RSANumbers.supportedBits.contains(numbers.bits) else {
            throw .badKey("n: expected a modulus of 2048 to 8192 bits, got \(numbers.bits) (RFC 7518 §3.3)")
        }
        guard n.last.map({ $0 & 1 == 1 }) == true else {
            throw .badKey("n: expected the product of two odd primes, got an even number (RFC 8017 §3.1)")
        }
        guard numbers.hasUsableExponent else {
            let actual = numbers.exponentValue.map(String.init) ?? "a number of \(e.count) octets"
            throw .badKey("e: expected an odd number from 65537 to 2^33, got \(actual) (FIPS 186-5 §5.1)")
        }
        guard let key = try? _RSA.Signing.PublicKey(n: n, e: e) else {
            throw .badKey("n, e: expected an RSA public key, got numbers that make none (RFC 8017 §3.1)")
        }
        self.init(
            jwk: ["e": .string(Base64URL.encode(e)), "kty": "RSA", "n": .string(Base64URL.encode(n))],
            subjectPublicKeyInfo: Array(key.derRepresentation), verifier: .rsa(key))
    }

    private init(octetKeyPair members: JOSEMembers) throws(ACMEProblem) {
        let crv = try members.string("crv", by: "RFC 8037 §2")
        guard crv.isSame(as: "Ed25519") else {
            throw .badKey("crv: expected \"Ed25519\", got \(crv.quoted) (RFC 8555 §6.2)")
        }
        let x = try members.octets("x", by: "RFC 8037 §2")
        guard x.count == 32 else {
            throw .badKey("x: expected 32 bytes for Ed25519, got \(x.count) (RFC 8032 §5.1.5)")
        }
        if let flaw = Ed25519Encoding.flaw(in: x) { throw .badKey("x: \(flaw)") }
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x) else {
            throw .badKey("x: expected an Ed25519 public key (RFC 8032 §5.1.5)")
        }
        self.init(
            jwk: ["crv": "Ed25519", "kty": "OKP", "x": .string(Base64URL.encode(x))],
            subjectPublicKeyInfo: Ed25519Encoding.subjectPublicKeyInfoPrefix + x, verifier: .ed25519(key))
    }
}

extension ACMEProblem {
    fileprivate static func badKey(_ detail: String) -> ACMEProblem { ACMEProblem(.badPublicKey, detail) }
}

extension JOSEMembers {
    /// A coordinate, which has the full length of the field even where it begins with zeros.
    fileprivate func coordinate(
        _ name: String, of curve: EllipticCurve, _ section: String
    ) throws(ACMEProblem) -> [UInt8] {
        let bytes = try octets(name, by: section)
        guard bytes.count == curve.coordinateLength else {
            let hint = bytes.count < curve.coordinateLength ? "; leading zero bytes belong to it" : ""
            throw .badKey(
                "\(name): expected \(curve.coordinateLength) bytes for \(curve.rawValue), got \(bytes.count) (\(section))\(hint)"
            )
        }
        return bytes
    }

    /// A Base64urlUInt (RFC 7518 §2): big-endian, in the fewest octets.
    fileprivate func number(_ name: String, _ section: String) throws(ACMEProblem) -> [UInt8] {
        let bytes = try octets(name, by: section)
        guard let first = bytes.first else { throw .badKey("\(name): expected a number, got no octets (\(section))") }
        guard first != 0 else {
            throw .badKey("\(name): expected a number in the fewest octets, got a leading zero octet (\(section))")
        }
        return bytes
    }
}

/// The SHA-256 digest of a public key's SubjectPublicKeyInfo in DER.
///
/// ```swift
/// ca.policy.keys.blocked.insert(CairnKeyDigest(subjectPublicKeyInfo: der))
/// ```
public struct CairnKeyDigest: Hashable, Sendable, CustomStringConvertible {
    private let bytes: [UInt8]

    /// Computes the digest of a key.
    ///
    /// - Parameter der: the whole SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    public init(subjectPublicKeyInfo der: some Sequence<UInt8>) {
        bytes = Array(SHA256.hash(data: Array(der)))
    }

    /// Parses 64 hexadecimal digits; `nil` for anything else.
    public init?(hexadecimal text: String) {
        let digits = text.utf8.compactMap { UInt8(exactly: Character(Unicode.Scalar($0)).hexDigitValue ?? 256) }
        guard text.utf8.count == 64, digits.count == 64 else { return nil }
        bytes = stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// 64 hexadecimal digits in lower case.
    public var description: String { bytes.hexadecimal }
}
