public import CairnModel
import Crypto

/// A certificate that was issued.
public struct CairnCertificate: Hashable, Sendable {
    /// The certificate in DER.
    public let derEncoded: [UInt8]
    /// As ``CairnAuthorityConfiguration/serialNumbers`` chose it (RFC 5280 §4.1.2.2).
    public let serialNumber: CairnSerialNumber
    /// The first second in which the certificate is valid.
    public let notBefore: CairnInstant
    /// The last second in which the certificate is valid (RFC 5280 §4.1.2.5).
    public let notAfter: CairnInstant
    /// What the certificate is for, in the order of the subject alternative names.
    public let identifiers: [ACMEIdentifier]
    /// The certified key: a `SubjectPublicKeyInfo` in DER.
    package let subjectPublicKeyInfo: [UInt8]
    /// The key identifier of the issuer, as in the certificate; half of the name that RFC 9773 §4.1 gives a certificate.
    package let authorityKeyIdentifier: [UInt8]

    /// The certificate as one block of PEM, ended by a line feed (RFC 7468 §5).
    public var pem: String { String(decoding: pemEncoded, as: UTF8.self) }

    /// What tells one certificate from all others: the SHA-256 digest of its DER.
    package static func fingerprint(ofDER der: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: der)) }

    package var pemEncoded: [UInt8] { PEM.block("CERTIFICATE", derEncoded) }
}
