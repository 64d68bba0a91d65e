public import CairnModel

/// A request of a validation, as a ``CairnChallengeResponder`` is asked to answer it.
public struct CairnChallengeProbe: Hashable, Sendable {
    /// `http-01`, `tls-alpn-01` or `tls-sni-02`.
    public var challengeType: ACMEChallengeType
    /// The name or address that the request is for.
    ///
    /// For `tls-alpn-01` of an address, where the SNI holds its name in reverse, it is the address itself.
    public var host: String
    /// Where the request goes if nobody answers it here.
    public var address: CairnIPAddress
    /// The port at ``address``.
    public var port: Int
    /// Whether an HTTP request comes over TLS; always for the other types.
    public var isTLS: Bool
    /// Path and query of an HTTP request.
    public var path: String?
    /// The SNI of a TLS handshake for `tls-alpn-01`, or for `tls-sni-02`, where it is SAN A.
    public var serverName: String?
    /// The remote perspective that looks (RFC 8555 §10.2); `nil` for the primary one.
    public var perspective: String?

    init(_ probe: HTTPProbe) {
        (challengeType, host, perspective) = (.http01, HostText.key(probe.host), probe.perspective)
        (address, port, isTLS, path) = (probe.address, probe.port, probe.isTLS, probe.path)
    }

    init(_ probe: TLSProbe) {
        // A server tells them apart by what is offered in ALPN.
        challengeType = probe.applicationProtocol == nil ? .tlsSNI02 : .tlsALPN01
        perspective = probe.perspective
        (address, port, isTLS, serverName) = (probe.address, probe.port, true, probe.serverName)
        host = HostText.key(probe.host)
    }

    /// The last part of the path below `/.well-known/acme-challenge/` (RFC 8555 §8.3).
    public var token: String? {
        let prefix = "/.well-known/acme-challenge/"
        guard let path, path.begins(with: prefix) else { return nil }
        return String(path.unicodeScalars.dropFirst(prefix.utf8.count))
    }

    /// What is answered.
    public enum Answer: Hashable, Sendable {
        /// The right answer for this key authorization: the body of a response, or the certificate that follows from it.
        case keyAuthorization(String)
        /// An HTTP response; for the other types the same as ``closed``.
        case response(status: Int, location: String? = nil, body: [UInt8] = [])
        /// A finished handshake with this certificate in DER; for `http-01` the same as ``closed``.
        ///
        /// The protocol does not matter to `tls-sni-02`, which offers none.
        case certificate([UInt8], applicationProtocol: String? = "acme-tls/1")
        /// Nobody listens at the port.
        case refused
        /// No answer until the time is over.
        case timedOut
        /// The connection ends before there is an answer.
        case closed
        /// TLS fails, for the reason given.
        case tlsFailure(String)
    }
}
