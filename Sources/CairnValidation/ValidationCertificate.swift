import CairnModel
import Crypto
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import struct FoundationEssentials.Date
#else
    import struct Foundation.Date
#endif

/// Which check a certificate failed.
struct CertificateFlaw: Error, Hashable {
    var type: ACMEProblemType
    var reason: String

    init(_ reason: String, type: ACMEProblemType = .unauthorized) {
        (self.reason, self.type) = (reason, type)
    }
}

/// What `tls-alpn-01` and `tls-sni-02` look at in a certificate (RFC 5280 §4.1).
///
/// Nothing else is read, so that a certificate with a key or a signature of any kind will do.
struct ValidationCertificate {
    struct Extension {
        var oid: ASN1ObjectIdentifier
        var isCritical: Bool
        var value: ArraySlice<UInt8>
    }

    /// 1, 2 or 3, or the number above the one that was encoded.
    let version: Int
    let extensions: [Extension]

    init(der: [UInt8]) throws {
        guard !der.isEmpty else {
            throw CertificateFlaw("expected a certificate, got none", type: .incorrectResponse)
        }
        (version, extensions) = try DER.sequence(try DER.parse(der), identifier: .sequence) { certificate in
            guard let body = certificate.next() else { throw Self.misshapen("without a TBSCertificate") }
            while certificate.next() != nil {}
            return try Self.read(body)
        }
    }

    private static func read(_ body: ASN1Node) throws -> (Int, [Extension]) {
        guard case .constructed(let fields) = body.content else { throw misshapen("with a primitive TBSCertificate") }
        var version = 1
        var extensions: [Extension] = []
        for field in fields where field.identifier.tagClass == .contextSpecific {
            switch field.identifier.tagNumber {
            case 0: version = try Int(derEncoded: only(field)) &+ 1
            case 3: extensions = try list(only(field)).map(readExtension)
            default: break
            }
        }
        return (version, extensions)
    }

    private static func readExtension(_ node: ASN1Node) throws -> Extension {
        try DER.sequence(node, identifier: .sequence) { fields in
            Extension(
                oid: try ASN1ObjectIdentifier(derEncoded: &fields),
                isCritical: try DER.decodeDefault(&fields, defaultValue: false),
                value: try ASN1OctetString(derEncoded: &fields).bytes)
        }
    }

    /// The one node inside an explicit tag.
    private static func only(_ node: ASN1Node) throws -> ASN1Node {
        let inside = try list(node)
        guard let first = inside.first, inside.count == 1 else {
            throw misshapen("with an explicit tag of \(inside.count)")
        }
        return first
    }

    private static func list(_ node: ASN1Node) throws -> [ASN1Node] {
        guard case .constructed(let nodes) = node.content else { throw misshapen("with a primitive list") }
        return Array(nodes)
    }

    private static func misshapen(_ how: String) -> CertificateFlaw {
        CertificateFlaw("expected a certificate (RFC 5280 §4.1), got one \(how)", type: .incorrectResponse)
    }
}

extension ValidationCertificate {
    private static let subjectAlternativeName: ASN1ObjectIdentifier = [2, 5, 29, 17]

    /// The names in the one subjectAltName extension that there must be.
    ///
    /// - Parameter section: where that is said, in brackets.
    func alternativeNames(_ section: String) throws -> [AlternativeName] {
        let found = extensions.filter { $0.oid == Self.subjectAlternativeName }
        guard let san = found.first, found.count == 1 else {
            throw CertificateFlaw("SAN count: expected one subjectAltName extension, got \(found.count) \(section)")
        }
        return try readable("subjectAltName", "RFC 5280 §4.2.1.6") {
            try Self.list(try DER.parse(san.value)).map(AlternativeName.init)
        }
    }

    func readable<Value>(_ name: String, _ section: String, _ read: () throws -> Value) throws -> Value {
        do {
            return try read()
        } catch {
            throw CertificateFlaw("malformed: expected \(name) (\(section)), got \(error)", type: .incorrectResponse)
        }
    }
}

