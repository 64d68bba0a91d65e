import CairnModel

/// The challenge `tls-alpn-01` (RFC 8737 §3, RFC 8738 §6).
///
/// A TLS server at the identifier must choose `acme-tls/1` and show a certificate whose only subject alternative name is
/// the identifier, and which holds the digest of the key authorization in one critical `acmeIdentifier`. Neither its
/// signature nor its times are looked at, and its key may be of any kind.
///
/// The name in the SNI is the identifier, or for an address its name in reverse.
struct TLSALPN01: TLSChallenge {
    static let applicationProtocol = "acme-tls/1"

    private let attempt: ValidationAttempt

    init(_ attempt: ValidationAttempt) {
        self.attempt = attempt
    }

    var serverName: String { attempt.identifier.address?.reverseName ?? attempt.identifier.value }
    var applicationProtocol: String? { Self.applicationProtocol }

    func check(_ certificate: [UInt8], applicationProtocol: String?) throws {
        guard applicationProtocol == Self.applicationProtocol else {
            let got = applicationProtocol.map { "\"\(Excerpt.of(Array($0.utf8)))\"" } ?? "no protocol"
            throw CertificateFlaw(
                "ALPN: expected the server to choose \"\(Self.applicationProtocol)\", got \(got) (RFC 8737 §3)")
        }
        try ValidationCertificate(der: certificate).check(
            for: attempt.identifier, digest: attempt.keyAuthorization.digest)
    }
}
