import CairnModel
import SwiftASN1
import X509

/// How the leaves of one intermediate are written down (RFC 5280 §4.1); what they share is encoded once.
struct LeafForm: Sendable {
    private let version: [UInt8]
    private let algorithm: [UInt8]
    private let issuer: [UInt8]
    private let commonName: [UInt8]

    init(issuer authority: Hierarchy.Authority) throws {
        version = try .der { serializer in try serializer.tagged(0) { try $0.serialize(2) } }  // v3
        algorithm = try .der { try $0.signatureAlgorithm(authority.key.signatureAlgorithm) }
        issuer = try .der { try $0.serialize(authority.identity.name) }
        commonName = try .der { try $0.serialize(ASN1ObjectIdentifier.commonName) }
    }

    /// What is signed: the `TBSCertificate` in DER.
    ///
    /// - Parameters:
    ///   - notBefore: the first second of validity, from the year 1 to 9999.
    ///   - notAfter: the last one.
    ///   - commonName: the only part of the subject; `nil` for an empty subject.
    ///   - extensions: in DER, one after the other.
    func contents(
        _ serialNumber: CairnSerialNumber, _ notBefore: CairnInstant, _ notAfter: CairnInstant, commonName: String?,
        subjectPublicKeyInfo: [UInt8], extensions: [UInt8]
    ) throws -> [UInt8] {
        .node(
            DERTag.sequence, version, .der { $0.integer(serialNumber) }, algorithm, issuer,
            try .der { serializer in
                try serializer.sequence { validity in
                    try validity.time(notBefore)
                    try validity.time(notAfter)
                }
            },
            subject(commonName), subjectPublicKeyInfo,
            .node(DERTag.explicit(3), .node(DERTag.sequence, extensions)))
    }

    private func subject(_ name: String?) -> [UInt8] {
        guard let name else { return .node(DERTag.sequence) }
        let attribute: [UInt8] = .node(DERTag.sequence, commonName, .node(DERTag.utf8String, text: name))
        return .node(DERTag.sequence, .node(DERTag.set, attribute))
    }
}
