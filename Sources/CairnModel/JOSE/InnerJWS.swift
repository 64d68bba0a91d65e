import Crypto

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
                throw .notJWS("protected: jwk: expected the new key, got nothing (RFC 8555 §7.3.5)", .noJWK)
            }
            guard parts.header["kid"] == nil else {
                throw .notJWS("protected: expected \"jwk\" alone, got \"kid\" too (RFC 8555 §6.2)", .twoKeys)
            }
            if !ignoresNonce { try parts.checkNoNonce("RFC 8555 §7.3.5", otherwise: .notJWS) }
            let key = try parts.key(for: algorithm, jwk)
            try parts.verify(algorithm, with: key)
            try parts.checkURL(url, "RFC 8555 §7.3.5", missing: .changeWithoutURL, other: .changeURL)
            (newKey, self.payload) = (key, parts.payload)
        } catch {
            throw error.about("inner JWS")
        }
    }
}

/// The JWS in `externalAccountBinding` (RFC 8555 §7.3.4): read, but not verified until ``verify(macKey:accountKey:)``
/// returns.
package struct ExternalAccountBinding: Sendable {
    /// The algorithms that it may be made with (RFC 7518 §3.2).
    package static let algorithms = ["HS256", "HS384", "HS512"].map(ACMESignatureAlgorithm.init)

    package let algorithm: ACMESignatureAlgorithm
    /// The identifier that the CA gave out together with the MAC key.
    package let keyIdentifier: String
    private let parts: SignedParts

    /// Reads the member of a newAccount request: steps 1 and 2 of RFC 8555 §7.3.4.
    /// - Parameter url: the `url` of the outer JWS.
    package init(_ json: CairnJSON, url: String) throws(ACMEProblem) {
        do throws(ACMEProblem) {
            parts = try SignedParts(json)
            algorithm = try parts.algorithm(
                accepting: Self.algorithms, "RFC 8555 §7.3.4", otherwise: .bindingAlgorithm)
            guard parts.header["jwk"] == nil else {
                throw .notJWS("protected: jwk: expected only \"kid\", got a key (RFC 8555 §7.3.4)")
            }
            keyIdentifier = try parts.header.asciiString(
                "kid", by: "RFC 8555 §7.3.4", otherwise: .bindingWithoutKeyIdentifier)
            try parts.checkNoNonce("RFC 8555 §7.3.4", otherwise: .bindingNonce)
            try parts.checkURL(url, "RFC 8555 §7.3.4", missing: .bindingWithoutURL, other: .bindingURL)
        } catch {
            throw error.about("externalAccountBinding")
        }
    }

    /// Verifies the MAC and compares the payload with the key of the account: steps 4 and 5 of RFC 8555 §7.3.4.
    /// - Throws: `unauthorized` if the MAC is wrong; `malformed` or `badPublicKey` if the payload is not that key.
    package func verify(macKey: some Collection<UInt8>, accountKey: PublicKey) throws(ACMEProblem) {
        do throws(ACMEProblem) {
            let length = algorithm.macLength
            guard parts.signature.count == length else {
                throw .notJWS(
                    "\(algorithm) signature: expected \(length) bytes, got \(parts.signature.count) (RFC 7518 §3.2)",
                    .bindingMAC)
            }
            guard isValid(with: SymmetricKey(data: Array(macKey))) else {
                throw ACMEProblem(
                    .unauthorized,
                    "signature: the \(algorithm) MAC does not verify with the MAC key of \(keyIdentifier.quoted) "
                        + "(RFC 8555 §7.3.4)"
                ).caused(by: .bindingMAC)
            }
            try checkPayload(is: accountKey)
        } catch {
            throw error.about("externalAccountBinding")
        }
    }

    private func isValid(with key: SymmetricKey) -> Bool {
        let (mac, message) = (parts.signature, parts.signingInput)
        return switch algorithm.rawValue {
        case "HS256": HMAC<SHA256>.isValidAuthenticationCode(mac, authenticating: message, using: key)
        case "HS384": HMAC<SHA384>.isValidAuthenticationCode(mac, authenticating: message, using: key)
        case "HS512": HMAC<SHA512>.isValidAuthenticationCode(mac, authenticating: message, using: key)
        default: false
        }
    }

    private func checkPayload(is accountKey: PublicKey) throws(ACMEProblem) {
        let jwk: CairnJSON
        do throws(CairnJSONError) {
            jwk = try CairnJSON(parsing: parts.payload)
        } catch {
            throw .notJWS("payload: expected the key of the account: \(error) (RFC 8555 §7.3.4)", .bindingPayload)
        }
        let key: PublicKey
        do throws(ACMEProblem) {
            key = try PublicKey(jwk: jwk)
        } catch {
            throw error.about("payload").caused(by: .bindingPayload)
        }
        guard key == accountKey else {
            throw .notJWS(
                "payload: expected the key of the account, the \(accountKey), got the \(key) (RFC 8555 §7.3.4)",
                .bindingKey)
        }
    }
}

extension ACMESignatureAlgorithm {
    /// How many bytes a MAC has.
    fileprivate var macLength: Int {
        switch rawValue {
        case "HS256": 32
        case "HS384": 48
        default: 64
        }
    }
}
