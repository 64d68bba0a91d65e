/// Where and how long validations look: which ports they connect to, and for whom they take what they find there.
///
/// A client that serves its challenges itself, on a port that was free, has the CA look there:
///
///     ca.probes.httpPort = server.port
///
/// It holds for validations that begin afterwards. Whether they look at all says ``CairnValidationPolicy``.
public struct CairnProbeSettings: Hashable, Sendable {
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
    /// The ports that the URL of a redirect may lead to, before 80 and 443 are replaced by the ports that stand for them.
    ///
    /// `nil`, the default, allows all. Public CAs follow redirects to 80 and 443 alone.
    public var redirectPorts: Set<Int>?
    /// The longest body of an `http-01` response in octets; 4096 by default.
    public var bodyLimit: Int
    /// How long each HTTP request and each TLS handshake may take, connecting included; 10 seconds by default.
    public var timeout: Duration
    /// Which addresses are connected to; ``Addresses/any`` by default.
    public var addresses: Addresses
    /// The names of the remote perspectives from which validations are repeated once the primary one has succeeded
    /// (RFC 8555 §10.2), in the order in which they are asked; none by default.
    ///
    /// Each has its own view of the fake DNS: ``CairnDNSTable/view(_:)``.
    public var perspectives: [String]
    /// How many of ``perspectives`` have to agree, from none to all.
    ///
    /// `nil`, the default, takes the rule of public CAs: all of one, all but one of two to five, all but two of more.
    public var perspectiveQuorum: Int?

    /// Which addresses validations connect to.
    public enum Addresses: String, CaseIterable, Hashable, Sendable {
        /// Those that the fake DNS gives.
        case any
        /// Of those only addresses on the public Internet, also after redirects, as RFC 8555 §10.4 wants of public CAs.
        ///
        /// Loopback, private, link-local, multicast and all other addresses for special purposes (RFC 6890) are passed
        /// over. A host without others is a `dns` problem.
        case publicOnly
    }

    /// What is left out has the default of its property; nothing is checked here.
    public init(
        httpPort: Int = 5002, tlsPort: Int = 5001, hostIncludesPort: Bool = false, redirectLimit: Int = 10,
        redirectPorts: Set<Int>? = nil, bodyLimit: Int = 4096, timeout: Duration = .seconds(10),
        addresses: Addresses = .any, perspectives: [String] = [], perspectiveQuorum: Int? = nil
    ) {
        (self.httpPort, self.tlsPort, self.hostIncludesPort) = (httpPort, tlsPort, hostIncludesPort)
        (self.redirectLimit, self.redirectPorts) = (redirectLimit, redirectPorts)
        (self.bodyLimit, self.timeout, self.addresses) = (bodyLimit, timeout, addresses)
        (self.perspectives, self.perspectiveQuorum) = (perspectives, perspectiveQuorum)
    }
}
