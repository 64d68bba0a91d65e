import CairnModel
import SwiftASN1
import X509

/// What the `extensionRequest` of a request says about the things that this authority copies or refuses.
///
/// What else the authority puts into certificates has the content that their profile gives it, whatever was asked for.
struct RequestedExtensions {
    var identifiers: [Identifier] = []
    var mustStaple = false
    var asksForAuthority = false
    /// The extensions that no certificate of this authority has.
    var foreign: [ASN1ObjectIdentifier] = []

    init(_ attributes: CertificateSigningRequest.Attributes) throws(CSRRefusal) {
        let extensions: Certificate.Extensions
        do {
            guard let requested = try attributes.extensionRequest?.extensions else { return }
            extensions = requested
        } catch let error as CertificateError where error.code == .duplicateOID {
            throw CSRRefusal("the CSR asks for one extension twice, expected each once at most (RFC 5280 §4.2)")
        } catch {
            throw CSRRefusal("the CSR's extensionRequest is not one list of extensions (RFC 2985 §5.4.2)")
        }
        let names = try Self.read("subjectAltName", "RFC 5280 §4.2.1.6") { try extensions.subjectAlternativeNames }
        for name in names ?? SubjectAlternativeNames() {
            identifiers.append(try Self.identifier(name))
        }
        switch try Self.read("basicConstraints", "RFC 5280 §4.2.1.9", { try extensions.basicConstraints }) {
        case .isCertificateAuthority: asksForAuthority = true
        case .notCertificateAuthority, nil: break
        }
        mustStaple =
            try Self.read("TLS feature extension", "RFC 7633 §4.1") {
                try extensions[oid: .tlsFeature].map { feature in
                    try DER.sequence(of: Int.self, identifier: .sequence, rootNode: DER.parse(feature.value))
                }
            }?.contains(TLSFeature.statusRequest) ?? false
        foreign = extensions.map(\.oid).filter { !Self.own.contains($0) }
    }

    private static let own: Set<ASN1ObjectIdentifier> = [
        .X509ExtensionID.subjectAlternativeName, .X509ExtensionID.basicConstraints, .X509ExtensionID.keyUsage,
        .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectKeyIdentifier,
        .X509ExtensionID.authorityKeyIdentifier, .X509ExtensionID.authorityInformationAccess, .certificatePolicies,
        .tlsFeature,
    ]

    private static func read<Value>(
        _ name: String, _ section: String, _ value: () throws -> Value?
    ) throws(CSRRefusal) -> Value? {
        do {
            return try value()
        } catch {
            throw CSRRefusal("the CSR's \(name) cannot be read, expected the form of \(section)")
        }
    }

    private static func identifier(_ name: GeneralName) throws(CSRRefusal) -> Identifier {
        switch name {
        case .dnsName(let text): return .dns(text)
        case .ipAddress(let octets):
            guard let address = IPAddress(octets: octets.bytes) else {
                throw CSRRefusal(
                    "the CSR asks for an address of \(octets.bytes.count) octets, expected 4 or 16 "
                        + "(RFC 5280 §4.2.1.6)")
            }
            return .ip(address)
        case .rfc822Name(let text): throw unsupported("the e-mail address \(text.quoted)")
        case .uniformResourceIdentifier(let text): throw unsupported("the URI \(text.quoted)")
        case .directoryName(let name): throw unsupported("the directory name \(name.description.quoted)")
        case .registeredID(let identifier): throw unsupported("the registered ID \(identifier)")
        case .otherName(let name): throw unsupported("another name, of type \(name.typeID)")
        case .x400Address: throw unsupported("an X.400 address")
        case .ediPartyName: throw unsupported("an EDI party name")
        }
    }

    private static func unsupported(_ name: String) -> CSRRefusal {
        CSRRefusal("the CSR asks for \(name), expected domain names and addresses alone (RFC 8555 §7.4, RFC 8738 §3)")
    }
}
