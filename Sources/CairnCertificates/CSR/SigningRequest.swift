package import CairnModel
import Crypto
import CryptoExtras
import SwiftASN1
import X509

/// A certificate signing request (RFC 2986) whose key is acceptable and whose signature is its key's.
package struct SigningRequest: Sendable {
    /// What the request asks to be certified for, each once: its subject alternative names in their order, then what
    /// only the common name says (RFC 8555 §7.4 allows either place, or both).
    package let identifiers: [Identifier]
    /// Those among them that only the common name says.
    package let commonNamesAlone: [Identifier]
    /// The common names of the subject, as they were written.
    package let commonNames: [String]
    /// The key to be certified: a `SubjectPublicKeyInfo` in DER, in the form in which it will stand in the certificate.
    package let subjectPublicKeyInfo: [UInt8]
    /// Modulus and exponent, if it is an RSA key.
    package let rsaNumbers: RSANumbers?
    /// Whether the request asks for the TLS feature `status_request` (RFC 7633).
    package let mustStaple: Bool
    /// Whether the request asks to be an authority: `basicConstraints` with `cA` true.
    package let asksForAuthority: Bool
    /// The extensions that the request asks for and no certificate of this authority has, as dotted numbers.
    let foreignExtensions: [String]
    let publicKey: Certificate.PublicKey

    /// Reads a request, and checks its key and its signature.
    ///
    /// Whether its identifiers are those of an order is checked later, by ``CSRPolicy``.
    package init(derEncoded: [UInt8]) throws(CSRRefusal) {
        let anatomy = try RequestAnatomy(derEncoded: derEncoded)
        guard anatomy.version == 0 else {
            throw CSRRefusal("the CSR's version is \(anatomy.version), expected 0, which stands for v1 (RFC 2986 §4.1)")
        }
        rsaNumbers = try KeyPolicy.check(anatomy)
        let request: CertificateSigningRequest
        do {
            request = try CertificateSigningRequest(derEncoded: derEncoded)
        } catch {
            throw Self.explain(error)
        }
        publicKey = request.publicKey
        guard publicKey.isValidSignature(request.signature, for: request) else {
            throw CSRRefusal(
                "the CSR's signature is not one of the key that it holds (RFC 2986 §4.2)", cause: .signatureOfCSR)
        }
        let requested = try RequestedExtensions(request.attributes)
        mustStaple = requested.mustStaple
        asksForAuthority = requested.asksForAuthority
        foreignExtensions = requested.foreign.map(\.description)
        commonNames = try Self.commonNames(of: request.subject)
        var identifiers: [Identifier] = []
        var seen: Set<Identifier> = []
        for identifier in requested.identifiers + commonNames.map(Identifier.init(commonName:))
        where seen.insert(identifier).inserted {
            identifiers.append(identifier)
        }
        self.identifiers = identifiers
        let alternatives = Set(requested.identifiers)
        commonNamesAlone = identifiers.filter { !alternatives.contains($0) }
        var serializer = DER.Serializer()
        do {
            try serializer.serialize(publicKey)
        } catch {
            throw CSRRefusal("the CSR's key cannot be written as a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7)")
        }
        subjectPublicKeyInfo = serializer.serializedBytes
    }

    var isRSA: Bool { _RSA.Signing.PublicKey(publicKey) != nil }

    /// The common name of a certificate for `identifiers`: the one that was asked for, or else the first domain name, if
    /// 64 characters hold it (RFC 5280 appendix A.1).
    func commonName(among identifiers: [Identifier]) -> String? {
        let asked = commonNames.first.map(Identifier.init(commonName:))
        if let asked, identifiers.contains(asked), CSRPolicy.fitsCommonName(asked.value) { return asked.value }
        return identifiers.first { $0.type == .dns && CSRPolicy.fitsCommonName($0.value) }?.value
    }

    /// The common names that are not empty: clients that have none to give write an empty one.
    private static func commonNames(of subject: DistinguishedName) throws(CSRRefusal) -> [String] {
        var names: [String] = []
        for attribute in subject.lazy.joined() where attribute.type == .RDNAttributeType.commonName {
            guard let name = DirectoryString.text(of: ASN1Any(attribute.value)) else {
                throw CSRRefusal("the CSR's common name is not a string of RFC 5280 §4.1.2.4")
            }
            if !name.isEmpty { names.append(name) }
        }
        return names
    }

    /// What is wrong with a request whose outline and algorithms are good, when the certificate library refuses it.
    private static func explain(_ error: any Error) -> CSRRefusal {
        switch error {
        case is CryptoKitError, is CryptoKitASN1Error:
            CSRRefusal(
                "the CSR's key is not a valid one of its kind (RFC 5280 §4.1.2.7), or its signature has not the form of one",
                cause: .keyOfCSR)
        default:
            CSRRefusal("the CSR is not a CertificationRequest (RFC 2986 §4)", cause: .encodingOfCSR)
        }
    }
}

extension Identifier {
    /// What a common name asks for: an address if its text is one, otherwise a domain name.
    init(commonName: String) {
        self = IPAddress(commonName).map(Identifier.ip) ?? .dns(commonName)
    }
}
