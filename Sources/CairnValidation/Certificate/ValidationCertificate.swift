import CairnModel
import SwiftASN1

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
    private struct Extension {
        var oid: ASN1ObjectIdentifier
        var isCritical: Bool
        var value: ArraySlice<UInt8>
    }

    /// 1, 2 or 3, or the number above the one that was encoded.
    private let version: Int
    private let extensions: [Extension]

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
    private static let acmeIdentifier: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 1, 31]
    /// The number that the drafts before RFC 8737 gave to `acmeIdentifier`, with an arc more.
    private static let draftIdentifier: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 1, 30, 1]

    /// Makes the checks of RFC 8737 §3; the error names the first that failed.
    func check(for identifier: ACMEIdentifier, digest: [UInt8]) throws {
        guard version == 3 else {
            throw CertificateFlaw("X.509 version: expected 3, which has extensions, got \(version) (RFC 5280 §4.1.2.1)")
        }
        try checkName(identifier)
        try checkDigest(digest)
    }

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

    private func checkName(_ identifier: ACMEIdentifier) throws {
        let names = try alternativeNames("(RFC 8737 §3)")
        guard let name = names.first, names.count == 1 else {
            let got = names.prefix(10).map(\.description).joined(separator: ", ")
            throw CertificateFlaw(
                "SAN count: expected \(identifier) alone, got \(names.count) names"
                    + (got.isEmpty ? "" : " (\(got))") + " (RFC 8737 §3)")
        }
        let isEqual =
            switch name {
            case .dns(let text): identifier.type == .dns && text.isSameIgnoringCase(as: identifier.value)
            case .address(let octets): identifier.address.map { $0.octets == octets } ?? false
            case .other: false
            }
        guard isEqual else {
            let section = identifier.type == .ip ? "RFC 8738 §6" : "RFC 8737 §3"
            let kind = identifier.type == .ip ? "iPAddress" : "dNSName"
            throw CertificateFlaw("SAN value: expected \(kind) \(identifier), got \(name) (\(section))")
        }
    }

    private func checkDigest(_ digest: [UInt8]) throws {
        let found = extensions.filter { $0.oid == Self.acmeIdentifier }
        guard let identifier = found.first else {
            guard !extensions.contains(where: { $0.oid == Self.draftIdentifier }) else {
                throw CertificateFlaw(
                    "old OID: expected acmeIdentifier 1.3.6.1.5.5.7.1.31, got 1.3.6.1.5.5.7.1.30.1 "
                        + "of the drafts (RFC 8737 §6.1)")
            }
            throw CertificateFlaw(
                "extension missing: expected acmeIdentifier 1.3.6.1.5.5.7.1.31, got none (RFC 8737 §3)")
        }
        guard found.count == 1 else {
            throw CertificateFlaw("duplicated: expected one acmeIdentifier, got \(found.count) (RFC 8737 §3)")
        }
        guard identifier.isCritical else {
            throw CertificateFlaw(
                "not critical: expected acmeIdentifier to be critical, got one that is not (RFC 8737 §3)")
        }
        let value = try readable("acmeIdentifier", "RFC 8737 §3, an OCTET STRING of 32 octets") {
            try ASN1OctetString(derEncoded: DER.parse(identifier.value)).bytes
        }
        guard value.count == 32 else {
            throw CertificateFlaw(
                "malformed: expected an acmeIdentifier of 32 octets, got \(value.count) (RFC 8737 §3)",
                type: .incorrectResponse)
        }
        guard value.elementsEqual(digest) else {
            throw CertificateFlaw(
                "digest: expected \(Excerpt.hexadecimal(digest)), got \(Excerpt.hexadecimal(value)), "
                    + "which may be the digest of another key authorization (RFC 8737 §3)")
        }
    }

    private func readable<Value>(_ name: String, _ section: String, _ read: () throws -> Value) throws -> Value {
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
