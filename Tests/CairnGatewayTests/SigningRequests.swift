import CairnModel
import CairnReferenceClient
import Crypto
import SwiftASN1
import Testing
import X509

extension ReferenceClient {
    /// Places an order, fulfils it, and finalizes it.
    func issue(_ names: [String], key: X509.Certificate.PrivateKey = .init(P256.Signing.PrivateKey())) throws
        -> Response
    {
        let order = try readyOrder(names)
        return try finalize(order, csr: try csr(names, key: key))
    }
}

/// A CSR with the names in its SAN, and perhaps one in its common name, extensions of `more` kinds, or another version.
func csr(
    _ names: [String], commonName: String? = nil, key: Certificate.PrivateKey = .init(P256.Signing.PrivateKey()),
    algorithm: Certificate.SignatureAlgorithm = .ecdsaWithSHA256, version: Int = 0,
    extensions more: [ASN1ObjectIdentifier] = []
) throws -> [UInt8] {
    let san = SubjectAlternativeNames(
        names.map { name in
            CairnIPAddress(name).map { .ipAddress(ASN1OctetString(contentBytes: $0.octets[...])) } ?? .dnsName(name)
        })
    let subject = try DistinguishedName { if let commonName { CommonName(commonName) } }
    let extensions = try Certificate.Extensions {
        if !names.isEmpty || commonName == nil { san }
        for identifier in more { Certificate.Extension(oid: identifier, critical: false, value: [4, 1, 0]) }
    }
    let request = try CertificateSigningRequest(
        version: .init(rawValue: version), subject: subject, privateKey: key,
        attributes: .init([
            .init(ExtensionRequest(extensions: extensions))
        ]), signatureAlgorithm: algorithm)
    var serializer = DER.Serializer()
    try serializer.serialize(request)
    return serializer.serializedBytes
}

/// The key of a certificate, which can sign requests too.
struct CertificateKey {
    private let pair = P256.Signing.PrivateKey()

    var x509: Certificate.PrivateKey { .init(pair) }
    var account: AccountKey { AccountKey(pair) }
}

extension Response {
    /// The certificates of a chain in DER, in order.
    func chain() throws -> [[UInt8]] {
        try PEMDocument.parseMultiple(pemString: text).map(\.derBytes)
    }

    /// The first certificate of a chain in DER.
    func leaf() throws -> [UInt8] {
        try #require(try chain().first)
    }
}

extension Response {
    /// The first certificate of a chain.
    func parsedLeaf() throws -> Certificate {
        try Certificate(derEncoded: try leaf())
    }
}
