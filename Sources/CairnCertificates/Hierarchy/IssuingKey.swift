import CairnModel
// Before version 4 its types do not say that they are Sendable.
@preconcurrency import Crypto
import SwiftASN1
import X509
import _CryptoExtras

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The key of an authority.
struct IssuingKey: Sendable {
    /// Signs leaves: fast, and with ECDSA never twice alike.
    let privateKey: Certificate.PrivateKey
    /// Signs the certificates of authorities: the same bytes for the same input.
    let reproducible: Certificate.PrivateKey
    let signatureAlgorithm: Certificate.SignatureAlgorithm
    /// The key as one block of PEM, in the form that goes with its algorithm.
    let pem: @Sendable () -> String

    private init(
        _ privateKey: Certificate.PrivateKey, _ signatureAlgorithm: Certificate.SignatureAlgorithm,
        pem: @escaping @Sendable () -> String, reproducibly sign: (@Sendable ([UInt8]) throws -> [UInt8])? = nil
    ) {
        self.privateKey = privateKey
        self.signatureAlgorithm = signatureAlgorithm
        self.pem = pem
        reproducible =
            sign.map {
                Certificate.PrivateKey(ReproducibleKey(key: privateKey, algorithm: signatureAlgorithm, signature: $0))
            } ?? privateKey
    }

    init(_ key: P256.Signing.PrivateKey) {
        self.init(
            Certificate.PrivateKey(key), .ecdsaWithSHA256, on: .NamedCurves.secp256r1, Array(key.rawRepresentation),
            publicKey: { Array(key.publicKey.x963Representation) }
        ) { message, secret in
            let signature = try DeterministicECDSA.p256.sign(message, privateKey: secret, using: SHA256.self)
            return Array(
                try P256.Signing.ECDSASignature(rawRepresentation: signature.r + signature.s).derRepresentation)
        }
    }

    init(_ key: P384.Signing.PrivateKey) {
        self.init(
            Certificate.PrivateKey(key), .ecdsaWithSHA384, on: .NamedCurves.secp384r1, Array(key.rawRepresentation),
            publicKey: { Array(key.publicKey.x963Representation) }
        ) { message, secret in
            let signature = try DeterministicECDSA.p384.sign(message, privateKey: secret, using: SHA384.self)
            return Array(
                try P384.Signing.ECDSASignature(rawRepresentation: signature.r + signature.s).derRepresentation)
        }
    }

    /// A key on a curve.
    ///
    /// - Parameter sign: signs a message with the private key, which comes second.
    private init(
        _ key: Certificate.PrivateKey, _ algorithm: Certificate.SignatureAlgorithm, on curve: ASN1ObjectIdentifier,
        _ secret: [UInt8], publicKey: @escaping @Sendable () -> [UInt8],
        sign: @escaping @Sendable ([UInt8], [UInt8]) throws -> [UInt8]
    ) {
        self.init(
            key, algorithm, pem: { ECPrivateKey.pem(secret, on: curve, publicKey: publicKey()) },
            reproducibly: { try sign($0, secret) })
    }

    /// PKCS #1 v1.5 has no nonce, so one key does for both.
    init(_ key: _RSA.Signing.PrivateKey) {
        self.init(
            Certificate.PrivateKey(key), .sha256WithRSAEncryption,
            pem: { String(decoding: PEM.block("RSA PRIVATE KEY", Array(key.derRepresentation)), as: UTF8.self) })
    }

    var publicKey: Certificate.PublicKey { privateKey.publicKey }
}

/// A private key on a curve as SEC 1 §C.4 and RFC 5915 §3 write it.
private enum ECPrivateKey {
    /// - Parameters:
    ///   - number: as many octets as the order of the curve has.
    ///   - publicKey: the point, uncompressed (SEC 1 §2.3.3).
    static func pem(_ number: [UInt8], on curve: ASN1ObjectIdentifier, publicKey: [UInt8]) -> String {
        var serializer = DER.Serializer()
        // What is written here has lengths that DER can always write.
        try? serializer.appendConstructedNode(identifier: .sequence) { key in
            try key.serialize(1)
            try key.serialize(ASN1OctetString(contentBytes: number[...]))
            try key.serialize(curve, explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific)
            try key.serialize(
                ASN1BitString(bytes: publicKey[...]), explicitlyTaggedWithTagNumber: 1, tagClass: .contextSpecific)
        }
        return String(decoding: PEM.block("EC PRIVATE KEY", serializer.serializedBytes), as: UTF8.self)
    }
}

/// Keys that follow from a seed.
struct KeySource {
    private let seed: CairnSeed
    private var choice: SeededGenerator
    private var unusedRSAKeys = Array(RSATestKeys.base64.indices)

    init(seed: CairnSeed) {
        self.seed = seed
        choice = seed.generator(for: "authority RSA keys")
    }

    /// The key of the authority called `purpose`: always the same for one purpose, and never one that another has.
    mutating func key(_ algorithm: CairnKeyAlgorithm, for purpose: String) throws -> IssuingKey {
        switch algorithm.kind {
        case .p256: IssuingKey(try scalar(32, for: purpose, P256.Signing.PrivateKey.init(rawRepresentation:)))
        case .p384: IssuingKey(try scalar(48, for: purpose, P384.Signing.PrivateKey.init(rawRepresentation:)))
        case .rsa2048: IssuingKey(try fixedRSAKey())
        }
    }

    /// Draws until the number is within the order of the curve, which is what the key's initializer checks.
    ///
    /// The first draw fits but for one in 2^32, so that so many misses mean that something else is wrong.
    private func scalar<Key>(_ byteCount: Int, for purpose: String, _ key: ([UInt8]) throws -> Key) throws -> Key {
        var generator = seed.generator(for: "authority key: \(purpose)")
        for _ in 0..<8 {
            if let key = try? key(generator.bytes(byteCount)) { return key }
        }
        return try key(generator.bytes(byteCount))
    }

    private mutating func fixedRSAKey() throws -> _RSA.Signing.PrivateKey {
        guard !unusedRSAKeys.isEmpty else {
            throw CairnAuthorityError("an authority has at most \(RSATestKeys.base64.count) RSA keys")
        }
        let position = Int(choice.next() % UInt64(unusedRSAKeys.count))
        let text = RSATestKeys.base64[unusedRSAKeys.remove(at: position)]
        guard let encoded = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
            throw CairnAuthorityError("a fixed RSA key is not base64")
        }
        return try _RSA.Signing.PrivateKey(derRepresentation: encoded)
    }
}

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
