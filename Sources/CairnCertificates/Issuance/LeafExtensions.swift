import CairnModel
import SwiftASN1
import X509

/// The extensions of the leaves of one intermediate; what they share is encoded once.
struct LeafExtensions: Sendable {
    let authorityKeyIdentifier: [UInt8]
    private let usageForRSA: EncodedExtension
    private let usage: EncodedExtension
    private let purpose: EncodedExtension
    private let constraints: EncodedExtension
    private let issuerKey: EncodedExtension
    private let policy: EncodedExtension
    private let mustStaple: EncodedExtension
    private let numbers: EncodedNumbers

    init(issuerKey: Certificate.PublicKey) throws {
        let identifier = SubjectKeyIdentifier(hash: issuerKey).keyIdentifier
        authorityKeyIdentifier = Array(identifier)
        usage = try EncodedExtension(Certificate.Extension(KeyUsage(.usual(isRSA: false)), critical: true))
        usageForRSA = try EncodedExtension(Certificate.Extension(KeyUsage(.usual(isRSA: true)), critical: true))
        purpose = try EncodedExtension(Certificate.Extension(ExtendedKeyUsage([.serverAuth]), critical: false))
        constraints = try EncodedExtension(
            Certificate.Extension(BasicConstraints.notCertificateAuthority, critical: true))
        self.issuerKey = try EncodedExtension(
            Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: identifier), critical: false))
        policy = try EncodedExtension(.policies([.domainValidated]))
        mustStaple = try EncodedExtension(.mustStaple())
        numbers = try EncodedNumbers()
    }

    private static let usualPolicy = ASN1ObjectIdentifier.domainValidated.description

    /// The extensions in DER, one after the other.
    ///
    /// - Parameters:
    ///   - profile: what the certificate has, and what the request is granted of what it asks for.
    ///   - places: where the issuer and the status of the certificate are found; what is `nil` is left out.
    func encoded(
        for request: SigningRequest, identifiers: [ACMEIdentifier], profile: CairnCertificateProfile,
        subjectIsEmpty: Bool, places: NamedPlaces
    ) throws -> [UInt8] {
        let granted = GrantedExtensions(request, profile.csrContent)
        var extensions: [EncodedExtension] = []
        extensions.reserveCapacity(10)
        if let usage = try usage(under: profile, granted, isRSA: request.isRSA) { extensions.append(usage) }
        if let purposes = try purposes(under: profile, granted) { extensions.append(purposes) }
        extensions.append(constraints)
        if profile.includesAuthorityKeyIdentifier { extensions.append(issuerKey) }
        if let access = access(to: places) { extensions.append(access) }
        if let list = places.crl { extensions.append(try EncodedExtension(.distributionPoint(list))) }
        let ownKey = profile.includesSubjectKeyIdentifier ? request.keyIdentifier : nil
        if let keyIdentifier = granted.keyIdentifier ?? ownKey {
            extensions.append(try EncodedExtension(Certificate.Extension(keyIdentifier, critical: false)))
        }
        // RFC 5280 §4.2.1.6: critical when nothing else names the subject.
        extensions.append(try alternativeNames(identifiers, isCritical: subjectIsEmpty))
        if let policies = try policies(under: profile) { extensions.append(policies) }
        if granted.mustStaple || profile.forcesMustStaple { extensions.append(mustStaple) }
        // Each is there once (RFC 5280 §4.2): what the CA writes itself is none of those that are copied.
        for copied in granted.copied { extensions.append(try EncodedExtension(copied)) }
        var encoded: [UInt8] = []
        encoded.reserveCapacity(extensions.reduce(0) { $0 + $1.bytes.count })
        for one in extensions { encoded.append(contentsOf: one.bytes) }
        return encoded
    }

    private func usage(
        under profile: CairnCertificateProfile, _ granted: GrantedExtensions, isRSA: Bool
    ) throws -> EncodedExtension? {
        if profile.keyUsage == nil, granted.usage.isEmpty { return isRSA ? usageForRSA : usage }
        let bits = (profile.keyUsage ?? .usual(isRSA: isRSA)).union(granted.usage)
        return bits.isEmpty ? nil : try EncodedExtension(Certificate.Extension(KeyUsage(bits), critical: true))
    }

    private func purposes(
        under profile: CairnCertificateProfile, _ granted: GrantedExtensions
    ) throws -> EncodedExtension? {
        if profile.purposes == [.serverAuth], granted.purposes.isEmpty { return purpose }
        var numbers = profile.purposes.compactMap(\.number)
        numbers += granted.purposes.filter { !numbers.contains($0) }
        guard !numbers.isEmpty else { return nil }
        return try EncodedExtension(
            Certificate.Extension(ExtendedKeyUsage(numbers.map { .init(oid: $0) }), critical: false))
    }

    private func policies(under profile: CairnCertificateProfile) throws -> EncodedExtension? {
        if profile.policies == [Self.usualPolicy] { return policy }
        let numbers = profile.policies.compactMap { ASN1ObjectIdentifier(number: $0) }
        return numbers.isEmpty ? nil : try EncodedExtension(.policies(numbers))
    }

    /// `authorityInfoAccess` (RFC 5280 §4.2.2.1); `nil` without any place.
    private func access(to places: NamedPlaces) -> EncodedExtension? {
        var descriptions: [UInt8] = []
        for (method, url) in [(numbers.ocsp, places.ocsp), (numbers.issuer, places.issuer)] {
            guard let url else { continue }
            descriptions.appendNode(DERTag.sequence, method, .node(DERTag.primitive(6), text: url))
        }
        if descriptions.isEmpty { return nil }
        return EncodedExtension(numbers.access, .node(DERTag.sequence, descriptions))
    }

    /// `subjectAltName` (RFC 5280 §4.2.1.6).
    private func alternativeNames(_ identifiers: [ACMEIdentifier], isCritical: Bool) throws -> EncodedExtension {
        var names: [UInt8] = []
        for identifier in identifiers { try names.appendName(identifier) }
        return EncodedExtension(
            numbers.alternativeNames, isCritical: isCritical, .node(DERTag.sequence, names))
    }
}

