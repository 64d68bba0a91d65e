import CairnModel
import Crypto
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import struct FoundationEssentials.Date
#else
    import struct Foundation.Date
#endif

/// The certificates that answer challenges.
///
/// Each is valid from a day before an instant to a day after it. Its seed has 48 octets: the Ed25519 key, whose signatures
/// need no randomness, and the serial number.
enum SelfSignedCertificate {
    /// A certificate for `tls-alpn-01` of a name or an address (RFC 8737 §3, RFC 8738 §6).
    static func tlsALPN01(
        for host: String, keyAuthorization: String, at instant: CairnInstant, seed: [UInt8]
    ) throws -> [UInt8] {
        let address = CairnIPAddress(host).map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0.octets[...])) }
        let digest = Array(SHA256.hash(data: Array(keyAuthorization.utf8)))
        let identifier = Certificate.Extension(
            oid: [1, 3, 6, 1, 5, 5, 7, 1, 31], critical: true, value: [0x04, UInt8(digest.count)] + digest[...])
        return try der([address ?? .dnsName(host)], [identifier], at: instant, seed: seed)
    }

    /// A certificate for `tls-sni-02` (ACME draft of March 2017).
    static func tlsSNI02(keyAuthorization: String, at instant: CairnInstant, seed: [UInt8]) throws -> [UInt8] {
        let names = TLSSNI02Names(keyAuthorization: keyAuthorization)
        return try der([.dnsName(names.a), .dnsName(names.b)], [], at: instant, seed: seed)
    }

    private static func der(
        _ names: [GeneralName], _ extensions: [Certificate.Extension], at instant: CairnInstant, seed: [UInt8]
    ) throws -> [UInt8] {
        let key = Certificate.PrivateKey(try Curve25519.Signing.PrivateKey(rawRepresentation: seed.prefix(32)))
        let name = try DistinguishedName { CommonName("ACME challenge") }
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
                SubjectAlternativeNames(names)
                for other in extensions { other }
            },
            issuerPrivateKey: key)
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }
}
