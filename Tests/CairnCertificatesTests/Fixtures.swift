import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
import Crypto
import Testing

/// The moment at which the tests issue: 2026-03-01T12:00:00Z.
let noon = CairnInstant(secondsSinceEpoch: 1_772_366_400)

/// The keys that are certified.
let acceptedKeys: [OpenSSLKey.Kind] = [
    .curve("P-256"), .curve("P-384"), .curve("P-521"), .rsa(2048), .ed25519,
]

let authorityKeys: [CairnKeyAlgorithm] = [.p256, .p384, .rsa2048]

func authority(
    _ configuration: CairnAuthorityConfiguration = CairnAuthorityConfiguration(), seed: CairnSeed = 1
) throws -> CertificateAuthority {
    try CertificateAuthority(configuration, seed: seed)
}

/// A request for a P-256 key and names in OpenSSL's notation, such as `DNS:a.example.test,IP:127.0.0.1`.
func request(_ names: String, _ change: (inout OpenSSLRequest) -> Void = { _ in }) throws -> SigningRequest {
    var request = OpenSSLRequest(key: try OpenSSLKey(.curve("P-256")), names: names)
    change(&request)
    return try SigningRequest(derEncoded: request.derEncoded)
}

extension CertificateAuthority {
    /// Issues what a request asks for, under the first profile.
    func issue(_ request: SigningRequest, at now: CairnInstant = noon) throws -> CairnCertificate {
        let profile = try #require(configuration.profiles.first)
        return try issue(request, identifiers: request.identifiers, profile: profile, at: now)
    }

    /// Why OpenSSL refuses the chain of a certificate, or `nil` if it accepts it.
    func objection(
        to certificate: CairnCertificate, _ name: PathJudge.Name, for purpose: PathJudge.Purpose = .server,
        at time: CairnInstant = noon
    ) throws -> String? {
        let chain = try OpenSSLCertificate.certificates(
            inPEM: String(decoding: chainPEM(for: certificate), as: UTF8.self))
        return try PathJudge.objection(
            to: try #require(chain.first), intermediates: Array(chain.dropFirst()),
            roots: try roots.map { try OpenSSLCertificate(derEncoded: $0.derEncoded) }, name: name,
            purpose: purpose, at: Int(time.secondsSinceEpoch))
    }
}

/// The reason for which a request is refused.
func refusal(_ bytes: [UInt8]) -> String {
    do {
        _ = try SigningRequest(derEncoded: bytes)
        return "accepted"
    } catch {
        return error.reason
    }
}

func refusal(_ request: OpenSSLRequest) throws -> String {
    refusal(try request.derEncoded)
}

func bytes(hexadecimal text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(16 * digits[$0] + digits[$0 + 1]) }
}

/// A value in DER: its tag, its length, and what is in it (X.690 §8.1).
func der(_ tag: UInt8, _ contents: [UInt8]...) -> [UInt8] {
    let contents = contents.flatMap { $0 }
    let length: [UInt8]
    switch contents.count {
    case ..<0x80: length = [UInt8(contents.count)]
    case ..<0x100: length = [0x81, UInt8(contents.count)]
    default: length = [0x82, UInt8(contents.count >> 8), UInt8(truncatingIfNeeded: contents.count)]
    }
    return [tag] + length + contents
}

/// A request for a P-256 key whose every part can be put wrong, properly signed.
struct HandmadeRequest {
    let key = P256.Signing.PrivateKey()
    var version: [UInt8] = [2, 1, 0]
    /// The `subjectPublicKey`; `nil` for that of the key.
    var point: [UInt8]?
    /// The extensions asked for, each whole.
    var extensions: [[UInt8]] = [Self.alternativeNames("www.example.test")]

    /// The point of the key, uncompressed.
    var publicPoint: [UInt8] { Array(key.publicKey.x963Representation) }

    private static let p256: [UInt8] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]
    private static let ecPublicKey: [UInt8] = [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]
    private static let ecdsaWithSHA256: [UInt8] = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]
    private static let extensionRequest: [UInt8] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14]

    static func alternativeNames(_ names: String...) -> [UInt8] {
        let list = names.flatMap { der(0x82, Array($0.utf8)) }
        return der(0x30, [6, 3, 0x55, 0x1d, 0x11], der(4, der(0x30, list)))
    }

    var derEncoded: [UInt8] {
        get throws {
            let point = point ?? publicPoint
            let info = der(
                0x30, version, der(0x30), der(0x30, der(0x30, Self.ecPublicKey, Self.p256), der(3, [0], point)),
                der(0xa0, der(0x30, Self.extensionRequest, der(0x31, der(0x30, extensions.flatMap { $0 })))))
            let signature = Array(try key.signature(for: info).derRepresentation)
            return der(0x30, info, der(0x30, Self.ecdsaWithSHA256), der(3, [0], signature))
        }
    }
}
