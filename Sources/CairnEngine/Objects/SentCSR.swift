/// A certificate signing request as a client sent it, and what the certificate needs to know of how it came.
package struct SentCSR: Sendable {
    package let derEncoded: [UInt8]
    /// The URL of the account, as its owner knows it: what CAA records may name (RFC 8657 §3).
    package let accountURL: String
    /// Where the CA shows its issuers, for the certificate to say; `nil` says nothing.
    package let issuerURLBase: String?

    package init(derEncoded: [UInt8], accountURL: String, issuerURLBase: String? = nil) {
        (self.derEncoded, self.accountURL, self.issuerURLBase) = (derEncoded, accountURL, issuerURLBase)
    }
}