/// An extension in DER.
private struct EncodedExtension: Sendable {
    let bytes: [UInt8]

    init(_ plain: Certificate.Extension) throws { bytes = try .der { try $0.serialize(plain) } }

    /// - Parameters:
    ///   - number: the identifier in DER.
    ///   - value: what the extension says, in DER.
    init(_ number: [UInt8], isCritical: Bool = false, _ value: [UInt8]) {
        bytes = .node(
            DERTag.sequence, number, isCritical ? [0x01, 0x01, 0xff] : [], .node(DERTag.octetString, value))
    }
}

/// The identifiers that are written into leaves, in DER.
private struct EncodedNumbers: Sendable {
    let alternativeNames: [UInt8]
    let access: [UInt8]
    let ocsp: [UInt8]
    let issuer: [UInt8]

    init() throws {
        alternativeNames = try .der { try $0.serialize(ASN1ObjectIdentifier.X509ExtensionID.subjectAlternativeName) }
        access = try .der { try $0.serialize(ASN1ObjectIdentifier.X509ExtensionID.authorityInformationAccess) }
        ocsp = try .der { try $0.serialize(ASN1ObjectIdentifier.ocspAccess) }
        issuer = try .der { try $0.serialize(ASN1ObjectIdentifier.issuerAccess) }
    }
}

extension Set<CairnKeyUsage> {
    /// What a key is certified for that nobody said anything about.
    ///
    /// RSA alone can also wrap the keys of TLS 1.2 (CA/Browser Forum baseline requirements §7.1.2.7.11).
    fileprivate static func usual(isRSA: Bool) -> Set {
        isRSA ? [.digitalSignature, .keyEncipherment] : [.digitalSignature]
    }
}

extension KeyUsage {
    fileprivate init(_ bits: Set<CairnKeyUsage>) {
        self.init(
            digitalSignature: bits.contains(.digitalSignature), nonRepudiation: bits.contains(.nonRepudiation),
            keyEncipherment: bits.contains(.keyEncipherment), dataEncipherment: bits.contains(.dataEncipherment),
            keyAgreement: bits.contains(.keyAgreement), keyCertSign: bits.contains(.keyCertSign),
            cRLSign: bits.contains(.cRLSign), encipherOnly: bits.contains(.encipherOnly),
            decipherOnly: bits.contains(.decipherOnly))
    }
}

/// What one certificate has because its request asked for it and the profile grants it.
private struct GrantedExtensions {
    private(set) var usage: Set<CairnKeyUsage> = []
    private(set) var purposes: [ASN1ObjectIdentifier] = []
    private(set) var keyIdentifier: SubjectKeyIdentifier?
    private(set) var mustStaple = false
    private(set) var copied: [Certificate.Extension] = []

    init(_ request: SigningRequest, _ policy: CairnCSRContentPolicy) {
        let content = request.content
        guard !content.items.isEmpty else { return }
        mustStaple = content.mustStaple && policy[.mustStaple] == .granted
        usage = Set(
            content.usage.grantableBits.map { CairnKeyUsage.allCases[$0] }.filter {
                policy[CairnCSRContent(.keyUsage, $0.rawValue)] == .granted
            })
        purposes = content.usage.purposes.filter { policy[$0.content] == .granted }.map(\.purpose)
        if let asked = content.subjectKeyIdentifier, policy[.subjectKeyIdentifier] == .granted {
            keyIdentifier = SubjectKeyIdentifier(keyIdentifier: asked)
        }
        copied = content.foreign.filter {
            policy[CairnCSRContent(.foreignExtension, $0.oid.description)] == .granted
        }
    }
}

extension [UInt8] {
    /// Appends an identifier as a `GeneralName` (RFC 5280 §4.2.1.6).
    fileprivate mutating func appendName(_ identifier: ACMEIdentifier) throws {
        if identifier.type == .dns, identifier.value.isASCII {
            return appendNode(DERTag.primitive(2), Array(identifier.value.utf8))
        }
        guard let address = identifier.address else {
            throw CairnAuthorityError(
                "a certificate cannot name \(identifier.type.rawValue) \(identifier.value.quoted), expected a domain name "
                    + "in ASCII or an address (RFC 5280 §4.2.1.6)")
        }
        appendNode(DERTag.primitive(7), address.octets)
    }
}

extension Certificate.Extension {
    /// `certificatePolicies` (RFC 5280 §4.2.1.4), without qualifiers.
    static func policies(_ numbers: [ASN1ObjectIdentifier]) throws -> Certificate.Extension {
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence) { policies in
            for number in numbers {
                try policies.appendConstructedNode(identifier: .sequence) { policy in
                    try policy.serialize(number)
                }
            }
        }
        return Certificate.Extension(
            oid: .certificatePolicies, critical: false, value: serializer.serializedBytes[...])
    }

    /// The TLS feature `status_request` (RFC 7633 §4).
    static func mustStaple() throws -> Certificate.Extension {
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence) { features in
            try features.serialize(TLSFeature.statusRequest)
        }
        return Certificate.Extension(oid: .tlsFeature, critical: false, value: serializer.serializedBytes[...])
    }
}

/// The numbers of TLS extensions that a certificate can demand (RFC 7633 §4.1).
enum TLSFeature {
    static let statusRequest = 5
}
