import SwiftASN1
import X509

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A key that signs the same message always alike.
///
/// Every signature is verified by the ordinary implementation before it is used.
struct ReproducibleKey: CustomPrivateKey {
    private let key: Certificate.PrivateKey
    private let algorithm: Certificate.SignatureAlgorithm
    private let signature: @Sendable ([UInt8]) throws -> [UInt8]

    /// - Parameter signature: the DER of the signature of a message.
    init(
        key: Certificate.PrivateKey, algorithm: Certificate.SignatureAlgorithm,
        signature: @escaping @Sendable ([UInt8]) throws -> [UInt8]
    ) {
        self.key = key
        self.algorithm = algorithm
        self.signature = signature
    }

    var publicKey: Certificate.PublicKey { key.publicKey }
    var defaultSignatureAlgorithm: Certificate.SignatureAlgorithm { algorithm }
    var supportedSignatureAlgorithms: [Certificate.SignatureAlgorithm] { [algorithm] }

    func signSynchronously(
        bytes: some DataProtocol, signatureAlgorithm: Certificate.SignatureAlgorithm
    ) throws -> Certificate.Signature {
        guard signatureAlgorithm == algorithm else {
            throw CairnAuthorityError("this key signs with \(algorithm), not with \(signatureAlgorithm)")
        }
        let signed = try Certificate.Signature(
            signatureAlgorithm: algorithm, signatureBytes: ASN1BitString(bytes: signature(Array(bytes))[...]))
        guard publicKey.isValidSignature(signed.rawRepresentation, for: bytes, signatureAlgorithm: algorithm) else {
            throw CairnAuthorityError("a reproducible signature does not verify")
        }
        return signed
    }

    static func == (lhs: ReproducibleKey, rhs: ReproducibleKey) -> Bool { lhs.publicKey == rhs.publicKey }
    func hash(into hasher: inout Hasher) { hasher.combine(publicKey) }

    static var defaultPEMDiscriminator: String { "PRIVATE KEY" }

    func serialize(into coder: inout DER.Serializer) throws {
        coder.serializeRawBytes(try key.serializeAsPEM().derBytes)
    }
}
