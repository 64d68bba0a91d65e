import CairnCertificates
import CairnModel
import CairnOpenSSLJudge
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

extension Sequence<UInt8> {
    var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

func bytes(hexadecimal text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(16 * digits[$0] + digits[$0 + 1]) }
}
