/// The signed body of a request (RFC 8555 §6.2): read, but not verified until ``verify(with:)`` returns.
package struct FlattenedJWS: Sendable {
    /// How a request says which key signed it.
    package enum KeyReference: Hashable, Sendable {
        /// The key itself, for a new account or a certificate's key.
        case jwk(PublicKey)
        /// The URL of the account.
        case kid(String)
    }

    /// The parameters that every request has.
    package struct Header: Hashable, Sendable {
        package var algorithm: ACMESignatureAlgorithm
        /// `nil` if there is none, which is for the nonce stage to refuse (RFC 8555 §6.5).
        package var nonce: String?
        package var url: String
        package var key: KeyReference
    }

    package let header: Header
    private let parts: SignedParts

    /// The whole protected header as it came.
    package var protectedHeader: CairnJSONObject { parts.header }
    /// What was signed; empty in a POST-as-GET (RFC 8555 §6.3).
    package var payload: [UInt8] { parts.payload }
    package var isPostAsGet: Bool { parts.payload.isEmpty }

    /// Reads the body of a request.
    ///
    /// Members of the JWS and parameters of its header that no standard here knows are ignored (RFC 7515 §4, §7.2.1),
    /// unless `crit` names them.
    /// - Throws: `malformed`; `badSignatureAlgorithm` with the accepted algorithms; `badPublicKey` for an unusable `jwk`,
    ///   or one that does not go with `alg`. The key of an account is compared with `alg` in ``verify(with:)``.
    package init(
        parsing body: some Collection<UInt8>, in serialization: JWSSerialization = .flattened,
        accepting accepted: [ACMESignatureAlgorithm] = ACMESignatureAlgorithm.accepted
    ) throws(ACMEProblem) {
        guard !body.isEmpty else {
            throw .notJWS("expected a JWS in the flattened JSON serialization, got an empty body (RFC 8555 §6.2)")
        }
        parts = try SignedParts(parsing: body, in: serialization)
        let algorithm = try parts.algorithm(accepting: accepted)
        header = Header(
            algorithm: algorithm, nonce: try Self.nonce(in: parts.header),
            url: try parts.header.asciiParameter("url", "RFC 8555 §6.4"), key: try Self.key(in: parts, for: algorithm))
    }

    /// The nonces that can be read out of the body of a request, though it may be no JWS that could be accepted
    /// (RFC 8555 §6.5).
    ///
    /// There are several only in the general serialization.
    package static func readableNonces(in body: some Collection<UInt8>) -> [String] {
        guard let object = (try? CairnJSON(parsing: body))?.object else { return [] }
        let parts = [object] + (object["signatures"]?.array ?? []).compactMap(\.object)
        return parts.compactMap { part in
            guard let text = part["protected"]?.string, let bytes = try? Base64URL.decode(text) else { return nil }
            return (try? CairnJSON(parsing: bytes))?["nonce"]?.string
        }
    }

    private static func nonce(in header: CairnJSONObject) throws(ACMEProblem) -> String? {
        guard header["nonce"] != nil else { return nil }
        let nonce = try header.parameter("nonce", "RFC 8555 §6.5.2")
        do throws(Base64URLError) {
            _ = try Base64URL.decode(nonce)
        } catch {
            throw .notJWS("protected: nonce: \(error) (RFC 8555 §6.5.2)")
        }
        return nonce
    }

    private static func key(
        in parts: SignedParts, for algorithm: ACMESignatureAlgorithm
    ) throws(ACMEProblem) -> KeyReference {
        switch (parts.header["jwk"], parts.header["kid"]) {
        case (_?, _?): throw .notJWS("protected: expected either \"jwk\" or \"kid\", got both (RFC 8555 §6.2)")
        case (nil, nil): throw .notJWS("protected: expected either \"jwk\" or \"kid\", got neither (RFC 8555 §6.2)")
        case (let jwk?, nil): .jwk(try parts.key(for: algorithm, jwk))
        case (nil, _?): .kid(try parts.header.parameter("kid", "RFC 8555 §6.2"))
        }
    }

    /// Verifies the signature.
    /// - Throws: `badSignatureAlgorithm` if `alg` does not go with the key; `malformed` if the signature does not verify
    ///   (no RFC names a type for it; this is the one that public CAs send).
    package func verify(with key: PublicKey) throws(ACMEProblem) {
        try parts.verify(header.algorithm, with: key)
    }
}
