/// Where and how long validations look.
public struct ValidationConfiguration: Hashable, Sendable {
    /// The port that stands for port 80 of every host (RFC 8555 §8.3), also in redirects; 5002 by default.
    public var httpPort: Int
    /// The port that stands for port 443 of every host (RFC 8737 §3), also in redirects; 5001 by default.
    public var tlsPort: Int
    /// Whether the first request of `http-01` names ``httpPort`` in URL and `Host`, as Pebble's does.
    ///
    /// By default it does not: the port stands for 80, and servers see the `Host` that they will see from a public CA.
    public var hostIncludesPort: Bool
    /// How many redirects are followed; 10 by default.
    public var redirectLimit: Int
    /// The longest body of an `http-01` response in octets; 4096 by default.
    public var bodyLimit: Int
    /// How long each HTTP request and each TLS handshake may take, connecting included; 10 seconds by default.
    public var timeout: Duration

    public init(
        httpPort: Int = 5002, tlsPort: Int = 5001, hostIncludesPort: Bool = false, redirectLimit: Int = 10,
        bodyLimit: Int = 4096, timeout: Duration = .seconds(10)
    ) {
        (self.httpPort, self.tlsPort, self.hostIncludesPort) = (httpPort, tlsPort, hostIncludesPort)
        (self.redirectLimit, self.bodyLimit, self.timeout) = (redirectLimit, bodyLimit, timeout)
    }
}
