import CairnCertificates
import CairnModel

/// Orders that replace a certificate (RFC 9773 §5).
extension State {
    func certificate(_ id: CertID) throws(Refusal) -> Certificate {
        let isIssuer = id.keyIdentifier == issuerKeyIdentifier
        let certificate = certificates[id.serialNumber]
        if isIssuer, let certificate { return certificate }
        var faults: [String] = []
        if !isIssuer {
            faults.append(
                "expected the key identifier \(Base64URL.encode(issuerKeyIdentifier).quoted), got "
                    + "\(Base64URL.encode(id.keyIdentifier).quoted)")
        }
        if certificate == nil {
            faults.append("the serial number \(id.serialNumber) is that of no certificate that it has")
        }
        let good =
            faults.count > 1 ? "" : isIssuer ? "; the key identifier is right" : "; there is such a serial number"
        throw Refusal(
            .malformed,
            "this CA did not issue a certificate \("\(id)".quoted): \(faults.joined(separator: ", and "))\(good) "
                + "(RFC 9773 §4.1)", status: 404)
    }

    /// The certificate that an order is to replace, or `nil` if it is to replace none.
    func replaced(
        by id: CertID?, identifiers: [ACMEIdentifier], account: Account.ID
    ) throws(Refusal) -> Certificate? {
        guard let id else { return nil }
        let certificate = try certificate(id)
        guard certificate.account == account else {
            throw Refusal(
                .unauthorized,
                "expected \"replaces\" to name a certificate of this account, got that of another one "
                    + "(RFC 9773 §5)")
        }
        guard certificate.issued.identifiers.contains(where: identifiers.contains) else {
            let names = certificate.issued.identifiers.map(\.value).quotedList
            throw Refusal(
                .malformed,
                "expected an identifier of the certificate that is replaced (\(names)), got none of them (RFC 9773 §5)")
        }
        guard certificate.replacement == nil else {
            throw Refusal(
                .alreadyReplaced,
                "expected \"replaces\" to name a certificate that no order replaces, got \"\(id)\", which another order "
                    + "replaces already (RFC 9773 §5)")
        }
        return certificate
    }

    /// Marks the certificate that a new order replaces.
    mutating func markReplaced(by order: Order) {
        guard let replaced = order.replaces else { return }
        certificates[replaced.serialNumber]?.replacement = order.id
    }

    /// Lets the certificate be replaced by another order, now that this one has become invalid.
    mutating func unmarkReplaced(by order: Order) {
        guard let replaced = order.replaces, certificates[replaced.serialNumber]?.replacement == order.id else {
            return
        }
        certificates[replaced.serialNumber]?.replacement = nil
    }
}
