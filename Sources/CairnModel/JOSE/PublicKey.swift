// Before version 4 its types do not say that they are Sendable.
@preconcurrency import Crypto
import _CryptoExtras

/// A public key that can verify requests: P-256, P-384, P-521, RSA of 2048 to 8192 bits, or Ed25519.
///
/// Keys are equal when their SubjectPublicKeyInfo is, so an account key can be compared with the key of a certificate.
/// The parsed key is kept: verifying with it does not parse again.
package struct PublicKey: Sendable {
    /// The required members alone, in the order of RFC 7638 §3.3.
    package let jwk: CairnJSON
    /// The SHA-256 thumbprint of the key, in base64url (RFC 7638).
    package let thumbprint: String
    /// The whole SubjectPublicKeyInfo in DER, exactly as a certificate carries it (RFC 5280 §4.1.2.7).
    package let subjectPublicKeyInfo: [UInt8]
    let verifier: Verifier

    /// The key in the form that verifies.
    enum Verifier: Sendable {
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
    }

    init(jwk: CairnJSON, subjectPublicKeyInfo: [UInt8], verifier: Verifier) {
        self.jwk = jwk
        self.subjectPublicKeyInfo = subjectPublicKeyInfo
        self.verifier = verifier
        thumbprint = Base64URL.encode(Array(SHA256.hash(data: jwk.serialized())))
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
            return key.isValidSignature(signature, for: message)
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
