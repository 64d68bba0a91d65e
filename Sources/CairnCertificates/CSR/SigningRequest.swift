package import CairnModel
import Crypto
import SwiftASN1
import X509
import _CryptoExtras

/// A certificate signing request (RFC 2986) whose key is acceptable and whose signature is its key's.
package struct SigningRequest: Sendable {
    /// What the request asks to be certified for, each once: its subject alternative names in their order, then what
    /// only the common name says (RFC 8555 §7.4 allows either place, or both).
    package let identifiers: [ACMEIdentifier]
    /// Those among them that only the common name says.
    package let commonNamesAlone: [ACMEIdentifier]
    /// The common names of the subject, as they were written; where several are accepted, the last one counts.
    package let commonNames: [String]
    /// The key to be certified: a `SubjectPublicKeyInfo` in DER, in the form in which it will stand in the certificate.
    package let subjectPublicKeyInfo: [UInt8]
    /// Modulus and exponent, if it is an RSA key.
    package let rsaNumbers: RSANumbers?
    /// What it asks for besides.
    let content: RequestedContent
    let publicKey: Certificate.PublicKey

    /// Reads a request, and checks its key and its signature.
    ///
    /// Whether its identifiers are those of an order is checked later, by ``CSRPolicy``.
    package init(derEncoded: [UInt8]) throws(CSRRefusal) {
        let anatomy = try RequestAnatomy(derEncoded: derEncoded)
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
        let subject = try RequestedSubject(request.subject)
        var content = try RequestedContent(
            request, version: anatomy.version, key: publicKey, isRSA: rsaNumbers != nil)
        if !subject.items.isEmpty { content.add(subject) }
        self.content = content
        commonNames = subject.commonNames
        var identifiers: [ACMEIdentifier] = []
        var seen: Set<ACMEIdentifier> = []
        for identifier in content.identifiers where seen.insert(identifier).inserted {
            identifiers.append(identifier)
        }
        let alternatives = identifiers.count
        for identifier in commonNames.lazy.map(ACMEIdentifier.init(commonName:)) where seen.insert(identifier).inserted
        {
            identifiers.append(identifier)
        }
        self.identifiers = identifiers
        commonNamesAlone = Array(identifiers[alternatives...])
        var serializer = DER.Serializer()
        do {
            try serializer.serialize(publicKey)
        } catch {
            throw CSRRefusal(
                "the CSR's key cannot be written as a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7)", cause: .keyOfCSR)
        }
        subjectPublicKeyInfo = serializer.serializedBytes
    }

    var isRSA: Bool { rsaNumbers != nil }

    /// Whether the request asks for the TLS feature `status_request` (RFC 7633).
    package var mustStaple: Bool { content.mustStaple }

    /// Whether the request asks to be an authority: `basicConstraints` with `cA` true.
    package var asksForAuthority: Bool { content.asksForAuthority }

    /// The common name of a certificate for `identifiers`: the one that was asked for, or else the first domain name that
    /// 64 characters hold (RFC 5280 appendix A.1).
    ///
    /// There is none if the one that was asked for is left out, as with Boulder and Pebble.
    func commonName(among identifiers: [ACMEIdentifier], under policy: CairnCSRContentPolicy) -> String? {
        let asked = commonNames.last.map(ACMEIdentifier.init(commonName:))
        if let asked, identifiers.contains(asked) {
            guard CSRPolicy.fitsCommonName(asked.value) else { return nil }
            return asked.type == .ip && policy[.addressAsCommonName] != .granted ? nil : asked.value
        }
        return identifiers.first { $0.type == .dns && CSRPolicy.fitsCommonName($0.value) }?.value
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

extension ACMEIdentifier {
    /// What a common name asks for: an address if its text is one, otherwise a domain name.
    init(commonName: String) {
        self = CairnIPAddress(commonName).map(ACMEIdentifier.ip) ?? .dns(commonName)
    }
}
