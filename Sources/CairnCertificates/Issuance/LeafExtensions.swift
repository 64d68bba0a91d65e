import CairnModel
import SwiftASN1
import X509

/// The extensions that all leaves of one intermediate share, encoded once.
struct LeafExtensions: Sendable {
    let authorityKeyIdentifier: [UInt8]
    private let usageForRSA: Certificate.Extension
    private let usage: Certificate.Extension
    private let purpose: Certificate.Extension
    private let shared: [Certificate.Extension]
    private let policy: Certificate.Extension
    private let mustStaple: Certificate.Extension

    init(issuerKey: Certificate.PublicKey) throws {
        let identifier = SubjectKeyIdentifier(hash: issuerKey).keyIdentifier
        authorityKeyIdentifier = Array(identifier)
        usage = try Certificate.Extension(KeyUsage(digitalSignature: true), critical: true)
        // RSA alone can also wrap the keys of TLS 1.2 (CA/Browser Forum baseline requirements §7.1.2.7.11).
        usageForRSA = try Certificate.Extension(KeyUsage(digitalSignature: true, keyEncipherment: true), critical: true)
        purpose = try Certificate.Extension(ExtendedKeyUsage([.serverAuth]), critical: false)
        shared = [
            try Certificate.Extension(BasicConstraints.notCertificateAuthority, critical: true),
            try Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: identifier), critical: false),
        ]
        policy = try .domainValidatedPolicy()
        mustStaple = try .mustStaple()
    }

    /// - Parameters:
    ///   - policy: what the request is granted of what it asks for.
    ///   - forcesMustStaple: whether it must be stapled, whatever the request says.
    ///   - places: where the issuer and the status of the certificate are found; what is `nil` is left out.
    func extensions(
        for request: SigningRequest, identifiers: [ACMEIdentifier], policy: CairnCSRContentPolicy, subjectIsEmpty: Bool,
        forcesMustStaple: Bool, places: NamedPlaces
    ) throws -> Certificate.Extensions {
        let granted = try GrantedExtensions(request, policy)
        var extensions = [granted.usage ?? (request.isRSA ? usageForRSA : usage), granted.purposes ?? purpose]
        extensions += shared
        let access = AuthorityInformationAccess(
            [(.ocspServer, places.ocsp), (.issuingCA, places.issuer)].compactMap { method, url in
                url.map { .init(method: method, location: .uniformResourceIdentifier($0)) }
            })
        if !access.isEmpty { extensions.append(try Certificate.Extension(access, critical: false)) }
        if let list = places.crl { extensions.append(.distributionPoint(list)) }
        let keyIdentifier = granted.keyIdentifier ?? SubjectKeyIdentifier(hash: request.publicKey)
        extensions.append(try Certificate.Extension(keyIdentifier, critical: false))
        // RFC 5280 §4.2.1.6: critical when nothing else names the subject.
        extensions.append(
            try Certificate.Extension(
                SubjectAlternativeNames(identifiers.map { try $0.generalName }), critical: subjectIsEmpty))
        extensions.append(self.policy)
        if granted.mustStaple || forcesMustStaple { extensions.append(mustStaple) }
        extensions += granted.copied
        return try Certificate.Extensions(extensions)
    }
}

/// What one certificate has because its request asked for it and the profile grants it.
private struct GrantedExtensions {
    private(set) var usage: Certificate.Extension?
    private(set) var purposes: Certificate.Extension?
    private(set) var keyIdentifier: SubjectKeyIdentifier?
    private(set) var mustStaple = false
    private(set) var copied: [Certificate.Extension] = []

    init(_ request: SigningRequest, _ policy: CairnCSRContentPolicy) throws {
        let content = request.content
        guard !content.items.isEmpty else { return }
        mustStaple = content.mustStaple && policy[.mustStaple] == .granted
        let bits = content.usage.grantableBits.map { RequestedUsage.bits[$0] }.filter {
            policy[CairnCSRContent(.keyUsage, $0)] == .granted
        }
        if !bits.isEmpty {
            usage = try Certificate.Extension(
                KeyUsage(
                    digitalSignature: true, nonRepudiation: bits.contains("nonRepudiation"),
                    keyEncipherment: request.isRSA, dataEncipherment: bits.contains("dataEncipherment"),
                    keyAgreement: bits.contains("keyAgreement")), critical: true)
        }
        let more = content.usage.purposes.filter { policy[$0.content] == .granted }
        if !more.isEmpty {
            purposes = try Certificate.Extension(
                ExtendedKeyUsage([.serverAuth] + more.map { .init(oid: $0.purpose) }), critical: false)
        }
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
            if type == .dns, value.utf8.allSatisfy({ $0 < 0x80 }) { return .dnsName(value) }
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
    /// `certificatePolicies` with the policy "domain validated", 2.23.140.1.2.1 (CA/Browser Forum baseline requirements
    /// §7.1.6.1).
    static func domainValidatedPolicy() throws -> Certificate.Extension {
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence) { policies in
            try policies.appendConstructedNode(identifier: .sequence) { policy in
                try policy.serialize(ASN1ObjectIdentifier.domainValidated)
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