/// An entry of a subjectAltName (RFC 5280 §4.2.1.6).
enum AlternativeName: CustomStringConvertible {
    case dns(String)
    case address([UInt8])
    /// A name of another kind, by its tag.
    case other(UInt)

    init(_ node: ASN1Node) throws {
        guard node.identifier.tagClass == .contextSpecific else {
            throw CertificateFlaw("a name without a context-specific tag")
        }
        switch (node.identifier.tagNumber, node.content) {
        case (2, .primitive(let bytes)): self = .dns(Excerpt.of(Array(bytes)))
        case (7, .primitive(let bytes)): self = .address(Array(bytes))
        default: self = .other(node.identifier.tagNumber)
        }
    }

    var description: String {
        switch self {
        case .dns(let name): "dNSName \(name)"
        case .address(let octets):
            "iPAddress " + (CairnIPAddress(octets: octets).map(\.description) ?? Excerpt.hexadecimal(octets))
        case .other(let tag): "a name of kind [\(tag)]"
        }
    }
}

/// A certificate that a TLS server shows, and the key that it proves to have.
package struct ServedCertificate: Sendable {
    /// One block of PEM.
    package let certificatePEM: String
    /// The key in PEM (PKCS #8).
    package let privateKeyPEM: String
}

/// The certificates that answer challenges.
///
/// Each is valid from a day before an instant to a day after it.
enum SelfSignedCertificate {
    /// One for a handshake that does not take place, in DER.
    ///
    /// - Parameter seed: 48 octets: the Ed25519 key, whose signatures need no randomness, and the serial number.
    static func der(
        _ names: [GeneralName], _ extensions: [Certificate.Extension], at instant: CairnInstant, seed: [UInt8]
    ) throws -> [UInt8] {
        let key = Certificate.PrivateKey(try Curve25519.Signing.PrivateKey(rawRepresentation: seed.prefix(32)))
        return try make(names, extensions, at: instant, key, .ed25519, serial: seed.suffix(15))
    }

    /// One with a P-256 key, which every TLS client takes.
    ///
    /// - Parameter draw: gives as many bytes as it is asked for.
    static func served(
        _ names: [GeneralName], _ extensions: [Certificate.Extension], at instant: CairnInstant, draw: (Int) -> [UInt8]
    ) throws -> ServedCertificate {
        var key: P256.Signing.PrivateKey?
        // The first number fits but for one in 2^32.
        while key == nil { key = try? P256.Signing.PrivateKey(rawRepresentation: draw(32)) }
        guard let key else { throw CertificateFlaw("expected a private key, got none") }
        let der = try make(
            names, extensions, at: instant, Certificate.PrivateKey(key), .ecdsaWithSHA256, serial: draw(15)[...])
        return ServedCertificate(
            certificatePEM: String(decoding: PEM.block("CERTIFICATE", der), as: UTF8.self),
            privateKeyPEM: key.pemRepresentation + "\n")
    }

    private static func make(
        _ names: [GeneralName], _ extensions: [Certificate.Extension], at instant: CairnInstant,
        _ key: Certificate.PrivateKey, _ algorithm: Certificate.SignatureAlgorithm, serial: ArraySlice<UInt8>
    ) throws -> [UInt8] {
        let name = try DistinguishedName { CommonName("ACME challenge") }
        let date = Date(timeIntervalSince1970: Double(instant.secondsSinceEpoch))
        let certificate = try Certificate(
            version: .v3,
            // RFC 5280 §4.1.2.2: positive, and at most 20 octets.
            serialNumber: Certificate.SerialNumber(bytes: [0x01] + serial),
            publicKey: key.publicKey,
            notValidBefore: date.addingTimeInterval(-86_400),
            notValidAfter: date.addingTimeInterval(86_400),
            issuer: name,
            subject: name,
            signatureAlgorithm: algorithm,
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
