package import CairnModel

/// Whether the holder of an order may have the certificate that a request asks for (RFC 8555 §7.4).
package enum CSRPolicy {
    /// Throws what is wrong with `request`, if anything is.
    ///
    /// - Parameters:
    ///   - ordered: the identifiers of the order, in any sequence.
    ///   - foreignExtensions: what becomes of extensions that no certificate of this authority has.
    package static func check(
        _ request: SigningRequest, against ordered: [Identifier], foreignExtensions: ForeignExtensions = .refused
    ) throws(CSRRefusal) {
        guard !request.asksForAuthority else {
            throw CSRRefusal(
                "the CSR asks for basicConstraints with cA true, expected a request for a leaf (RFC 8555 §7.4)")
        }
        guard request.commonNames.count <= 1 else {
            throw CSRRefusal(
                "the CSR has \(request.commonNames.count) common names, expected one at most (RFC 8555 §7.4)")
        }
        guard foreignExtensions == .leftOut || request.foreignExtensions.isEmpty else {
            throw CSRRefusal(
                "the CSR asks for the extensions \(request.foreignExtensions.prefix(10).joined(separator: ", ")), "
                    + "expected none that this CA does not put into certificates (RFC 8555 §7.4)")
        }
        let wanted = Set(ordered)
        if let commonName = request.commonNames.first { try check(commonName: commonName, against: wanted) }
        try check(request.identifiers, against: ordered, wanted)
    }

    static func fitsCommonName(_ name: String) -> Bool { name.unicodeScalars.count <= 64 }

    private static func check(commonName: String, against ordered: Set<Identifier>) throws(CSRRefusal) {
        guard fitsCommonName(commonName) else {
            throw CSRRefusal(
                "the CSR's common name \(commonName.quoted) has \(commonName.unicodeScalars.count) characters, expected 64 "
                    + "at most (RFC 5280 appendix A.1)")
        }
        let identifier = Identifier(commonName: commonName)
        guard ordered.contains(identifier) else {
            throw CSRRefusal(
                "the CSR's common name \(commonName.quoted) is not among the identifiers of the order (RFC 8555 §7.4)",
                identifiers: [identifier])
        }
    }

    private static func check(
        _ requested: [Identifier], against ordered: [Identifier], _ wanted: Set<Identifier>
    ) throws(CSRRefusal) {
        guard !requested.isEmpty else {
            throw CSRRefusal(
                "the CSR names no identifier, expected \(list(ordered)) in its subjectAltName (RFC 8555 §7.4)",
                identifiers: ordered)
        }
        let present = Set(requested)
        let missing = ordered.filter { !present.contains($0) }
        let excess = requested.filter { !wanted.contains($0) }
        var differences: [String] = []
        if !missing.isEmpty { differences.append("it lacks \(list(missing))") }
        if !excess.isEmpty { differences.append("the order has no \(list(excess))") }
        guard differences.isEmpty else {
            throw CSRRefusal(
                "the CSR has to name exactly the identifiers of the order: \(differences.joined(separator: ", and ")) "
                    + "(RFC 8555 §7.4)",
                identifiers: missing + excess)
        }
    }

    /// The first ten, each with its type: a domain name that looks like an address is told from the address.
    private static func list(_ identifiers: [Identifier]) -> String {
        let shown = identifiers.prefix(10).map { "\($0.type.rawValue) \($0.value.quoted)" }.joined(separator: ", ")
        let left = identifiers.count - 10
        return left > 0 ? "\(shown) and \(left) more" : shown
    }
}

/// What becomes of extensions in a CSR that the CA puts into no certificate.
public enum ForeignExtensions: String, CaseIterable, Sendable {
    /// The CSR is refused as `badCSR` (RFC 8555 §7.4).
    case refused
    /// The certificate is issued without them, as public CAs do.
    ///
    /// Deviation: RFC 8555 §7.4 has such a request end in an error.
    case leftOut
}
