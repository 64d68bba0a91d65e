import CairnModel
import SwiftASN1
import X509

/// What a request asks for besides its key: alternative names, and everything that a ``CairnCSRContentPolicy`` decides about.
///
/// For what is not there nothing is done.
struct RequestedContent: Sendable {
    /// Something that was asked for.
    struct Item: Sendable {
        let content: CairnCSRContent
        /// What it is, as the object of a sentence.
        let words: String
        /// Whether this certificate could have it.
        var isGrantable = true
    }

    private(set) var identifiers: [ACMEIdentifier] = []
    private(set) var items: [Item] = []
    private(set) var asksForAuthority = false
    private(set) var mustStaple = false
    private(set) var usage = RequestedUsage()
    private(set) var subjectKeyIdentifier: ArraySlice<UInt8>?
    /// The extensions that have no name here.
    private(set) var foreign: [Certificate.Extension] = []

    init(
        _ request: CertificateSigningRequest, version: Int, key: Certificate.PublicKey, isRSA: Bool
    ) throws(CSRRefusal) {
        if version != 0 { items.append(Item(content: .version, words: "the version \(version)")) }
        for attribute in request.attributes where attribute.oid != .CSRAttributes.extensionRequest {
            let content = CairnCSRContent(.attribute, attribute.oid.description)
            items.append(Item(content: content, words: "the attribute \(attribute.oid.explained)"))
        }
        let extensions: Certificate.Extensions
        do {
            guard let requested = try request.attributes.extensionRequest?.extensions else { return }
            extensions = requested
        } catch let error as CertificateError where error.code == .duplicateOID {
            throw CSRRefusal(
                "the CSR asks for one extension twice, expected each once at most (RFC 5280 §4.2)",
                cause: .encodingOfCSR)
        } catch {
            throw CSRRefusal(
                "the CSR's extensionRequest is not one list of extensions (RFC 2985 §5.4.2)", cause: .encodingOfCSR)
        }
        for requested in extensions { try read(requested, key: key, isRSA: isRSA) }
    }

    private mutating func read(
        _ requested: Certificate.Extension, key: Certificate.PublicKey, isRSA: Bool
    ) throws(CSRRefusal) {
        switch requested.oid {
        case .X509ExtensionID.subjectAlternativeName:
            let names = try Self.readable("subjectAltName", "RFC 5280 §4.2.1.6") {
                try SubjectAlternativeNames(requested)
            }
            for name in names { try add(name) }
        case .X509ExtensionID.basicConstraints:
            asksForAuthority = try Self.readable("basicConstraints", "RFC 5280 §4.2.1.9") {
                try Self.isAuthority(requested.value)
            }
            items.append(
                asksForAuthority
                    ? Item(content: .certificateAuthority, words: "basicConstraints with cA true")
                    : Item(content: .basicConstraints, words: "basicConstraints with cA false"))
        case .X509ExtensionID.keyUsage: items += usage.readBits(requested, isRSA: isRSA)
        case .X509ExtensionID.extendedKeyUsage: items += usage.readPurposes(requested)
        case .tlsFeature:
            let features = try Self.readable("TLS feature extension", "RFC 7633 §4.1") {
                try DER.sequence(of: Int.self, identifier: .sequence, rootNode: DER.parse(requested.value))
            }
            for feature in features {
                guard feature == TLSFeature.statusRequest else {
                    items.append(Item(content: .tlsFeature, words: "the TLS feature \(feature)"))
                    continue
                }
                mustStaple = true
                items.append(Item(content: .mustStaple, words: "the TLS feature status_request (must-staple)"))
            }
        case .X509ExtensionID.subjectKeyIdentifier:
            let asked = (try? SubjectKeyIdentifier(requested))?.keyIdentifier
            guard asked != SubjectKeyIdentifier(hash: key).keyIdentifier else { return }
            subjectKeyIdentifier = asked
            let words = asked.map { "the subjectKeyIdentifier \($0.prefix(32).hexadecimal)" }
            items.append(
                Item(
                    content: .subjectKeyIdentifier, words: words ?? "a subjectKeyIdentifier that cannot be read",
                    isGrantable: asked != nil))
        case let other:
            if let name = Self.issuerExtensions[other] {
                items.append(Item(content: CairnCSRContent(.issuerExtension, name), words: name))
            } else {
                foreign.append(requested)
                let content = CairnCSRContent(.foreignExtension, other.description)
                items.append(Item(content: content, words: "the extension \(other.explained)"))
            }
        }
    }

