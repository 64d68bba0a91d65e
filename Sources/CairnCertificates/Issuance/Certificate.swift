public import CairnModel
import Crypto
import SwiftASN1
import X509

/// An issued certificate.
public struct CairnCertificate: Hashable, Sendable {
    /// The certificate in DER.
    public let derEncoded: [UInt8]
    /// The serial number (RFC 5280 §4.1.2.2), chosen by ``CairnAuthorityConfiguration/serialNumbers``.
    public let serialNumber: CairnSerialNumber
    /// The first second of its validity.
    public let notBefore: CairnInstant
    /// The last second of its validity (RFC 5280 §4.1.2.5).
    public let notAfter: CairnInstant
    /// Its identifiers, in the order of the subject alternative names.
    public let identifiers: [ACMEIdentifier]
    /// The certified key: a `SubjectPublicKeyInfo` in DER.
    package let subjectPublicKeyInfo: [UInt8]
    /// The key identifier of the issuer, as in the certificate; half of the name that RFC 9773 §4.1 gives a certificate.
    package let authorityKeyIdentifier: [UInt8]

    /// The certificate in PEM, ending with a line feed (RFC 7468 §5).
    public var pem: String { String(decoding: pemEncoded, as: UTF8.self) }

    /// What tells one certificate from all others: the SHA-256 digest of its DER.
    package static func fingerprint(ofDER der: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: der)) }

    package var pemEncoded: [UInt8] { PEM.block("CERTIFICATE", derEncoded) }
}

/// The unique identifier of a certificate (RFC 9773 §4.1): the key identifier of its issuer and its serial number.
package struct CertID: Hashable, Sendable {
    package let keyIdentifier: [UInt8]
    package let serialNumber: CairnSerialNumber

    package init(keyIdentifier: [UInt8], serialNumber: CairnSerialNumber) {
        self.keyIdentifier = keyIdentifier
        self.serialNumber = serialNumber
    }

    /// Reads a certID as ``description`` writes it.
    ///
    /// - Throws: a `malformed` problem that says what is wrong with it.
    package init(parsing text: some StringProtocol) throws(ACMEProblem) {
        func malformed(_ what: String) -> ACMEProblem {
            ACMEProblem(.malformed, "expected \(what), got \(text.quoted) (RFC 9773 §4.1)")
        }
        let parts = text.texts(between: ".")
        guard parts.count == 2 else {
            throw malformed("a key identifier and a serial number with one \".\" between them")
        }
        guard let key = try? Base64URL.decode(parts[0]) else {
            throw malformed("the key identifier in base64url without padding")
        }
        guard let serial = try? Base64URL.decode(parts[1]) else {
            throw malformed("the serial number in base64url without padding")
        }
        guard !key.isEmpty else { throw malformed("a key identifier before the \".\", and not an empty part") }
        guard let first = serial.first else {
            throw malformed("a serial number after the \".\", and not an empty part")
        }
        guard first < 0x80 else {
            throw malformed("the serial number as in DER, that is with an octet 0 before a first bit that is set")
        }
        guard first != 0 || (serial.count > 1 && serial[1] >= 0x80) else {
            throw malformed("a serial number that is positive and has no octet 0 too many in front")
        }
        guard serial.count <= 21 else { throw malformed("a serial number of at most 20 octets (RFC 5280 §4.1.2.2)") }
        self.init(keyIdentifier: key, serialNumber: CairnSerialNumber(bytes: serial))
    }
}

extension CertID: CustomStringConvertible {
    package var description: String {
        let serial = serialNumber.bytes
        let sign: [UInt8] = serial.first.map { $0 >= 0x80 ? [0] : [] } ?? [0]
        return "\(Base64URL.encode(keyIdentifier)).\(Base64URL.encode(sign + serial))"
    }
}

extension CairnCertificate {
    /// The unique identifier of the certificate (RFC 9773 §4.1), as used in `replaces`.
    public var certID: String { "\(CertID(keyIdentifier: authorityKeyIdentifier, serialNumber: serialNumber))" }
}

/// The certificate of a root or an intermediate.
public struct CairnCACertificate: Hashable, Sendable {
    /// The certificate in DER.
    public let derEncoded: [UInt8]
    let certificate: Certificate

    init(_ certificate: Certificate) throws {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        derEncoded = serializer.serializedBytes
        self.certificate = certificate
    }

    /// The certificate in PEM, ending with a line feed (RFC 7468 §5).
    public var pem: String { String(decoding: pemEncoded, as: UTF8.self) }

