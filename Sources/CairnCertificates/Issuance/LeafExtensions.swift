import CairnModel
import SwiftASN1
import X509

/// The extensions that all leaves of one intermediate share, encoded once.
struct LeafExtensions: Sendable {
    let authorityKeyIdentifier: [UInt8]
    private let usageForRSA: Certificate.Extension
    private let usage: Certificate.Extension
    private let shared: [Certificate.Extension]
    private let policy: Certificate.Extension
    private let mustStaple: Certificate.Extension

    init(issuerKey: Certificate.PublicKey) throws {
        let identifier = SubjectKeyIdentifier(hash: issuerKey).keyIdentifier
        authorityKeyIdentifier = Array(identifier)
        usage = try Certificate.Extension(KeyUsage(digitalSignature: true), critical: true)
        // RSA alone can also wrap the keys of TLS 1.2 (CA/Browser Forum baseline requirements §7.1.2.7.11).
        usageForRSA = try Certificate.Extension(KeyUsage(digitalSignature: true, keyEncipherment: true), critical: true)
        shared = [
            try Certificate.Extension(ExtendedKeyUsage([.serverAuth]), critical: false),
            try Certificate.Extension(BasicConstraints.notCertificateAuthority, critical: true),
            try Certificate.Extension(AuthorityKeyIdentifier(keyIdentifier: identifier), critical: false),
        ]
        policy = try .domainValidatedPolicy()
        mustStaple = try .mustStaple()
    }

    /// - Parameter issuerURL: where the certificate of the issuer can be fetched; `nil` leaves that extension out.
    func extensions(
        for request: SigningRequest, identifiers: [Identifier], subjectIsEmpty: Bool, issuerURL: String?
    ) throws -> Certificate.Extensions {
        var extensions = [request.isRSA ? usageForRSA : usage]
        extensions += shared
        if let issuerURL {
            let access = AuthorityInformationAccess([
                .init(method: .issuingCA, location: .uniformResourceIdentifier(issuerURL))
            ])
            extensions.append(try Certificate.Extension(access, critical: false))
        }
        extensions.append(
            try Certificate.Extension(SubjectKeyIdentifier(hash: request.publicKey), critical: false))
        // RFC 5280 §4.2.1.6: critical when nothing else names the subject.
        extensions.append(
            try Certificate.Extension(
                SubjectAlternativeNames(identifiers.map { try $0.generalName }), critical: subjectIsEmpty))
        extensions.append(policy)
        if request.mustStaple { extensions.append(mustStaple) }
        return try Certificate.Extensions(extensions)
    }
}

extension Identifier {
    fileprivate var generalName: GeneralName {
        get throws {
            if type == .dns, value.utf8.allSatisfy({ $0 < 0x80 }) { return .dnsName(value) }
            guard let address else {
                throw AuthorityError(
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