    static let issuerExtensions: [ASN1ObjectIdentifier: String] = [
        .X509ExtensionID.authorityKeyIdentifier: "authorityKeyIdentifier",
        .X509ExtensionID.authorityInformationAccess: "authorityInformationAccess",
        .certificatePolicies: "certificatePolicies", .cRLDistributionPoints: "cRLDistributionPoints",
    ]

    private static func readable<Value>(
        _ name: String, _ section: String, _ value: () throws -> Value
    ) throws(CSRRefusal) -> Value {
        do {
            return try value()
        } catch {
            throw CSRRefusal(
                "the CSR's \(name) cannot be read, expected the form of \(section)", cause: .encodingOfCSR)
        }
    }

    /// Whether `basicConstraints` has `cA` true.
    ///
    /// Some tools write a false one down, which DER leaves out as the default.
    private static func isAuthority(_ value: ArraySlice<UInt8>) throws -> Bool {
        try DER.sequence(DER.parse(value), identifier: .sequence) { nodes in
            var isAuthority = false
            while let node = nodes.next() {
                switch (node.identifier, node.content) {
                case (.boolean, .primitive(let octets)) where octets.count == 1: isAuthority = octets.first != 0
                case (.integer, .primitive): break
                default: throw ASN1Error.unexpectedFieldType(node.identifier)
                }
            }
            return isAuthority
        }
    }

    // MARK: Alternative names

    private mutating func add(_ name: GeneralName) throws(CSRRefusal) {
        switch name {
        case .dnsName(let text): identifiers.append(.dns(text))
        case .ipAddress(let octets):
            guard let address = CairnIPAddress(octets: octets.bytes) else {
                throw CSRRefusal(
                    "the CSR asks for an address of \(octets.bytes.count) octets, expected 4 or 16 "
                        + "(RFC 5280 §4.2.1.6)", cause: .encodingOfCSR)
            }
            identifiers.append(.ip(address))
        case .rfc822Name(let text): add("email", "the e-mail address \(text.quoted)")
        case .uniformResourceIdentifier(let text): add("uri", "the URI \(text.quoted)")
        case .directoryName(let name): add("directoryName", "the directory name \(name.description.quoted)")
        case .registeredID(let identifier): add("registeredID", "the registered ID \(identifier)")
        case .otherName(let name) where name.typeID == .userPrincipalName: add("upn", "a user principal name")
        case .otherName(let name): add("otherName", "another name, of type \(name.typeID)")
        case .x400Address: add("x400Address", "an X.400 address")
        case .ediPartyName: add("ediPartyName", "an EDI party name")
        }
    }

    private mutating func add(_ kind: String, _ words: String) {
        items.append(Item(content: CairnCSRContent(.generalName, kind), words: words))
    }

    mutating func add(_ subject: RequestedSubject) { items += subject.items }
}

/// What a request says of the purposes of its key.
struct RequestedUsage: Sendable {
    /// The bits of keyUsage that a certificate can be granted, by their positions.
    private(set) var grantableBits: [Int] = []
    /// The purposes beside serverAuth, with the name each of them has in a policy.
    private(set) var purposes: [(purpose: ASN1ObjectIdentifier, content: CairnCSRContent)] = []

    /// The names of the bits of keyUsage, in their order (RFC 5280 §4.2.1.3).
    static let bits = CairnKeyUsage.allCases.map(\.rawValue)

    static let purposes: [ASN1ObjectIdentifier: String] = [
        .ExtendedKeyUsage.clientAuth: "clientAuth", .ExtendedKeyUsage.codeSigning: "codeSigning",
        .ExtendedKeyUsage.emailProtection: "emailProtection", .ExtendedKeyUsage.timeStamping: "timeStamping",
        .ExtendedKeyUsage.ocspSigning: "OCSPSigning", .ExtendedKeyUsage.any: "anyExtendedKeyUsage",
    ]

    mutating func readBits(_ requested: Certificate.Extension, isRSA: Bool) -> [RequestedContent.Item] {
        guard let string = try? ASN1BitString(derEncoded: Array(requested.value)) else {
            return [.init(content: .keyUsage, words: "a keyUsage that cannot be read", isGrantable: false)]
        }
        var items: [RequestedContent.Item] = []
        for (position, name) in Self.bits.enumerated() where string.has(bit: position) {
            let isGrantable: Bool
            switch name {
            case "digitalSignature": continue
            case "keyEncipherment" where isRSA: continue
            case "nonRepudiation": isGrantable = true
            case "dataEncipherment": isGrantable = isRSA
            case "keyAgreement": isGrantable = !isRSA
            default: isGrantable = false
            }
            if isGrantable { grantableBits.append(position) }
            items.append(
                .init(
                    content: CairnCSRContent(.keyUsage, name), words: "the key usage \(name)", isGrantable: isGrantable)
            )
        }
        return items
    }

