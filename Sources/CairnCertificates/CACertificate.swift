import CairnModel
import SwiftASN1
import X509

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

    /// The certificate as one block of PEM, ended by a line feed (RFC 7468 §5).
    public var pem: String { String(decoding: pemEncoded, as: UTF8.self) }

    package var pemEncoded: [UInt8] { PEM.block("CERTIFICATE", derEncoded) }

    var serialNumber: CairnSerialNumber { CairnSerialNumber(bytes: Array(certificate.serialNumber.bytes)) }

    /// The subject as RFC 4514 writes it: `CN=Cairn Test Root 3f2a91c0,O=Cairn Test`.
    public var subject: String { certificate.subject.description }
}

extension CairnCACertificate: CustomStringConvertible {
    /// Its ``subject``.
    public var description: String { subject }
}

/// What follows a leaf on the way to a root.
public struct CairnCertificateChain: Hashable, Sendable {
    /// The certificates that are sent after the leaf, from the one that signed it upwards.
    ///
    /// Empty if the root itself signs leaves.
    public let intermediates: [CairnCACertificate]
    /// The certificate that a client has to trust.
    public let root: CairnCACertificate

    init(intermediates: [CairnCACertificate], root: CairnCACertificate) {
        self.intermediates = intermediates
        self.root = root
    }
}
