import CairnModel
import SwiftASN1
import X509

extension CairnCACertificate {
    static func root(_ authority: Hierarchy.Authority) throws -> CairnCACertificate {
        try make(
            authority, serialNumber: authority.identity.serialNumber, issuer: authority,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: authority.key.publicKey)
            })
    }

    /// An intermediate.
    ///
    /// It carries what the baseline requirements of the CA/Browser Forum (§7.1.2.10) ask of one, so that a path is
    /// checked in tests as it is in the open.
    ///
    /// - Parameters:
    ///   - pathLength: how many intermediates may follow below (RFC 5280 §4.2.1.9).
    ///   - purposes: what certificates below may be for, which clients check along the path; `nil` does not restrict it.
    static func intermediate(
        _ authority: Hierarchy.Authority, serialNumber: CairnSerialNumber, pathLength: Int,
        purposes: [ASN1ObjectIdentifier]?, issuer: Hierarchy.Authority
    ) throws -> CairnCACertificate {
        try make(
            authority, serialNumber: serialNumber, issuer: issuer,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: pathLength))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
                if let purposes { try ExtendedKeyUsage(purposes.map { .init(oid: $0) }) }
                SubjectKeyIdentifier(hash: authority.key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: issuer.key.publicKey).keyIdentifier)
                try Certificate.Extension.domainValidatedPolicy()
            })
    }

    /// A root as another root certifies it, without limits of its own (CA/Browser Forum baseline requirements §7.1.2.2).
    static func crossSigned(
        _ root: Hierarchy.Authority, serialNumber: CairnSerialNumber, issuer: Hierarchy.Authority
    ) throws -> CairnCACertificate {
        try make(
            root, serialNumber: serialNumber, issuer: issuer,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: root.key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: issuer.key.publicKey).keyIdentifier)
                try Certificate.Extension.domainValidatedPolicy()
            })
    }

    /// Valid from 2020 to 2119, whatever the time of a test is: an authority must not depend on when it was made.
    private static func make(
        _ authority: Hierarchy.Authority, serialNumber: CairnSerialNumber, issuer: Hierarchy.Authority,
        extensions: Certificate.Extensions
    ) throws -> CairnCACertificate {
        try CairnCACertificate(
            Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(bytes: serialNumber.bytes),
                publicKey: authority.key.publicKey,
                notValidBefore: CivilTime(year: 2020, month: 1, day: 1).instant.date,
                notValidAfter: (CivilTime(year: 2120, month: 1, day: 1).instant - .seconds(1)).date,
                issuer: issuer.identity.name, subject: authority.identity.name,
                signatureAlgorithm: issuer.key.signatureAlgorithm,
                extensions: extensions, issuerPrivateKey: issuer.key.reproducible))
    }
}
