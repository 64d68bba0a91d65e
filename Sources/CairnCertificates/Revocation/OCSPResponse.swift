package import CairnModel
import Crypto
import SwiftASN1
import X509

/// An OCSP answer: a certificate status or an error (RFC 6960 §2.2, §2.3).
public enum CairnOCSPAnswer: String, CaseIterable, Sendable {
    /// It is not revoked.
    case good
    /// It is revoked.
    case revoked
    /// The responder does not know it.
    case unknown
    /// The request was not understood. Like all errors, this is not signed.
    case malformedRequest
    /// The responder has an internal error.
    case internalError
    /// The responder cannot answer now.
    case tryLater
    /// The responder does not answer this request, or does not know the certificate (RFC 5019 §2.2.3).
    case unauthorized

    /// The number of an `OCSPResponseStatus` that is an error; `nil` for what is said of a certificate.
    var errorNumber: UInt8? {
        switch self {
        case .good, .revoked, .unknown: nil
        case .malformedRequest: 1
        case .internalError: 2
        case .tryLater: 3
        case .unauthorized: 6
        }
    }

    /// Whether this is an error.
    public var isError: Bool { errorNumber != nil }
}

/// Who signs OCSP responses (RFC 6960 §4.2.2.2).
public enum CairnOCSPSigner: String, CaseIterable, Sendable {
    /// The key that signs leaves.
    case issuer
    /// A responder with a certificate from the issuer, which is included in each response: with the purpose
    /// `OCSPSigning` and `id-pkix-ocsp-nocheck`.
    case delegated
}

/// What a response says of one certificate (RFC 6960 §4.2.1).
package struct OCSPSingleResponse: Sendable {
    package enum Status: Hashable, Sendable {
        case good
        case revoked(at: CairnInstant, ACMERevocationReason?)
        case unknown
    }

    let certificate: OCSPRequest.CertificateID
    package let status: Status
    let thisUpdate: CairnInstant
    let nextUpdate: CairnInstant?

    package init(
        _ certificate: OCSPRequest.CertificateID, _ status: Status, thisUpdate: CairnInstant, nextUpdate: CairnInstant?
    ) {
        (self.certificate, self.status) = (certificate, status)
        (self.thisUpdate, self.nextUpdate) = (thisUpdate, nextUpdate)
    }
}

extension CertificateAuthority {
    /// Whether a request means a certificate that the issuer of leaves signed, or one that it could have signed.
    package func issues(_ certificate: OCSPRequest.CertificateID) -> Bool { responder.issues(certificate) }

    /// A response that says something of certificates, signed.
    ///
    /// With an ECDSA key its signature is never twice alike, as those of leaves.
    ///
    /// - Parameter nonce: the value of the request's nonce extension, to be repeated.
    package func ocspResponse(
        _ responses: [OCSPSingleResponse], nonce: [UInt8]?, producedAt now: CairnInstant
    ) throws -> [UInt8] {
        try responder.response(responses, nonce: nonce, producedAt: now)
    }

    /// A response that is an error, which nobody signs (RFC 6960 §2.3); `nil` for what is none.
    package static func ocspError(_ answer: CairnOCSPAnswer) -> [UInt8]? {
        answer.errorNumber.map { [0x30, 3, 0x0a, 1, $0] }
    }

    /// The certificate of the responder, where the issuer has delegated that.
    package var responderCertificate: CairnCACertificate? { responder.certificate }
}

/// The OCSP responder for the leaves of an authority.
struct OCSPResponder: Sendable {
    private let key: IssuingKey
    let certificate: CairnCACertificate?
    /// The hashes of the issuer's name and key, by the identifiers of hash algorithms.
    private let issuerHashes: [String: (name: [UInt8], key: [UInt8])]
    private let keyHash: [UInt8]

