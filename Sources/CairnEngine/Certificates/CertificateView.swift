public import CairnCertificates
public import CairnModel

/// What the CA knew at one instant of a certificate that it had issued.
public struct CairnCertificateRecord: Hashable, Sendable, Identifiable {
    /// The certificate itself.
    public let certificate: CairnCertificate
    /// When it was issued, whatever ``CairnCertificate/notBefore`` says.
    public let created: CairnInstant
    /// `valid` or `revoked`; one that has expired keeps its status.
    public let status: ACMEStatus
    /// The account that it was issued to.
    public let account: CairnObjectID
    /// The order that led to it.
    public let order: CairnObjectID
    /// When it was revoked, and why; `nil` if it was not.
    public let revocation: CairnRevocation?
    /// The order that replaces it and is not invalid (RFC 9773 §5).
    public let replacement: CairnObjectID?

    init(_ certificate: Certificate) {
        self.certificate = certificate.issued
        created = certificate.created
        status = ACMEStatus(certificate.state)
        account = CairnObjectID(certificate.account)
        order = CairnObjectID(certificate.order)
        revocation = certificate.revocation.map { CairnRevocation(certificate, $0.reason, at: $0.at) }
        replacement = certificate.replacement.map { CairnObjectID($0) }
    }

    /// Its serial number.
    public var id: CairnSerialNumber { certificate.serialNumber }
    /// What it is for, in the order of the subject alternative names.
    public var identifiers: [ACMEIdentifier] { certificate.identifiers }
    /// The certificate in DER.
    public var derEncoded: [UInt8] { certificate.derEncoded }
    /// The certificate as one block of PEM, ended by a line feed (RFC 7468 §5).
    public var pem: String { certificate.pem }

    /// The same as JSON, with the certificate in PEM; what there is none of is left out.
    public var json: CairnJSON {
        var object: CairnJSONObject = [
            "serialNumber": .string("\(id)"), "created": created.json, "status": status.json,
        ]
        object["account"] = account.json
        object["order"] = order.json
        object["identifiers"] = .array(identifiers.map(\.json))
        object["notBefore"] = certificate.notBefore.json
        object["notAfter"] = certificate.notAfter.json
        object["revocation"] = revocation?.json
        object["replacement"] = replacement?.json
        object["pem"] = .string(pem)
        return .object(object)
    }
}
