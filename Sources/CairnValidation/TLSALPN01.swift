import CairnDNS
package import CairnModel
import Crypto
import SwiftASN1
import X509

/// The challenge `tls-alpn-01` (RFC 8737 §3, RFC 8738 §6).
///
/// A TLS server at the identifier must choose `acme-tls/1` and show a certificate whose only subject alternative name is
/// the identifier, and which holds the digest of the key authorization in one critical `acmeIdentifier`. Neither its
/// signature nor its times are looked at, and its key may be of any kind.
///
/// The name in the SNI is the identifier, or for an address its name in reverse.
package struct TLSALPN01: ValidatedKind, TLSKind {
    package let type = ACMEChallengeType.tlsALPN01
    package static let applicationProtocol = "acme-tls/1"

    package func validation(
        of attempt: ValidationAttempt, from perspective: String?, _ settings: CairnProbeSettings
    ) -> any Validation {
        TLSValidation(Question(attempt: attempt), attempt, settings)
    }

    func handshake(
        for host: String, keyAuthorization: String, at instant: CairnInstant, seed: [UInt8]
    ) throws -> TLSProbe.Outcome {
        let certificate = try SelfSignedCertificate.der(
            [Self.alternative(host)], [Self.identifier(keyAuthorization)], at: instant, seed: seed)
        return .completed(applicationProtocol: Self.applicationProtocol, certificate: certificate)
    }

    /// The certificate that meets the challenge, for a server that has to prove that it has its key.
    ///
    /// - Parameter draw: gives as many bytes as it is asked for.
    static func certificate(
        for host: String, keyAuthorization: String, at instant: CairnInstant, draw: (Int) -> [UInt8]
    ) throws -> ServedCertificate {
        try SelfSignedCertificate.served([alternative(host)], [identifier(keyAuthorization)], at: instant, draw: draw)
    }

    /// The one name of the certificate.
    private static func alternative(_ host: String) -> GeneralName {
        CairnIPAddress(host).map { .ipAddress(ASN1OctetString(contentBytes: $0.octets[...])) } ?? .dnsName(host)
    }

    /// The digest of the key authorization, in the extension that is critical.
    private static func identifier(_ keyAuthorization: String) -> Certificate.Extension {
        let digest = Array(SHA256.hash(data: Array(keyAuthorization.utf8)))
        return Certificate.Extension(
            oid: ValidationCertificate.acmeIdentifier, critical: true, value: [0x04, UInt8(digest.count)] + digest[...])
    }

    /// The name in the SNI.
    static func serverName(for host: String) -> String { CairnIPAddress(host)?.reverseName ?? HostText.key(host) }

    private struct Question: TLSChallenge {
        let attempt: ValidationAttempt

        var serverName: String { TLSALPN01.serverName(for: attempt.identifier.value) }
        var applicationProtocol: String? { TLSALPN01.applicationProtocol }

        func verify(_ certificate: [UInt8], applicationProtocol: String?) throws {
            guard applicationProtocol == TLSALPN01.applicationProtocol else {
                let got = applicationProtocol.map { "\"\(Excerpt.of(Array($0.utf8)))\"" } ?? "no protocol"
                throw CertificateFlaw(
                    "ALPN: expected the server to choose \"\(TLSALPN01.applicationProtocol)\", got \(got) (RFC 8737 §3)"
                )
            }
            try ValidationCertificate(der: certificate).verify(
                for: attempt.identifier, digest: attempt.keyAuthorization.digest)
        }
    }
}

extension CairnChallengeResponder {
    /// Presents a self-signed certificate with the digest of a key authorization to TLS clients that request a name or
    /// address with `acme-tls/1` (RFC 8737 §3).
    public func setTLSALPN01(name: String, keyAuthorization: String) {
        set(.tlsALPN01, asked: TLSALPN01.serverName(for: name), keyAuthorization)
    }

    /// Removes the entry for a name or address.
    public func removeTLSALPN01(name: String) {
        set(.tlsALPN01, asked: TLSALPN01.serverName(for: name), nil)
    }
}

extension ValidationCertificate {
    fileprivate static let acmeIdentifier: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 1, 31]
    /// The number that the drafts before RFC 8737 gave to `acmeIdentifier`, with an arc more.
    private static let draftIdentifier: ASN1ObjectIdentifier = [1, 3, 6, 1, 5, 5, 7, 1, 30, 1]

    /// Makes the checks of RFC 8737 §3; the error names the first that failed.
    fileprivate func verify(for identifier: ACMEIdentifier, digest: [UInt8]) throws {
        guard version == 3 else {
            throw CertificateFlaw("X.509 version: expected 3, which has extensions, got \(version) (RFC 5280 §4.1.2.1)")
        }
        try checkName(identifier)
        try checkDigest(digest)
    }

    private func checkName(_ identifier: ACMEIdentifier) throws {
        let names = try alternativeNames("(RFC 8737 §3)")
        guard let name = names.first, names.count == 1 else {
            let got = names.prefix(10).map(\.description).joined(separator: ", ")
            throw CertificateFlaw(
                "SAN count: expected \(identifier) alone, got \(names.count) names"
                    + (got.isEmpty ? "" : " (\(got))") + " (RFC 8737 §3)")
        }
        let isEqual =
            switch name {
            case .dns(let text): identifier.type == .dns && text.isSameIgnoringCase(as: identifier.value)
            case .address(let octets): identifier.address.map { $0.octets == octets } ?? false
            case .other: false
            }
        guard isEqual else {
            let section = identifier.type == .ip ? "RFC 8738 §6" : "RFC 8737 §3"
            let kind = identifier.type == .ip ? "iPAddress" : "dNSName"
            throw CertificateFlaw("SAN value: expected \(kind) \(identifier), got \(name) (\(section))")
        }
    }

    private func checkDigest(_ digest: [UInt8]) throws {
        let found = extensions.filter { $0.oid == Self.acmeIdentifier }
        guard let identifier = found.first else {
            guard !extensions.contains(where: { $0.oid == Self.draftIdentifier }) else {
                throw CertificateFlaw(
                    "old OID: expected acmeIdentifier 1.3.6.1.5.5.7.1.31, got 1.3.6.1.5.5.7.1.30.1 "
                        + "of the drafts (RFC 8737 §6.1)")
            }
            throw CertificateFlaw(
                "extension missing: expected acmeIdentifier 1.3.6.1.5.5.7.1.31, got none (RFC 8737 §3)")
        }
        guard found.count == 1 else {
            throw CertificateFlaw("duplicated: expected one acmeIdentifier, got \(found.count) (RFC 8737 §3)")
        }
        guard identifier.isCritical else {
            throw CertificateFlaw(
                "not critical: expected acmeIdentifier to be critical, got one that is not (RFC 8737 §3)")
        }
        let value = try readable("acmeIdentifier", "RFC 8737 §3, an OCTET STRING of 32 octets") {
            try ASN1OctetString(derEncoded: DER.parse(identifier.value)).bytes
        }
        guard value.count == 32 else {
            throw CertificateFlaw(
                "malformed: expected an acmeIdentifier of 32 octets, got \(value.count) (RFC 8737 §3)",
                type: .incorrectResponse)
        }
        guard value.elementsEqual(digest) else {
            throw CertificateFlaw(
                "digest: expected \(Excerpt.hexadecimal(digest)), got \(Excerpt.hexadecimal(value)), "
                    + "which may be the digest of another key authorization (RFC 8737 §3)")
        }
    }
}
