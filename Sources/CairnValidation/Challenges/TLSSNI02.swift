import CairnModel
import Crypto

/// The challenge `tls-sni-02` (ACME draft of March 2017, "TLS with Server Name Indication (TLS SNI)").
///
/// A TLS server at the name is asked for SAN A, which follows from the token. It must show a certificate with two dNSNames
/// and no other subject alternative name: SAN A, and SAN B, which follows from the key authorization. The certificate may
/// say anything else. No application protocol is offered.
///
/// Only who holds the account key knows SAN B, so no problem tells it.
struct TLSSNI02: TLSChallenge {
    private let names: TLSSNI02Names

    init(_ attempt: ValidationAttempt) {
        names = TLSSNI02Names(token: attempt.token, keyAuthorization: attempt.keyAuthorization.text)
    }

    var serverName: String { names.a }
    var applicationProtocol: String? { nil }

    func check(_ certificate: [UInt8], applicationProtocol: String?) throws {
        try ValidationCertificate(der: certificate).check(for: names)
    }
}

/// The names in the certificate that meets a `tls-sni-02` challenge.
struct TLSSNI02Names: Hashable, Sendable {
    /// SAN A, which is the SNI too.
    let a: String
    /// SAN B, which proves that whoever made the certificate knows the account key.
    let b: String

    init(token: String, keyAuthorization: String) {
        (a, b) = (Self.a(for: token), Self.name(of: keyAuthorization, Self.endOfB))
    }

    /// The names for a key authorization, which begins with its token and a period.
    init(keyAuthorization: String) {
        self.init(token: String(keyAuthorization.text(before: ".")), keyAuthorization: keyAuthorization)
    }

    static func a(for token: String) -> String { name(of: token, ".token.acme.invalid") }

    /// What every SAN B ends with.
    static let endOfB = ".ka.acme.invalid"

    /// The halves of a digest as labels of 32 hexadecimal digits, since a label has 63 octets at most.
    private static func name(of text: String, _ end: String) -> String {
        let digest = Array(SHA256.hash(data: Array(text.utf8)))
        return Excerpt.hexadecimal(digest.prefix(16)) + "." + Excerpt.hexadecimal(digest.suffix(16)) + end
    }
}
