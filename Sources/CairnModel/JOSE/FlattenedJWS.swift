/// The signed body of a request (RFC 8555 §6.2): read, but not verified until ``verify(with:)`` returns.
///
/// A large value that never changes: it goes through the stages as one word.
package final class FlattenedJWS: Sendable {
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
    package var protectedHeader: CairnJSONObject { parts.header.object }
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
            algorithm: algorithm, nonce: try FlattenedJWS.nonce(in: parts.header),
            url: try parts.header.asciiString("url", by: "RFC 8555 §6.4", otherwise: .noURL),
            key: try FlattenedJWS.key(in: parts, for: algorithm))
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

    private static func nonce(in header: JOSEMembers) throws(ACMEProblem) -> String? {
        guard header["nonce"] != nil else { return nil }
        let nonce = try header.string("nonce", by: "RFC 8555 §6.5.2")
        if let fault = Base64URL.fault(in: nonce) { throw .notJWS("protected: nonce: \(fault) (RFC 8555 §6.5.2)") }
        return nonce
    }

    private static func key(
        in parts: SignedParts, for algorithm: ACMESignatureAlgorithm
    ) throws(ACMEProblem) -> KeyReference {
        switch (parts.header["jwk"], parts.header["kid"]) {
        case (_?, _?):
            throw .notJWS("protected: expected either \"jwk\" or \"kid\", got both (RFC 8555 §6.2)", .twoKeys)
        case (nil, nil):
            throw .notJWS("protected: expected either \"jwk\" or \"kid\", got neither (RFC 8555 §6.2)", .noJWK)
        case (let jwk?, nil): .jwk(try parts.key(for: algorithm, jwk))
        case (nil, _?): .kid(try parts.header.string("kid", by: "RFC 8555 §6.2"))
        }
    }

    /// Verifies the signature.
    /// - Throws: `badSignatureAlgorithm` if `alg` does not go with the key; `malformed` if the signature does not verify
    ///   (no RFC names a type for it; this is the one that public CAs send).
    package func verify(with key: PublicKey) throws(ACMEProblem) {
        try parts.verify(header.algorithm, with: key)
    }
}

/// In which forms a JWS may come.
package enum JWSSerialization: Hashable, Sendable {
    /// The flattened JSON serialization, without an unprotected header (RFC 8555 §6.2).
    case flattened
    /// Both JSON serializations, with one signature; an unprotected header is ignored (RFC 7515 §7.2).
    case anyJSON
}

/// What every JWS of ACME has in common, before anyone asks whether it is a request, a key change or a binding.
///
/// A large value that never changes, in one word.
final class SignedParts: Sendable {
    /// The members of the protected header, all of them.
    let header: JOSEMembers
    let payload: [UInt8]
    let signature: [UInt8]
    /// The encoded header, a period and the encoded payload (RFC 7515 §5.1).
    let signingInput: [UInt8]

    /// Reads a JWS in the flattened JSON serialization (RFC 7515 §7.2.2), within the limits of RFC 8555 §6.2.
    ///
    /// Members that RFC 7515 does not know are ignored, as its §7.2.1 says.
    convenience init(
        parsing body: some Collection<UInt8>, in serialization: JWSSerialization = .flattened
    ) throws(ACMEProblem) {
        let json: CairnJSON
        do throws(CairnJSONError) {
            json = try CairnJSON(parsing: body)
        } catch {
            let isCompact = body.starts(with: "eyJ".utf8)
            let hint = isCompact ? "; this looks like the compact serialization of RFC 7515 §7.1" : ""
            throw .notJWS("expected a JWS in the flattened JSON serialization: \(error) (RFC 8555 §6.2)\(hint)")
        }
        try self.init(json, in: serialization)
    }

    init(_ json: CairnJSON, in serialization: JWSSerialization = .flattened) throws(ACMEProblem) {
        guard let object = json.object else {
            throw .notJWS("expected a JWS, an object, got \(json.kind) (RFC 7515 §7.2.2)")
        }
        let members = JOSEMembers(object: serialization == .anyJSON ? try object.flattened() : object)
        if members["signatures"] != nil {
            throw .notJWS(
                "signatures: expected one signature in \"signature\", got the general serialization (RFC 8555 §6.2)",
                .severalSignatures)
        }
        if members["header"] != nil {
            throw .notJWS(
                "header: expected every header parameter in \"protected\", got an unprotected header (RFC 8555 §6.2)",
                .unprotectedHeader)
        }
        let protected = try members.string("protected", by: "RFC 7515 §7.2.1")
        let payload = try members.string("payload", by: "RFC 8555 §6.2")
        let signature = try members.string("signature", by: "RFC 7515 §7.2.1")

        var input: [UInt8] = []
        input.reserveCapacity(protected.utf8.count + 1 + payload.utf8.count)
        input.append(contentsOf: protected.utf8)
        input.append(UInt8(ascii: "."))
        input.append(contentsOf: payload.utf8)
        let headerBytes = try Self.bytes("protected", input[..<protected.utf8.count])
        self.payload = try Self.bytes("payload", input[(protected.utf8.count + 1)...])
        self.signature = try Self.bytes("signature", signature.utf8)
        header = JOSEMembers(object: try Self.header(headerBytes), place: "protected: ")
        signingInput = input
    }

