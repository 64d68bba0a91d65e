import Addressing
import Crypto
import ReferenceClient
import SwiftASN1
import X509

extension ReferenceClient {
    /// Places an order, fulfils it, and finalizes it.
    func issue(_ names: [String], key: X509.Certificate.PrivateKey = .init(P256.Signing.PrivateKey())) throws -> Response {
        let order = try readyOrder(names)
        return try finalize(order, csr: try csr(names, key: key))
    }
}

/// A CSR with the names in its SAN.
func csr(_ names: [String], key: Certificate.PrivateKey = .init(P256.Signing.PrivateKey())) throws -> [UInt8] {
    let san = SubjectAlternativeNames(
        names.map { name in
            IPAddress(name).map { .ipAddress(ASN1OctetString(contentBytes: $0.octets[...])) } ?? .dnsName(name)
        })
    let request = try CertificateSigningRequest(
        version: .v1, subject: DistinguishedName(), privateKey: key,
        attributes: .init([
            .init(ExtensionRequest(extensions: try .init { san }))
        ]), signatureAlgorithm: .ecdsaWithSHA256)
    var serializer = DER.Serializer()
    try serializer.serialize(request)
    return serializer.serializedBytes
}
