import Crypto
import _CryptoExtras

/// The name of a JWS algorithm, as in `alg` (RFC 7518 §3.1, RFC 8037 §3.1).
///
/// Open: an unknown algorithm is a value like any other, and is refused by name.
public struct ACMESignatureAlgorithm: CairnWireName, CustomStringConvertible {
    /// The name on the wire.
    public var rawValue: String

    /// Creates an algorithm from any name, registered or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// ECDSA with P-256 and SHA-256, which every ACME server implements (RFC 8555 §6.2).
    public static let es256 = ACMESignatureAlgorithm(rawValue: "ES256")
    /// ECDSA with P-384 and SHA-384.
    public static let es384 = ACMESignatureAlgorithm(rawValue: "ES384")
    /// ECDSA with P-521 and SHA-512.
    public static let es512 = ACMESignatureAlgorithm(rawValue: "ES512")
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    public static let rs256 = ACMESignatureAlgorithm(rawValue: "RS256")
    /// EdDSA, with Ed25519 keys (RFC 8037 §3.1).
    public static let edDSA = ACMESignatureAlgorithm(rawValue: "EdDSA")

    /// The algorithms that are accepted by default: all of these.
    public static let accepted: [ACMESignatureAlgorithm] = [.es256, .es384, .es512, .rs256, .edDSA]

    /// The name.
    public var description: String { rawValue }

    /// Refuses what is not in `accepted`, as `badSignatureAlgorithm` with the list of those that are (RFC 8555 §6.2).
    func requireAccepted(among accepted: [ACMESignatureAlgorithm], _ section: String) throws(ACMEProblem) {
        guard !accepted.contains(self) else { return }
        let names = accepted.map(\.rawValue)
        let reason =
            if self == ACMESignatureAlgorithm(rawValue: "none") {
                "\"none\", which signs nothing"
            } else if ExternalAccountBinding.algorithms.contains(self) {
                "\(rawValue.quoted), a MAC algorithm, which proves nothing about a public key"
            } else {
                rawValue.quoted
            }
        throw ACMEProblem(
            .badSignatureAlgorithm, "alg: expected \(names.joined(separator: ", ")), got \(reason) (\(section))",
            algorithms: names)
    }
}

extension SignedParts {
    /// Verifies the signature (RFC 7515 §5.2), and tries to say what is wrong with one that does not verify.
    func verify(_ algorithm: ACMESignatureAlgorithm, with key: PublicKey) throws(ACMEProblem) {
        guard algorithm == key.algorithm else {
            throw ACMEProblem(
                .badSignatureAlgorithm,
                "alg: expected \(key.algorithm) for a key of \(key.kind), got \(algorithm) (RFC 8555 §6.2)",
                algorithms: [key.algorithm.rawValue]
            ).caused(by: .algorithmOfKey, [algorithm.rawValue])
        }
        guard signature.count == key.signatureLength else { throw .notJWS(wrongLength(algorithm, key), .signature) }
        guard key.isValidSignature(signature, for: signingInput) else {
            throw .notJWS(
                "signature: the \(algorithm) signature does not verify over the encoded header, a period and the encoded "
                    + "payload with the \(key) (RFC 7515 §5.2)\(hint(key))", .signature)
        }
    }

    private func wrongLength(_ algorithm: ACMESignatureAlgorithm, _ key: PublicKey) -> String {
        let expected = "\(algorithm) signature: expected \(key.signatureLength) bytes, got \(signature.count)"
        switch key.verifier {
        case .rsa: return "\(expected), which is not the length of the modulus (RFC 8017 §8.2.2)"
        case .ed25519: return "\(expected) (RFC 8032 §5.1.6)"
        case .p256, .p384, .p521:
            let half = key.signatureLength / 2
            if isDER(key) {
                return
                    "\(expected) (RFC 7518 §3.4): this one is in DER, JOSE puts R and S side by side, \(half) bytes each"
            }
            let isShort = signature.count < key.signatureLength
            return "\(expected) (RFC 7518 §3.4)"
                + (isShort ? ": R and S have \(half) bytes each, leading zeros included" : "")
        }
    }

    private func isDER(_ key: PublicKey) -> Bool {
        switch key.verifier {
        case .p256: (try? P256.Signing.ECDSASignature(derRepresentation: signature)) != nil
        case .p384: (try? P384.Signing.ECDSASignature(derRepresentation: signature)) != nil
        case .p521: (try? P521.Signing.ECDSASignature(derRepresentation: signature)) != nil
        case .rsa, .ed25519: false
        }
    }

    /// What else the signature may be of: the mistakes that clients make.
    private func hint(_ key: PublicKey) -> String {
        let period = [UInt8(ascii: ".")]
        let encodedHeader = signingInput.prefix { $0 != period[0] }
        if key.isValidSignature(signature, for: encodedHeader + period + payload) {
            return ": it is of the payload before encoding"
        }
        if key.isValidSignature(signature, for: payload) {
            return ": it is of the payload alone"
        }
        if case .rsa(let rsa) = key.verifier,
            rsa.isValidSignature(.init(rawRepresentation: signature), for: signingInput, padding: .PSS)
        {
            return ": it is padded as RSASSA-PSS, RS256 is RSASSA-PKCS1-v1_5 (RFC 7518 §3.3)"
        }
        return ""
    }
}
