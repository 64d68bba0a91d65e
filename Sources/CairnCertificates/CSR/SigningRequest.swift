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
    /// The SHA-1 digest of the key, by the first method of RFC 5280 §4.2.1.2.
    let keyIdentifier: SubjectKeyIdentifier
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
        rsaNumbers = try KeyPolicy.enforce(on: anatomy)
        let request: CertificateSigningRequest
        do {
            request = try CertificateSigningRequest(derEncoded: anatomy.root)
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
        // Of an elliptic key the policy lets one encoding pass, and to write it anew means to compute the point anew.
        guard anatomy.keyAlgorithm.identifier != .ecPublicKey else {
            subjectPublicKeyInfo = Array(anatomy.subjectPublicKeyInfo)
            keyIdentifier = SubjectKeyIdentifier(
                keyIdentifier: ArraySlice(Insecure.SHA1.hash(data: anatomy.key)))
            return
        }
        keyIdentifier = SubjectKeyIdentifier(hash: publicKey)
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

/// The outline of a `CertificationRequest` (RFC 2986 §4), read without understanding its keys or signatures.
///
/// The certificate library refuses what it does not know while parsing, and does not say what it met. This is looked at
/// first, so that a refusal can.
struct RequestAnatomy {
    /// An `AlgorithmIdentifier` (RFC 5280 §4.1.1.2).
    struct Algorithm {
        let identifier: ASN1ObjectIdentifier
        let parameters: ASN1Node?

        init(_ node: ASN1Node) throws {
            (identifier, parameters) = try DER.sequence(node, identifier: .sequence) { nodes in
                (try ASN1ObjectIdentifier(derEncoded: &nodes), nodes.next())
            }
        }
    }

    /// All of it, to be understood without being read again.
    let root: ASN1Node
    let version: Int
    let keyAlgorithm: Algorithm
    /// The key with its algorithm, as it is encoded.
    let subjectPublicKeyInfo: ArraySlice<UInt8>
    /// The contents of the `subjectPublicKey`.
    let key: ArraySlice<UInt8>
    let signatureAlgorithm: Algorithm

    init(derEncoded: [UInt8]) throws(CSRRefusal) {
        let request: ASN1Node
        do {
            request = try DER.parse(derEncoded)
        } catch {
            throw CSRRefusal(Self.whyNotDER(derEncoded), cause: .encodingOfCSR)
        }
        root = request
        do {
            let parts = try DER.sequence(request, identifier: .sequence) { nodes in
                let info = try Self.next(&nodes)
                let algorithm = try Algorithm(try Self.next(&nodes))
                try Self.checkWhole(ASN1BitString(derEncoded: &nodes), "signature")
                return (info: info, algorithm: algorithm)
            }
            signatureAlgorithm = parts.algorithm
            (version, keyAlgorithm, subjectPublicKeyInfo, key) = try DER.sequence(
                parts.info, identifier: .sequence
            ) { nodes in
                let version = try Self.version(try Self.next(&nodes))
                _ = try Self.next(&nodes)
                let info = try Self.next(&nodes)
                let (algorithm, key) = try DER.sequence(info, identifier: .sequence) { nodes in
                    (try Algorithm(try Self.next(&nodes)), try ASN1BitString(derEncoded: &nodes))
                }
                guard nodes.next() != nil else {
                    throw CSRRefusal(
                        "the CSR has no attributes, which it needs even when there are none to name (RFC 2986 §4.1)",
                        cause: .encodingOfCSR)
                }
                try Self.checkWhole(key, "key")
                return (version, algorithm, info.encodedBytes, key.bytes)
            }
        } catch let refusal as CSRRefusal {
            throw refusal
        } catch {
            throw CSRRefusal("the CSR is not a CertificationRequest (RFC 2986 §4)", cause: .encodingOfCSR)
        }
    }

    /// The version, which only the smallest numbers ever stood for.
    private static func version(_ node: ASN1Node) throws(CSRRefusal) -> Int {
        func malformed(_ what: String) -> CSRRefusal {
            CSRRefusal(
                "the CSR's version is \(what), expected the INTEGER 0 in one octet, which stands for v1 "
                    + "(RFC 2986 §4.1, X.690 §8.3.1)", cause: .encodingOfCSR)
        }
        guard node.identifier != ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific) else {
            throw CSRRefusal(
                "the CSR is not a CertificationRequest, but seems to be a certificate (RFC 2986 §4)",
                cause: .encodingOfCSR)
        }
        guard node.identifier == .integer, case .primitive(let octets) = node.content else {
            throw malformed("no INTEGER")
        }
        guard !octets.isEmpty else { throw malformed("an INTEGER without octets") }
        guard let version = try? Int(derEncoded: node) else {
            throw malformed("an INTEGER of \(octets.count) octets that is too long or not in DER")
        }
        return version
    }

    /// Keys and signatures are whole octets; the certificate library does not look.
    private static func checkWhole(_ bits: ASN1BitString, _ name: String) throws(CSRRefusal) {
        guard bits.paddingBits == 0 else {
            throw CSRRefusal(
                "the CSR's \(name) has \(bits.paddingBits) unused bits, expected none (RFC 2986 §4)",
                cause: .encodingOfCSR)
        }
    }

    private static func next(_ nodes: inout ASN1NodeCollection.Iterator) throws -> ASN1Node {
        guard let node = nodes.next() else {
            throw CSRRefusal("the CSR is not a CertificationRequest (RFC 2986 §4)", cause: .encodingOfCSR)
        }
        return node
    }

    /// The likely mistake behind bytes that do not parse.
    private static func whyNotDER(_ bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "the CSR is empty, expected a CertificationRequest in DER (RFC 8555 §7.4)" }
        if bytes.starts(with: "-----BEGIN".utf8) { return "the CSR is PEM, expected DER (RFC 8555 §7.4)" }
        guard bytes[0] == 0x30, let length = declaredLength(bytes) else {
            return "the CSR is not DER, expected a CertificationRequest (RFC 8555 §7.4, RFC 2986 §4)"
        }
        if length < bytes.count {
            return "the CSR is followed by \(bytes.count - length) bytes, expected none (RFC 2986 §4)"
        }
        if length > bytes.count {
            return "the CSR is cut short: it says that it has \(length) bytes, got \(bytes.count) (RFC 2986 §4)"
        }
        return "the CSR contains something that is not DER (RFC 2986 §4)"
    }

    /// How long the outermost value says it is, its header included.
    private static func declaredLength(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 2 else { return nil }
        if bytes[1] < 0x80 { return 2 + Int(bytes[1]) }
        let count = Int(bytes[1] & 0x7f)
        guard (1...4).contains(count), bytes.count >= 2 + count else { return nil }
        return bytes[2..<2 + count].reduce(0) { $0 << 8 | Int($1) } + 2 + count
    }
}
