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
    static func der(
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