    mutating func readPurposes(_ requested: Certificate.Extension) -> [RequestedContent.Item] {
        guard
            let asked = try? DER.sequence(
                of: ASN1ObjectIdentifier.self, identifier: .sequence, rootNode: DER.parse(requested.value))
        else {
            return [
                .init(content: .extendedKeyUsage, words: "an extendedKeyUsage that cannot be read", isGrantable: false)
            ]
        }
        var items: [RequestedContent.Item] = []
        for purpose in asked
        where purpose != .ExtendedKeyUsage.serverAuth && !purposes.contains(where: { $0.purpose == purpose }) {
            let name = Self.purposes[purpose] ?? purpose.description
            let content = CairnCSRContent(.extendedKeyUsage, name)
            purposes.append((purpose, content))
            items.append(.init(content: content, words: "the extended key usage \(name)"))
        }
        return items
    }
}

extension ASN1BitString {
    fileprivate func has(bit position: Int) -> Bool {
        let octet = position / 8
        return octet < bytes.count && bytes[bytes.startIndex + octet] & (0x80 >> UInt8(position % 8)) != 0
    }
}

/// What a request says of its subject.
struct RequestedSubject: Sendable {
    /// The common names that are not empty, as they were written: clients that have none to give write an empty one.
    private(set) var commonNames: [String] = []
    private(set) var items: [RequestedContent.Item] = []

    static let names: [ASN1ObjectIdentifier: String] = [
        .RDNAttributeType.countryName: "country", .RDNAttributeType.organizationName: "organization",
        .RDNAttributeType.organizationalUnitName: "organizationalUnit", .RDNAttributeType.localityName: "locality",
        .RDNAttributeType.stateOrProvinceName: "stateOrProvince", .RDNAttributeType.streetAddress: "street",
        .RDNAttributeType.emailAddress: "emailAddress", .RDNAttributeType.domainComponent: "domainComponent",
        .serialNumberAttribute: "serialNumber",
    ]

    init(_ subject: DistinguishedName) throws(CSRRefusal) {
        for attribute in subject.lazy.joined() {
            let text = DirectoryString.text(of: ASN1Any(attribute.value))
            guard attribute.type == .RDNAttributeType.commonName else {
                let name = Self.names[attribute.type] ?? attribute.type.description
                items.append(
                    .init(
                        content: CairnCSRContent(.subject, name),
                        words: "the subject's \(name) \(text?.quoted ?? "in a form of its own")"))
                continue
            }
            guard let text else {
                throw CSRRefusal(
                    "the CSR's common name is not a string of RFC 5280 §4.1.2.4", cause: .encodingOfCSR)
            }
            if !text.isEmpty { commonNames.append(text) }
        }
    }
}

/// The strings that a name can be written in (RFC 5280 §4.1.2.4).
enum DirectoryString {
    /// The text of a `DirectoryString` or an `IA5String`, or `nil` if it is neither.
    static func text(of value: ASN1Any) -> String? {
        var serializer = DER.Serializer()
        guard (try? serializer.serialize(value)) != nil,
            let node = try? DER.parse(serializer.serializedBytes), case .primitive(let bytes) = node.content
        else { return nil }
        switch node.identifier {
        case .utf8String: return String(validating: bytes, as: UTF8.self)
        // Printable and IA5 strings are ASCII. Of a teletex string nobody has ever used more.
        case .printableString, .ia5String, .teletexString:
            return bytes.allSatisfy { $0 < 0x80 } ? String(decoding: bytes, as: UTF8.self) : nil
        case .bmpString: return units(bytes, of: 2).flatMap { String(validating: $0.map(UInt16.init), as: UTF16.self) }
        case .universalString: return units(bytes, of: 4).flatMap { String(validating: $0, as: UTF32.self) }
        default: return nil
        }
    }

    private static func units(_ bytes: ArraySlice<UInt8>, of width: Int) -> [UInt32]? {
        guard bytes.count.isMultiple(of: width) else { return nil }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).map { start in
            bytes[start..<start + width].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}
