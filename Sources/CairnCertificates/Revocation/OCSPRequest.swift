import CairnModel
import SwiftASN1

/// What a client of OCSP asks (RFC 6960 §4.1.1).
package struct OCSPRequest: Sendable {
    /// A certificate as a request names it: by hashes of its issuer's name and key, and its serial number.
    package struct CertificateID: Hashable, Sendable {
        /// The whole `CertID`, to be repeated in the response.
        let derEncoded: [UInt8]
        let hashAlgorithm: String
        let issuerNameHash: [UInt8]
        let issuerKeyHash: [UInt8]
        package let serialNumber: CairnSerialNumber
    }

    /// Why something is no request that can be answered.
    package struct Fault: Error, Hashable, Sendable {
        /// What was expected and what came, with the section.
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// What is asked about; never empty.
    package let certificates: [CertificateID]
    /// The value of the nonce extension, as it came; `nil` if there is none (RFC 9654 §2.1).
    package let nonce: [UInt8]?

    /// Reads a request in DER.
    ///
    /// A signature is not looked at: everybody may ask.
    package init(derEncoded: [UInt8]) throws(Fault) {
        do { self = try Self.read(derEncoded) } catch let fault as Fault { throw fault } catch {
            throw Fault(
                description:
                    "expected an OCSPRequest in DER, got \(derEncoded.count) bytes that are none: \(error) (RFC 6960 §4.1.1)"
            )
        }
    }

    private init(certificates: [CertificateID], nonce: [UInt8]?) {
        (self.certificates, self.nonce) = (certificates, nonce)
    }

    private static func read(_ bytes: [UInt8]) throws -> OCSPRequest {
        try DER.sequence(try DER.parse(bytes), identifier: .sequence) { fields in
            let request = try DER.sequence(try fields.expected("tbsRequest"), identifier: .sequence) {
                try toBeSigned(&$0)
            }
            // An optionalSignature may follow.
            while fields.next() != nil {}
            return request
        }
    }

    private static func toBeSigned(_ fields: inout ASN1NodeCollection.Iterator) throws -> OCSPRequest {
        var node = try fields.expected("requestList")
        if node.hasTag(0) {
            let version = try Int(derEncoded: try node.inner)
            guard version == 0 else {
                throw Fault(description: "expected version 1, got \(version + 1) (RFC 6960 §4.1.1)")
            }
            node = try fields.expected("requestList")
        }
        // A requestorName: whoever it is may ask.
        if node.hasTag(1) { node = try fields.expected("requestList") }
        let certificates = try DER.sequence(node, identifier: .sequence) { requests in
            var certificates: [CertificateID] = []
            while let request = requests.next() {
                certificates.append(
                    try DER.sequence(request, identifier: .sequence) { parts in
                        let id = try CertificateID(try parts.expected("reqCert"))
                        while let more = parts.next() {
                            guard more.hasTag(0) else { throw Fault.unexpected(more) }
                            _ = try nonce(in: try more.inner)
                        }
                        return id
                    })
            }
            return certificates
        }
        guard !certificates.isEmpty else {
            throw Fault(description: "expected at least one certificate in requestList, got none (RFC 6960 §4.1.1)")
        }
        var found: [UInt8]?
        while let more = fields.next() {
            guard more.hasTag(2) else { throw Fault.unexpected(more) }
            found = try nonce(in: try more.inner)
        }
        return OCSPRequest(certificates: certificates, nonce: found)
    }

    /// The nonce among extensions; one that is critical and not known cannot be overlooked (RFC 6960 §4.4).
    private static func nonce(in extensions: ASN1Node) throws -> [UInt8]? {
        var found: [UInt8]?
        try DER.sequence(extensions, identifier: .sequence) { nodes in
            while let node = nodes.next() {
                try DER.sequence(node, identifier: .sequence) { parts in
                    let identifier = try ASN1ObjectIdentifier(derEncoded: try parts.expected("extnID"))
                    var next = try parts.expected("extnValue")
                    var isCritical = false
                    if next.identifier == .boolean {
                        isCritical = try Bool(derEncoded: next)
                        next = try parts.expected("extnValue")
                    }
                    let value = Array(try ASN1OctetString(derEncoded: next).bytes)
                    guard identifier == .ocspNonce else {
                        guard !isCritical || identifier == .ocspResponseTypes else {
                            throw Fault(
                                description:
                                    "expected no critical extension but the nonce, got \(identifier) (RFC 6960 §4.4)")
                        }
                        return
                    }
                    try check(nonce: value)
                    found = value
                }
            }
        }
        return found
    }

    private static func check(nonce value: [UInt8]) throws {
        let octets = try ASN1OctetString(derEncoded: value).bytes
        guard (1...128).contains(octets.count) else {
            throw Fault(description: "expected a nonce of 1 to 128 octets, got \(octets.count) (RFC 9654 §2.1)")
        }
    }
}

extension OCSPRequest.Fault {
    fileprivate static func unexpected(_ node: ASN1Node) -> OCSPRequest.Fault {
        OCSPRequest.Fault(description: "expected the end, got a node of the kind \(node.identifier) (RFC 6960 §4.1.1)")
    }
}

extension OCSPRequest.CertificateID {
    init(_ node: ASN1Node) throws {
        let encoded = Array(node.encodedBytes)
        self = try DER.sequence(node, identifier: .sequence) { fields in
            let algorithm = try DER.sequence(try fields.expected("hashAlgorithm"), identifier: .sequence) { parts in
                let identifier = try ASN1ObjectIdentifier(derEncoded: try parts.expected("algorithm"))
                while parts.next() != nil {}
                return identifier
            }
            let name = try ASN1OctetString(derEncoded: try fields.expected("issuerNameHash"))
            let key = try ASN1OctetString(derEncoded: try fields.expected("issuerKeyHash"))
            let number = try fields.expected("serialNumber")
            guard number.identifier == .integer, case .primitive(let octets) = number.content else {
                throw OCSPRequest.Fault.unexpected(number)
            }
            // Without its sign it would pass for another.
            guard let first = octets.first, first < 0x80 else {
                throw OCSPRequest.Fault(
                    description: "expected a serialNumber that is not negative, got one (RFC 5280 §4.1.2.2)")
            }
            return OCSPRequest.CertificateID(
                derEncoded: encoded, hashAlgorithm: algorithm.description, issuerNameHash: Array(name.bytes),
                issuerKeyHash: Array(key.bytes), serialNumber: CairnSerialNumber(bytes: Array(octets)))
        }
    }
}

extension ASN1NodeCollection.Iterator {
    fileprivate mutating func expected(_ name: String) throws -> ASN1Node {
        guard let node = next() else {
            throw OCSPRequest.Fault(description: "expected \(name), got the end (RFC 6960 §4.1.1)")
        }
        return node
    }
}

extension ASN1Node {
    fileprivate func hasTag(_ number: UInt) -> Bool {
        identifier == ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific)
    }

    /// The only node in one with an explicit tag.
    fileprivate var inner: ASN1Node {
        get throws {
            let nodes = children.map(Array.init) ?? []
            guard nodes.count == 1 else {
                throw OCSPRequest.Fault(
                    description: "expected one node under an explicit tag, got \(nodes.count) (RFC 6960 §4.1.1)")
            }
            return nodes[0]
        }
    }
}

extension ASN1ObjectIdentifier {
    static let ocspNonce: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 48, 1, 2]
    fileprivate static let ocspResponseTypes: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 48, 1, 4]
}
