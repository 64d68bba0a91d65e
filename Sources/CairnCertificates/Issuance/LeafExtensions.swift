import CairnModel
import SwiftASN1
import X509

/// The extensions that all leaves of one intermediate share, encoded once.
struct LeafExtensions: Sendable {
    let authorityKeyIdentifier: [UInt8]
    private let usageForRSA: Certificate.Extension
    private let usage: Certificate.Extension
    private let purpose: Certificate.Extension
    private let constraints: Certificate.Extension
    private let issuerKey: Certificate.Extension
    private let policy: Certificate.Extension
    private let mustStaple: Certificate.Extension

    init(issuerKey: Certificate.PublicKey) throws {
        let identifier = SubjectKeyIdentifier(hash: issuerKey).keyIdentifier
        authorityKeyIdentifier = Array(identifier)
        usage = try Certificate.Extension(KeyUsage(.usual(isRSA: false)), critical: true)
        usageForRSA = try Certificate.Extension(KeyUsage(.usual(isRSA: true)), critical: true)
        purpose = try Certificate.Extension(ExtendedKeyUsage([.serverAuth]), critical: false)
        constraints = try Certificate.Extension(BasicConstraints.notCertificateAuthority, critical: true)
        self.issuerKey = try Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: identifier), critical: false)
        policy = try .policies([.domainValidated])
        mustStaple = try .mustStaple()
    }

    /// - Parameters:
    ///   - profile: what the certificate has, and what the request is granted of what it asks for.
    ///   - places: where the issuer and the status of the certificate are found; what is `nil` is left out.
    func extensions(
        for request: SigningRequest, identifiers: [ACMEIdentifier], profile: CairnCertificateProfile,
        subjectIsEmpty: Bool, places: NamedPlaces
    ) throws -> Certificate.Extensions {
        let granted = GrantedExtensions(request, profile.csrContent)
        var extensions: [Certificate.Extension] = []
        if let usage = try usage(under: profile, granted, isRSA: request.isRSA) { extensions.append(usage) }
        if let purposes = try purposes(under: profile, granted) { extensions.append(purposes) }
        extensions.append(constraints)
        if profile.includesAuthorityKeyIdentifier { extensions.append(issuerKey) }
        let access = AuthorityInformationAccess(
            [(.ocspServer, places.ocsp), (.issuingCA, places.issuer)].compactMap { method, url in
                url.map { .init(method: method, location: .uniformResourceIdentifier($0)) }
            })
        if !access.isEmpty { extensions.append(try Certificate.Extension(access, critical: false)) }
        if let list = places.crl { extensions.append(.distributionPoint(list)) }
        let ownKey = profile.includesSubjectKeyIdentifier ? request.keyIdentifier : nil
        if let keyIdentifier = granted.keyIdentifier ?? ownKey {
            extensions.append(try Certificate.Extension(keyIdentifier, critical: false))
        }
        // RFC 5280 §4.2.1.6: critical when nothing else names the subject.
        extensions.append(
            try Certificate.Extension(
                SubjectAlternativeNames(identifiers.map { try $0.generalName }), critical: subjectIsEmpty))
        if let policies = try policies(under: profile) { extensions.append(policies) }
        if granted.mustStaple || profile.forcesMustStaple { extensions.append(mustStaple) }
        extensions += granted.copied
        return try Certificate.Extensions(extensions)
    }

    private func usage(
        under profile: CairnCertificateProfile, _ granted: GrantedExtensions, isRSA: Bool
    ) throws -> Certificate.Extension? {
        if profile.keyUsage == nil, granted.usage.isEmpty { return isRSA ? usageForRSA : usage }
        let bits = (profile.keyUsage ?? .usual(isRSA: isRSA)).union(granted.usage)
        return bits.isEmpty ? nil : try Certificate.Extension(KeyUsage(bits), critical: true)
    }

    private func purposes(
        under profile: CairnCertificateProfile, _ granted: GrantedExtensions
    ) throws -> Certificate.Extension? {
        if profile.purposes == [.serverAuth], granted.purposes.isEmpty { return purpose }
        var numbers = profile.purposes.compactMap(\.number)
        numbers += granted.purposes.filter { !numbers.contains($0) }
        guard !numbers.isEmpty else { return nil }
        return try Certificate.Extension(ExtendedKeyUsage(numbers.map { .init(oid: $0) }), critical: false)
    }

    private func policies(under profile: CairnCertificateProfile) throws -> Certificate.Extension? {
        let numbers = profile.policies.compactMap { ASN1ObjectIdentifier(number: $0) }
        if numbers == [.domainValidated] { return policy }
        return numbers.isEmpty ? nil : try .policies(numbers)
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

extension ACMEIdentifier {
    fileprivate var generalName: GeneralName {
        get throws {
            if type == .dns, value.isASCII { return .dnsName(value) }
            guard let address else {
                throw CairnAuthorityError(
                    "a certificate cannot name \(type.rawValue) \(value.quoted), expected a domain name in ASCII or an "
                        + "address (RFC 5280 §4.2.1.6)")
            }
            return .ipAddress(ASN1OctetString(contentBytes: address.octets[...]))
        }
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
