package import Crypto
package import Foundation
import _CryptoExtras

/// The key pair of a client, with its own JWK and its own signatures, so that nothing of the server vouches for itself.
package struct AccountKey: Sendable {
    package enum Kind: String, CaseIterable, Sendable { case p256, p384, p521, rsa2048, ed25519 }

    private enum Pair {
        case p256(P256.Signing.PrivateKey)
        case p384(P384.Signing.PrivateKey)
        case p521(P521.Signing.PrivateKey)
        case rsa(_RSA.Signing.PrivateKey)
        case ed25519(Curve25519.Signing.PrivateKey)
    }

    private let pair: Pair

    package init(_ kind: Kind = .p256) throws {
        pair =
            switch kind {
            case .p256: .p256(P256.Signing.PrivateKey())
            case .p384: .p384(P384.Signing.PrivateKey())
            case .p521: .p521(P521.Signing.PrivateKey())
            case .rsa2048: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048))
            case .ed25519: .ed25519(Curve25519.Signing.PrivateKey())
            }
    }

    /// A P-256 key that exists already, for example that of a certificate.
    package init(_ key: P256.Signing.PrivateKey) {
        pair = .p256(key)
    }

    /// An RSA key of 2048 bits that exists already.
    package init(rsaPEM pem: String) throws {
        pair = .rsa(try _RSA.Signing.PrivateKey(pemRepresentation: pem))
    }

    package var algorithm: String {
        switch pair {
        case .p256: "ES256"
        case .p384: "ES384"
        case .p521: "ES512"
        case .rsa: "RS256"
        case .ed25519: "EdDSA"
        }
    }

    package var jwk: [String: String] {
        switch pair {
        case .p256(let key): Self.ec("P-256", key.publicKey.rawRepresentation)
        case .p384(let key): Self.ec("P-384", key.publicKey.rawRepresentation)
        case .p521(let key): Self.ec("P-521", key.publicKey.rawRepresentation)
        case .rsa(let key):
            // PKCS #1 RSAPublicKey of a 2048-bit key: SEQUENCE, INTEGER n with a leading zero, INTEGER 65537.
            ["kty": "RSA", "n": base64URL(Array(key.publicKey.pkcs1DERRepresentation)[9..<265]), "e": "AQAB"]
        case .ed25519(let key): ["kty": "OKP", "crv": "Ed25519", "x": base64URL(key.publicKey.rawRepresentation)]
        }
    }

    /// RFC 7638: the members in alphabetical order, nothing else.
    package var thumbprint: String {
        let members = jwk.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
        return base64URL(SHA256.hash(data: Data("{\(members)}".utf8)))
    }

    package func signature(over message: Data) throws -> Data {
        switch pair {
        case .p256(let key): try key.signature(for: message).rawRepresentation
        case .p384(let key): try key.signature(for: message).rawRepresentation
        case .p521(let key): try key.signature(for: message).rawRepresentation
        case .rsa(let key):
            try key.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5).rawRepresentation
        case .ed25519(let key): try key.signature(for: message)
        }
    }

    private static func ec(_ curve: String, _ point: Data) -> [String: String] {
        let half = point.count / 2
        return ["kty": "EC", "crv": curve, "x": base64URL(point.prefix(half)), "y": base64URL(point.suffix(half))]
    }
}

package func base64URL(_ bytes: some Sequence<UInt8>) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        .replacingOccurrences(of: "=", with: "")
}
