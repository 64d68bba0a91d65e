import Crypto
import SwiftASN1
import X509

/// The CSR for a name under a new P-256 key, in DER (RFC 2986).
func signingRequest(for name: String) throws -> [UInt8] {
    let request = try CertificateSigningRequest(
        version: .v1, subject: DistinguishedName(),
        privateKey: Certificate.PrivateKey(P256.Signing.PrivateKey()),
        attributes: .init([
            .init(ExtensionRequest(extensions: try .init { SubjectAlternativeNames([.dnsName(name)]) }))
        ]), signatureAlgorithm: .ecdsaWithSHA256)
    var serializer = DER.Serializer()
    try serializer.serialize(request)
    return serializer.serializedBytes
}
