package import CairnModel
import Crypto
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension TLSIdentity {
    /// Makes a fresh root in memory and a certificate under it, for a server on this machine.
    ///
    /// Both begin a day before `now`. The certificate ends 397 days after that: Apple's clients accept no more than 398.
    /// The root ends after ten years, and its private key is forgotten. Keys are P-256, from the system's entropy.
    ///
    /// - Parameters:
    ///   - names: the host names that the certificate is for.
    ///   - addresses: the addresses that it is for.
    ///   - now: the time from which it is valid, less a day.
    package static func ephemeral(
        names: [String] = ["localhost"], addresses: [CairnIPAddress] = [.loopbackV4, .loopbackV6], now: CairnInstant
    ) throws(TLSIdentityError) -> TLSIdentity {
        do {
            return try make(names: names, addresses: addresses, notBefore: now.wholeSecond - .days(1))
        } catch let error as TLSIdentityError {
            throw error
        } catch {
            throw TLSIdentityError("no certificate could be made for \(names) and \(addresses): \(error)")
        }
    }

    private static func make(names: [String], addresses: [CairnIPAddress], notBefore: CairnInstant) throws
        -> TLSIdentity
    {
        let rootKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let rootName = try DistinguishedName {
            CommonName("Cairn server root \(serialNumber().bytes.prefix(4).hexadecimal)")
        }
        let rootKeyIdentifier = SubjectKeyIdentifier(hash: rootKey.publicKey)
        let root = try Certificate(
            version: .v3, serialNumber: serialNumber(), publicKey: rootKey.publicKey,
            notValidBefore: Date(notBefore), notValidAfter: Date(notBefore + .days(3653)),
            issuer: rootName, subject: rootName, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                rootKeyIdentifier
            },
            issuerPrivateKey: rootKey)

        let key = P256.Signing.PrivateKey()
        let publicKey = Certificate.PublicKey(key.publicKey)
        let leaf = try Certificate(
            version: .v3, serialNumber: serialNumber(), publicKey: publicKey,
            notValidBefore: Date(notBefore), notValidAfter: Date(notBefore + .days(397)),
            issuer: rootName, subject: DistinguishedName { CommonName("Cairn server") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(keyIdentifier: rootKeyIdentifier.keyIdentifier)
                SubjectAlternativeNames(
                    names.map { .dnsName($0) }
                        + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0.octets[...])) })
            },
            issuerPrivateKey: rootKey)

        var serializer = DER.Serializer()
        try serializer.serialize(root)
        return try TLSIdentity(
            certificateChainPEM: leaf.serializeAsPEM().pemString + "\n", privateKeyPEM: key.pemRepresentation + "\n",
            trustRoot: serializer.serializedBytes)
    }

    /// The root of ``trustRoot`` in PEM, if there is one.
    package var trustRootPEM: String? {
        trustRoot.map { PEMDocument(type: "CERTIFICATE", derBytes: $0).pemString + "\n" }
    }

    /// 16 octets, the first of them neither 0 nor negative (RFC 5280 §4.1.2.2).
    private static func serialNumber() -> Certificate.SerialNumber {
        var octets = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        octets[0] = octets[0] & 0x7f | 0x40
        return Certificate.SerialNumber(bytes: octets)
    }
}

extension Date {
    fileprivate init(_ instant: CairnInstant) {
        self.init(timeIntervalSince1970: Double(instant.secondsSinceEpoch))
    }
}
