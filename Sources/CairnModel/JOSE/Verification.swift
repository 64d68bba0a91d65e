import Crypto
import _CryptoExtras

extension SignedParts {
    /// Verifies the signature (RFC 7515 §5.2), and tries to say what is wrong with one that does not verify.
    func verify(_ algorithm: ACMESignatureAlgorithm, with key: PublicKey) throws(ACMEProblem) {
        guard algorithm == key.algorithm else {
            throw ACMEProblem(
                .badSignatureAlgorithm,
                "alg: expected \(key.algorithm) for a key of \(key.kind), got \(algorithm) (RFC 8555 §6.2)",
                algorithms: [key.algorithm.rawValue])
        }
        guard signature.count == key.signatureLength else { throw .notJWS(wrongLength(algorithm, key)) }
        guard key.isValidSignature(signature, for: signingInput) else {
            throw .notJWS(
                "signature: the \(algorithm) signature does not verify over the encoded header, a period and the encoded "
                    + "payload with the \(key) (RFC 7515 §5.2)\(hint(key))")
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
