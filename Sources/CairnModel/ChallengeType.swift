import Crypto

/// The name of a challenge type, from the registry of RFC 8555 §9.7.8.
///
/// Open: an unknown type is a value like any other.
public struct ACMEChallengeType: CairnWireName, CustomStringConvertible {
    /// The name as it stands on the wire.
    public var rawValue: String

    /// Takes any name, registered or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A file below `/.well-known/acme-challenge/` (RFC 8555 §8.3).
    public static let http01 = ACMEChallengeType(rawValue: "http-01")
    /// A TXT record at `_acme-challenge` (RFC 8555 §8.4).
    public static let dns01 = ACMEChallengeType(rawValue: "dns-01")
    /// A certificate shown to a TLS client that asks for `acme-tls/1` (RFC 8737).
    public static let tlsALPN01 = ACMEChallengeType(rawValue: "tls-alpn-01")
    /// A certificate shown to a TLS client that asks for a name made from the token (ACME draft of March 2017, "TLS with
    /// Server Name Indication").
    public static let tlsSNI02 = ACMEChallengeType(rawValue: "tls-sni-02")
    /// Whatever a human is told on a page (ACME draft of March 2017, "Out-of-Band").
    public static let oob01 = ACMEChallengeType(rawValue: "oob-01")

    /// All that Cairn knows.
    package static let known: [ACMEChallengeType] = [.http01, .dns01, .tlsALPN01, .tlsSNI02, .oob01]

    /// The name itself.
    public var description: String { rawValue }
}

/// The token of a challenge bound to the key of an account (RFC 8555 §8.1).
package struct KeyAuthorization: Hashable, Sendable, CustomStringConvertible {
    /// The token, a period and the thumbprint: what `http-01` serves.
    package let text: String

    package init(token: String, key: PublicKey) {
        self.init(token: token, thumbprint: key.thumbprint)
    }

    package init(token: String, thumbprint: String) {
        text = "\(token).\(thumbprint)"
    }

    /// The SHA-256 digest of the text: what `tls-alpn-01` puts into the certificate (RFC 8737 §3).
    package var digest: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// The digest in base64url: what `dns-01` puts into the TXT record (RFC 8555 §8.4).
    package var txtValue: String { Base64URL.encode(digest) }

    package var description: String { text }
}
