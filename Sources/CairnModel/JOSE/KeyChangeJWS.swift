/// The inner JWS of a key change, verified (RFC 8555 §7.3.5).
package struct KeyChangeJWS: Sendable {
    /// The key that signed it and wants to take the account over.
    package let newKey: PublicKey
    /// The keyChange object, not yet read.
    package let payload: [UInt8]

    /// Reads and verifies the payload of the outer JWS: steps 2, 3, 4 and 6 of RFC 8555 §7.3.5.
    /// - Parameters:
    ///   - payload: the payload of the outer JWS.
    ///   - url: the `url` of the outer JWS.
    ///   - ignoresNonce: whether it may have a nonce, which says nothing.
    package init(
        parsing payload: some Collection<UInt8>, url: String, in serialization: JWSSerialization = .flattened,
        ignoresNonce: Bool = false, accepting accepted: [ACMESignatureAlgorithm] = ACMESignatureAlgorithm.accepted
    ) throws(ACMEProblem) {
        do throws(ACMEProblem) {
            let parts = try SignedParts(parsing: payload, in: serialization)
            let algorithm = try parts.algorithm(accepting: accepted)
            guard let jwk = parts.header["jwk"] else {
                throw .notJWS("protected: jwk: expected the new key, got nothing (RFC 8555 §7.3.5)")
            }
            guard parts.header["kid"] == nil else {
                throw .notJWS("protected: expected \"jwk\" alone, got \"kid\" too (RFC 8555 §6.2)")
            }
            if !ignoresNonce { try parts.checkNoNonce("RFC 8555 §7.3.5") }
            let key = try parts.key(for: algorithm, jwk)
            try parts.verify(algorithm, with: key)
            try parts.checkURL(url, "RFC 8555 §7.3.5")
            (newKey, self.payload) = (key, parts.payload)
        } catch {
            throw error.about("inner JWS")
        }
    }
}
