import ACME
import Addressing
import Crypto
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import struct FoundationEssentials.Date
#else
    import struct Foundation.Date
#endif

/// The certificate that answers a `tls-alpn-01` challenge (RFC 8737 §3, RFC 8738 §6).
enum SelfSignedCertificate {
    /// A certificate for a name or an address, valid from a day before `instant` to a day after it.
    ///
    /// - Parameter seed: 48 octets: the Ed25519 key, whose signatures need no randomness, and the serial number.
    static func der(for host: String, digest: [UInt8], at instant: Instant, seed: [UInt8]) throws -> [UInt8] {
        let key = Certificate.PrivateKey(try Curve25519.Signing.PrivateKey(rawRepresentation: seed.prefix(32)))
        let name = try DistinguishedName { CommonName("ACME challenge") }
        let alternative = IPAddress(host).map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0.octets[...])) }
        let date = Date(timeIntervalSince1970: Double(instant.secondsSinceEpoch))
        let certificate = try Certificate(
            version: .v3,
            // RFC 5280 §4.1.2.2: positive, and at most 20 octets.
            serialNumber: Certificate.SerialNumber(bytes: [0x01] + seed.suffix(15)),
            publicKey: key.publicKey,
            notValidBefore: date.addingTimeInterval(-86_400),
            notValidAfter: date.addingTimeInterval(86_400),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ed25519,
            extensions: try Certificate.Extensions {
                SubjectAlternativeNames([alternative ?? .dnsName(host)])
                Certificate.Extension(
                    oid: [1, 3, 6, 1, 5, 5, 7, 1, 31], critical: true, value: [0x04, UInt8(digest.count)] + digest)
            },
            issuerPrivateKey: key)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }
}