    init(_ issuer: Hierarchy.Authority, _ configuration: CairnAuthorityConfiguration, seed: CairnSeed) throws {
        switch configuration.ocspSigner {
        case .issuer: (key, certificate) = (issuer.key, nil)
        case .delegated:
            var keys = KeySource(seed: seed)
            // One of its own: the fixed RSA keys are few, and a delegate need not have the issuer's algorithm.
            let algorithm = configuration.intermediateKey == .p384 ? CairnKeyAlgorithm.p384 : .p256
            key = try keys.key(algorithm, for: "OCSP responder")
            certificate = try .responder(key, issuer, of: configuration, seed: seed)
        }
        var name = DER.Serializer()
        try name.serialize(issuer.identity.name)
        let (encodedName, bits) = (name.serializedBytes, issuer.key.publicKey.subjectPublicKeyInfoBytes)
        func hashes<Hash: HashFunction>(_: Hash.Type) -> (name: [UInt8], key: [UInt8]) {
            (Array(Hash.hash(data: encodedName)), Array(Hash.hash(data: bits)))
        }
        issuerHashes = [
            "1.3.14.3.2.26": hashes(Insecure.SHA1.self), "2.16.840.1.101.3.4.2.1": hashes(SHA256.self),
            "2.16.840.1.101.3.4.2.2": hashes(SHA384.self), "2.16.840.1.101.3.4.2.3": hashes(SHA512.self),
        ]
        keyHash = Array(Insecure.SHA1.hash(data: key.publicKey.subjectPublicKeyInfoBytes))
    }

    func issues(_ certificate: OCSPRequest.CertificateID) -> Bool {
        guard let hashes = issuerHashes[certificate.hashAlgorithm] else { return false }
        return hashes.name == certificate.issuerNameHash && hashes.key == certificate.issuerKeyHash
    }

    func response(
        _ responses: [OCSPSingleResponse], nonce: [UInt8]?, producedAt now: CairnInstant
    ) throws -> [UInt8] {
        var data = DER.Serializer()
        try data.sequence { fields in
            // The responder is named by its key (RFC 5019 §2.2.1).
            fields.tagged(2) { $0.primitive(.octetString, keyHash) }
            try fields.generalizedTime(now)
            try fields.sequence { list in for response in responses { try list.single(response) } }
            guard let nonce else { return }
            try fields.tagged(1) { tagged in
                try tagged.sequence { extensions in
                    try extensions.extension(.ocspNonce) { $0.serializeRawBytes(nonce) }
                }
            }
        }
        let certificates: [UInt8] =
            certificate.map { .node(DERTag.explicit(0), .node(DERTag.sequence, $0.derEncoded)) } ?? []
        let basic: [UInt8] = try .signed(
            data.serializedBytes, by: key.privateKey, key.signatureAlgorithm, certificates)
        var whole = DER.Serializer()
        try whole.sequence { response in
            response.primitive(.enumerated, [0])
            try response.tagged(0) { tagged in
                try tagged.sequence { bytes in
                    try bytes.serialize(ASN1ObjectIdentifier.ocspBasic)
                    bytes.primitive(.octetString, basic)
                }
            }
        }
        return whole.serializedBytes
    }
}

extension DER.Serializer {
    fileprivate mutating func single(_ response: OCSPSingleResponse) throws {
        try sequence { fields in
            fields.serializeRawBytes(response.certificate.derEncoded)
            switch response.status {
            case .good: fields.primitive(tag: 0, [])
            case .unknown: fields.primitive(tag: 2, [])
            case .revoked(let at, let reason):
                try fields.tagged(1) { info in
                    try info.generalizedTime(at)
                    guard let reason = reason?.published else { return }
                    info.tagged(0) { $0.primitive(.enumerated, [UInt8(clamping: reason.rawValue)]) }
                }
            }
            try fields.generalizedTime(response.thisUpdate)
            if let nextUpdate = response.nextUpdate { try fields.tagged(0) { try $0.generalizedTime(nextUpdate) } }
        }
    }
}

extension CairnCACertificate {
    /// The certificate of a delegated OCSP responder (RFC 6960 §4.2.2.2).
    fileprivate static func responder(
        _ key: IssuingKey, _ issuer: Hierarchy.Authority, of configuration: CairnAuthorityConfiguration, seed: CairnSeed
    ) throws -> CairnCACertificate {
        let identity = try AuthorityIdentity(ofResponderFor: configuration, seed: seed)
        return try .make(
            Hierarchy.Authority(identity: identity, key: key), serialNumber: identity.serialNumber, issuer: issuer,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.ocspSigning])
                SubjectKeyIdentifier(hash: key.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: issuer.key.publicKey).keyIdentifier)
                Certificate.Extension(oid: .ocspNoCheck, critical: false, value: [5, 0])
            })
    }
}

extension ASN1ObjectIdentifier {
    fileprivate static let ocspBasic: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 48, 1, 1]
    fileprivate static let ocspNoCheck: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 48, 1, 5]
}