    package var pemEncoded: [UInt8] { PEM.block("CERTIFICATE", derEncoded) }

    package var serialNumber: CairnSerialNumber { CairnSerialNumber(bytes: Array(certificate.serialNumber.bytes)) }

    /// The identifier of its key (RFC 5280 §4.2.1.2).
    package var keyIdentifier: [UInt8] {
        (try? certificate.extensions.subjectKeyIdentifier).map { Array($0.keyIdentifier) } ?? []
    }

    /// The common name of its subject; empty if it has none.
    package var commonName: String {
        for part in certificate.subject {
            for attribute in part where attribute.type == .RDNAttributeType.commonName {
                return "\(attribute.value)"
            }
        }
        return ""
    }

    /// The subject in the form of RFC 4514: `CN=Cairn Test Root 3f2a91c0,O=Cairn Test`.
    public var subject: String { certificate.subject.description }
}

extension CairnCACertificate: CustomStringConvertible {
    /// Its ``subject``.
    public var description: String { subject }
}

/// The issuers of a leaf, up to a root.
public struct CairnCertificateChain: Hashable, Sendable {
    /// The certificates sent after the leaf, starting with its issuer.
    ///
    /// Empty if the root signs leaves.
    public let intermediates: [CairnCACertificate]
    /// The root that clients have to trust.
    public let root: CairnCACertificate

    init(intermediates: [CairnCACertificate], root: CairnCACertificate) {
        self.intermediates = intermediates
        self.root = root
    }
}

/// A revocation reason: a `CRLReason` of RFC 5280 §5.3.1.
public struct ACMERevocationReason: RawRepresentable, Hashable, Sendable {
    /// The number of the `CRLReason`.
    public var rawValue: Int

    /// Creates a reason from any number, assigned or not.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// No particular reason; RFC 5280 §5.3.1 prefers to omit it.
    public static let unspecified = ACMERevocationReason(rawValue: 0)
    /// The subject's private key is, or may be, compromised (RFC 5280 §5.3.1).
    public static let keyCompromise = ACMERevocationReason(rawValue: 1)
    /// A CA's private key is, or may be, compromised (RFC 5280 §5.3.1).
    public static let cACompromise = ACMERevocationReason(rawValue: 2)
    /// The subject's name or other information has changed (RFC 5280 §5.3.1).
    public static let affiliationChanged = ACMERevocationReason(rawValue: 3)
    /// It has been replaced by another certificate (RFC 5280 §5.3.1).
    public static let superseded = ACMERevocationReason(rawValue: 4)
    /// The subject no longer needs it (RFC 5280 §5.3.1).
    public static let cessationOfOperation = ACMERevocationReason(rawValue: 5)
    /// It is suspended (RFC 5280 §5.3.1).
    public static let certificateHold = ACMERevocationReason(rawValue: 6)
    /// It is no longer on hold, or has expired; only for delta CRLs (RFC 5280 §5.3.1).
    public static let removeFromCRL = ACMERevocationReason(rawValue: 8)
    /// The subject's privileges have been withdrawn (RFC 5280 §5.3.1).
    public static let privilegeWithdrawn = ACMERevocationReason(rawValue: 9)
    /// An attribute authority's private key is, or may be, compromised (RFC 5280 §5.3.1).
    public static let aACompromise = ACMERevocationReason(rawValue: 10)

    /// All reasons that RFC 5280 assigns, which are those that Pebble accepts: 0 to 10 without the unused 7.
    public static let assigned: [ACMERevocationReason] = [
        .unspecified, .keyCompromise, .cACompromise, .affiliationChanged, .superseded, .cessationOfOperation,
        .certificateHold, .removeFromCRL, .privilegeWithdrawn, .aACompromise,
    ]

    /// The reasons that subscribers of a public CA may give: 0, 1, 3, 4 and 5 (CA/Browser Forum baseline requirements
    /// §7.2.2).
    ///
    /// The others concern CAs, can only be given by CAs, or are not used for TLS.
    public static let forSubscribers: [ACMERevocationReason] = [
        .unspecified, .keyCompromise, .affiliationChanged, .superseded, .cessationOfOperation,
    ]
}

extension ACMERevocationReason: CustomStringConvertible {
    /// The name in RFC 5280 §5.3.1, or the number if there is none.
    public var description: String {
        RevocationReasonName.of(rawValue) ?? String(rawValue)
    }
}
