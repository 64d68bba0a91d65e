import ACME
import X509

extension CACertificate {
    static func root(_ identity: AuthorityIdentity, key: IssuingKey) throws -> CACertificate {
        try make(
            identity, key: key, issuer: identity.name, signedBy: key,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            })
    }

    /// An intermediate that signs leaves and nothing else.
    ///
    /// It carries what the baseline requirements of the CA/Browser Forum (§7.1.2.10) ask of one, so that a path is
    /// checked in tests as it is in the open.
    static func intermediate(
        _ identity: AuthorityIdentity, key: IssuingKey, issuer: Hierarchy.Authority
    ) throws -> CACertificate {
        try make(
            identity, key: key, issuer: issuer.subject, signedBy: issuer.key,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectKeyIdentifier(hash: key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: issuer.key.publicKey).keyIdentifier)
                try Certificate.Extension.domainValidatedPolicy()
            })
    }

    /// Valid from 2020 to 2119, whatever the time of a test is: an authority must not depend on when it was made.
    private static func make(
        _ identity: AuthorityIdentity, key: IssuingKey, issuer: DistinguishedName, signedBy issuerKey: IssuingKey,
        extensions: Certificate.Extensions
    ) throws -> CACertificate {
        try CACertificate(
            Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(bytes: identity.serialNumber.bytes),
                publicKey: key.publicKey,
                notValidBefore: CivilTime(year: 2020, month: 1, day: 1).instant.date,
                notValidAfter: (CivilTime(year: 2120, month: 1, day: 1).instant - .seconds(1)).date,
                issuer: issuer, subject: identity.name, signatureAlgorithm: issuerKey.signatureAlgorithm,
                extensions: extensions, issuerPrivateKey: issuerKey.reproducible))
    }
}