    private static func bytes(_ name: String, _ text: some Collection<UInt8>) throws(ACMEProblem) -> [UInt8] {
        do throws(Base64URLError) {
            return try Base64URL.decode(utf8: text)
        } catch {
            throw .notJWS("\(name): \(error)")
        }
    }

    private static func header(_ bytes: [UInt8]) throws(ACMEProblem) -> CairnJSONObject {
        let json: CairnJSON
        do throws(CairnJSONError) {
            json = try CairnJSON(parsing: bytes)
        } catch {
            throw .notJWS("protected: expected a JSON object: \(error) (RFC 7515 §4)")
        }
        guard let header = json.object else {
            throw .notJWS("protected: expected a JSON object, got \(json.kind) (RFC 7515 §4)")
        }
        if header["b64"] != nil {
            throw .notJWS("protected: b64: expected no unencoded payload option (RFC 8555 §6.2, RFC 7797)")
        }
        if let critical = header["crit"] { try requireKnown(critical: critical) }
        return header
    }

    /// Refuses `crit` in any form: there is no extension that ACME uses and that could be named in it.
    private static func requireKnown(critical: CairnJSON) throws(ACMEProblem) {
        guard let elements = critical.array, !elements.isEmpty else {
            let actual = critical.array == nil ? critical.kind : "an empty one"
            throw .notJWS("protected: crit: expected an array of names, got \(actual) (RFC 7515 §4.1.11)", .signature)
        }
        let shown = elements.prefix(5).map { $0.string?.quoted ?? $0.kind }.joined(separator: ", ")
        let names = elements.count > 5 ? "\(shown) and \(elements.count - 5) more" : shown
        throw .notJWS(
            "protected: crit: expected no extension that must be understood, got \(names) (RFC 7515 §4.1.11)",
            .signature)
    }
}

extension SignedParts {
    /// The algorithm of the header, which must be one of `accepted`.
    func algorithm(
        accepting accepted: [ACMESignatureAlgorithm], _ section: String = "RFC 8555 §6.2",
        otherwise cause: ACMEProblem.Cause = .algorithm
    ) throws(ACMEProblem) -> ACMESignatureAlgorithm {
        do throws(ACMEProblem) {
            let algorithm = ACMESignatureAlgorithm(rawValue: try header.string("alg", by: section))
            try algorithm.requireAccepted(among: accepted, section)
            return algorithm
        } catch {
            let names = accepted.map(\.rawValue).joined(separator: " ")
            throw error.caused(by: cause, [header["alg"]?.string ?? "", names])
        }
    }

    /// The key in `jwk`, which must be of the kind that `algorithm` uses.
    func key(for algorithm: ACMESignatureAlgorithm, _ jwk: CairnJSON) throws(ACMEProblem) -> PublicKey {
        let key: PublicKey
        do throws(ACMEProblem) {
            key = try PublicKey(jwk: jwk)
        } catch {
            throw error.about("protected: jwk").caused(by: .notJWS)
        }
        guard key.algorithm == algorithm else {
            throw ACMEProblem(
                .badPublicKey,
                "protected: jwk: expected a key for \(algorithm), got a key of \(key.kind), which goes with \(key.algorithm) "
                    + "(RFC 8555 §6.2)"
            ).caused(by: .algorithmOfKey, [algorithm.rawValue])
        }
        return key
    }

    /// Refuses a header with a nonce, which the JWS inside a request does not have.
    func checkNoNonce(_ section: String, otherwise cause: ACMEProblem.Cause) throws(ACMEProblem) {
        guard header["nonce"] == nil else {
            throw .notJWS("protected: nonce: expected none in an inner JWS, got one (\(section))", cause)
        }
    }

    /// Refuses a `url` that differs from that of the request around the JWS.
    ///
    /// - Parameters:
    ///   - missing: what it is to have none.
    ///   - other: what it is to have another.
    func checkURL(
        _ outer: String, _ section: String, missing: ACMEProblem.Cause, other: ACMEProblem.Cause
    ) throws(ACMEProblem) {
        let url = try header.string("url", by: section, otherwise: missing)
        guard url.isSame(as: outer) else {
            throw .notJWS(
                "protected: url: expected that of the outer JWS, \(outer.quoted), got \(url.quoted) (\(section))", other
            )
        }
    }
}

extension CairnJSONObject {
    /// A JWS in either JSON serialization as a flattened one, without what is not protected (RFC 7515 §7.2).
    fileprivate func flattened() throws(ACMEProblem) -> CairnJSONObject {
        var flattened = self
        if let signatures = self["signatures"] {
            guard let entries = signatures.array, entries.count == 1, let entry = entries.first?.object,
                self["signature"] == nil
            else {
                throw .notJWS("signatures: expected one signature, in an array of one object (RFC 7515 §7.2.1)")
            }
            flattened["signatures"] = nil
            flattened["protected"] = entry["protected"]
            flattened["signature"] = entry["signature"]
        }
        // Nothing that ACME reads may stand there, so it says nothing.
        flattened["header"] = nil
        return flattened
    }
}

extension ACMEProblem {
    static func notJWS(_ detail: String, _ cause: Cause = .notJWS) -> ACMEProblem {
        ACMEProblem(.malformed, detail).caused(by: cause)
    }

    /// The same refusal, about the JWS inside another.
    func about(_ subject: String) -> ACMEProblem {
        var problem = self
        problem.detail = "\(subject): \(detail)"
        return problem
    }
}
