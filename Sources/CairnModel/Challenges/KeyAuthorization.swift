import Crypto

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

    /// One that was made elsewhere.
    package init(text: String) {
        self.text = text
    }

    /// The SHA-256 digest of the text: what `tls-alpn-01` puts into the certificate (RFC 8737 §3).
    package var digest: [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

    /// The digest in base64url: what `dns-01` puts into the TXT record (RFC 8555 §8.4).
    package var txtValue: String { Base64URL.encode(digest) }

    package var description: String { text }
}
