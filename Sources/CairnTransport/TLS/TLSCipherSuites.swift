/// Which cipher suites may be negotiated with TLS 1.2, all of them with forward secrecy; TLS 1.3 has its own.
package struct TLSCipherSuites: Hashable, Sendable {
    /// In the words of the TLS library.
    let list: String

    /// Those with authenticated encryption: AES-GCM and ChaCha20-Poly1305 (RFC 9325 §4.2).
    package static let authenticated = TLSCipherSuites(list: "ECDH+AESGCM:ECDH+CHACHA20:!aNULL:!eNULL")
    /// Those with AES in CBC mode besides, for clients that have nothing else.
    ///
    /// Deviation: RFC 9325 §4.2 advises against them.
    package static let withCBC = TLSCipherSuites(list: "ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:!aNULL:!eNULL:!MD5")
}
