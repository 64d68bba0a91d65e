import CairnDNS
package import CairnModel
import Crypto
import X509

/// The challenge `tls-sni-02` (ACME draft of March 2017, "TLS with Server Name Indication (TLS SNI)").
///
/// A TLS server at the name is asked for SAN A, which follows from the token. It must show a certificate with two dNSNames
/// and no other subject alternative name: SAN A, and SAN B, which follows from the key authorization. The certificate may
/// say anything else. No application protocol is offered.
///
/// Only who holds the account key knows SAN B, so no problem tells it.
package struct TLSSNI02: ValidatedKind, TLSKind {
    package let type = ACMEChallengeType.tlsSNI02
    package let isInDraft2017 = true

    /// Names without `*.`: the draft knows no addresses.
    package func fits(_ identifier: ACMEIdentifier) -> Bool { identifier.type == .dns && !identifier.isWildcard }

    package func validation(
        of attempt: ValidationAttempt, from perspective: String?, _ settings: CairnProbeSettings
    ) -> any Validation {
        guard fits(attempt.identifier) else {
            return Unvalidatable(unfit: attempt, section: "ACME draft of March 2017")
        }
        let names = TLSSNI02Names(token: attempt.token, keyAuthorization: attempt.keyAuthorization.text)
        return TLSValidation(Question(names: names), attempt, settings)
    }

    func handshake(
        for host: String, keyAuthorization: String, at instant: CairnInstant, seed: [UInt8]
    ) throws -> TLSProbe.Outcome {
        let names = TLSSNI02Names(keyAuthorization: keyAuthorization)
        let certificate = try SelfSignedCertificate.der(
            [.dnsName(names.a), .dnsName(names.b)], [], at: instant, seed: seed)
        return .completed(applicationProtocol: nil, certificate: certificate)
    }

    private struct Question: TLSChallenge {
        let names: TLSSNI02Names

        var serverName: String { names.a }
        var applicationProtocol: String? { nil }

        func verify(_ certificate: [UInt8], applicationProtocol: String?) throws {
            try ValidationCertificate(der: certificate).verify(for: names)
        }
    }
}

extension CairnChallengeResponder {
    /// Presents a self-signed certificate with SAN A and SAN B to TLS clients that request SAN A of a token (ACME draft
    /// of March 2017).
    ///
    /// - Parameter name: the one validated name that it is presented for; `nil` for any.
    public func setTLSSNI02(name: String? = nil, token: String, keyAuthorization: String) {
        set(.tlsSNI02, asked: TLSSNI02Names.a(for: token), for: name, keyAuthorization)
    }

    /// Removes the entry for a token and a name, or for a token without a name.
    public func removeTLSSNI02(name: String? = nil, token: String) {
        set(.tlsSNI02, asked: TLSSNI02Names.a(for: token), for: name, nil)
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

extension ValidationCertificate {
    private static let section = "(ACME draft of March 2017, \"TLS with Server Name Indication\")"

    /// Makes the check of `tls-sni-02`: SAN A and SAN B, in any order and case, and no other name.
    ///
    /// The error does not tell SAN B, not even where the server showed it.
    fileprivate func verify(for names: TLSSNI02Names) throws {
        let found = try alternativeNames(Self.section)
        let texts = found.compactMap { name in
            if case .dns(let text) = name { WireText(text.lowercasedASCII) } else { nil }
        }
        guard found.count != 2 || Set(texts) != [WireText(names.a), WireText(names.b)] else { return }
        let got = found.prefix(10).map { Self.words(for: $0, names) }.joined(separator: ", ")
        let more = found.count > 10 ? " and \(found.count - 10) more" : ""
        let others = texts.contains { $0.string.ends(with: TLSSNI02Names.endOfB) && !$0.string.isSame(as: names.b) }
        throw CertificateFlaw(
            "SAN: expected two dNSNames, SAN A \(names.a) and SAN B, the digest of the key authorization below "
                + "\(TLSSNI02Names.endOfB.dropFirst()), got \(got.isEmpty ? "none" : got)\(more)"
                + (others ? "; that may be the SAN B of another key authorization" : "") + " \(Self.section)")
    }

    private static func words(for name: AlternativeName, _ names: TLSSNI02Names) -> String {
        switch name {
        case .dns(let text) where text.isSameIgnoringCase(as: names.a): "SAN A"
        case .dns(let text) where text.isSameIgnoringCase(as: names.b): "SAN B"
        case .dns(let text) where text.lowercasedASCII.utf8.firstRange(of: names.b.utf8) != nil:
            "a dNSName with SAN B in it"
        default: "\(name)"
        }
    }
}
