package import CairnDNS
package import CairnModel

/// Whoever reaches out to the machine that a client says it controls.
///
/// A prober resolves nothing on its own: it is told the address, and what to ask whom. It may call `completion` before it
/// returns (an in-process responder does) or later, on any thread (the network does); it calls it exactly once.
package protocol Prober: Sendable {
    /// Asks for one resource, without following redirects.
    func fetch(_ probe: HTTPProbe, completion: @escaping @Sendable (HTTPProbe.Outcome) -> Void)

    /// Makes one TLS handshake and hangs up.
    func handshake(_ probe: TLSProbe, completion: @escaping @Sendable (TLSProbe.Outcome) -> Void)

    /// Asks a resolver one question.
    func lookUp(_ probe: DNSProbe, completion: @escaping @Sendable (DNSAnswer) -> Void)
}

extension Prober {
    /// What those do that reach nobody.
    package func lookUp(_ probe: DNSProbe, completion: @escaping @Sendable (DNSAnswer) -> Void) {
        completion(probe.failed("there is no way from here to the resolver \(probe.resolver)"))
    }
}

/// One GET.
package struct HTTPProbe: Hashable, Sendable {
    package var address: CairnIPAddress
    package var port: Int
    /// Whether to speak TLS; no certificate is verified (RFC 8555 §8.3 lets redirects lead to HTTPS).
    package var isTLS: Bool
    /// The host that is asked for: the SNI when it is a name, and the `Host` header together with the port of the URL.
    package var host: String
    /// The `Host` header, with a port if the URL has one that is not the default.
    package var authority: String
    /// Path and query.
    package var path: String
    /// The `User-Agent` header.
    package var userAgent: String
    /// The longest body that is read.
    ///
    /// What is longer is cut there.
    package var bodyLimit: Int
    package var timeout: Duration
    /// The remote perspective that looks; `nil` for the primary one.
    package var perspective: String?
    /// What the response is to show.
    package var challengeType: ACMEChallengeType

    package init(
        address: CairnIPAddress, port: Int, isTLS: Bool = false, host: String, authority: String, path: String,
        userAgent: String = "Cairn-Validation", bodyLimit: Int, timeout: Duration,
        challengeType: ACMEChallengeType = .http01
    ) {
        (self.userAgent, self.challengeType) = (userAgent, challengeType)
        (self.address, self.port, self.isTLS, self.host) = (address, port, isTLS, host)
        (self.authority, self.path, self.bodyLimit, self.timeout) = (authority, path, bodyLimit, timeout)
    }

    package enum Outcome: Hashable, Sendable {
        /// An HTTP response. `location` is its header field of that name.
        case response(status: Int, location: String?, body: [UInt8])
        case failure(ProbeFailure)
    }
}

/// One TLS handshake.
package struct TLSProbe: Hashable, Sendable {
    package var address: CairnIPAddress
    package var port: Int
    /// The name or address that the handshake is about, as the identifier has it.
    package var host: String
    /// The SNI, which is another name than the host with some challenges.
    package var serverName: String
    /// The one protocol that is offered in ALPN; `nil` offers none, and the extension is left out.
    package var applicationProtocol: String?
    package var timeout: Duration
    /// The remote perspective that looks; `nil` for the primary one.
    package var perspective: String?
    /// What the handshake is to show; a server tells it by the protocol that is offered.
    package var challengeType: ACMEChallengeType

    package init(
        address: CairnIPAddress, port: Int, host: String, serverName: String, offering applicationProtocol: String?,
        timeout: Duration, challengeType: ACMEChallengeType
    ) {
        (self.address, self.port, self.host, self.timeout) = (address, port, host, timeout)
        self.challengeType = challengeType
        (self.serverName, self.applicationProtocol) = (serverName, applicationProtocol)
    }

    package enum Outcome: Hashable, Sendable {
        /// A finished handshake: the protocol that ALPN chose, and the certificate that the server showed, in DER.
        case completed(applicationProtocol: String?, certificate: [UInt8])
        case failure(ProbeFailure)
    }
}

/// Why a probe got no answer.
package enum ProbeFailure: Hashable, Sendable {
    case refused
    /// Nothing came within the probe's timeout, while doing what is named ("connecting", "waiting for the response").
    case timedOut(String)
    /// The connection ended, while doing what is named.
    case closed(String)
    /// TLS failed, in the words of the TLS library.
    case tls(String)
    /// What came was not HTTP, in words.
    case notHTTP(String)
    /// Anything else (no route, no more sockets), in the words of the operating system.
    case other(String)

    /// What a prober is doing until there is a connection, as ``timedOut(_:)`` and ``closed(_:)`` name it.
    package static let connecting = "connecting"
}

extension ProbeFailure {
    /// Whether there was no connection at all, so that the address of the other family is worth trying.
    var isBeforeConnection: Bool {
        switch self {
        case .refused, .other: true
        case .timedOut(let step), .closed(let step): step == Self.connecting
        case .tls, .notHTTP: false
        }
    }

    /// The problem of a probe that got no answer.
    ///
    /// `tls` if TLS failed, `incorrectResponse` if what came was not HTTP, and otherwise `connection`.
    ///
    /// - Parameter action: what was done where, as the beginning of the detail.
    func problem(_ action: String) -> ACMEProblem {
        switch self {
        case .refused: ACMEProblem(.connection, "\(action): connection refused")
        case .timedOut(let step): ACMEProblem(.connection, "\(action): timed out while \(step)")
        case .closed(let step): ACMEProblem(.connection, "\(action): the connection was closed while \(step)")
        case .tls(let words): ACMEProblem(.tls, "\(action): TLS failed: \(words)")
        case .notHTTP(let words): ACMEProblem(.incorrectResponse, "\(action): expected an HTTP response, got \(words)")
        case .other(let words): ACMEProblem(.connection, "\(action): \(words)")
        }
    }
}

extension CairnIPAddress {
    /// The address with a port, as in a URL.
    func endpoint(_ port: Int) -> String { "\(urlHost):\(port)" }
}

/// How validations probe: ports, timeouts, perspectives, resolver.
///
/// A client that serves its own challenges on a free port sets the CA to connect there:
///
/// ```swift
/// ca.probes.httpPort = server.port
/// ```
///
/// Changes apply to validations that start afterwards. ``CairnValidationDecisions`` says whether to validate at all.
public struct CairnProbeSettings: Hashable, Sendable {
    /// The port used instead of 80 for every host (RFC 8555 §8.3), also in redirects; 5002 by default.
    public var httpPort: Int
    /// The port used instead of 443 for every host (RFC 8737 §3), also in redirects; 5001 by default.
    public var tlsPort: Int
    /// Whether the first request of `http-01` includes ``httpPort`` in URL and `Host`, as with Pebble.
    ///
    /// Default: `false`; servers see the same `Host` as from a public CA.
    public var hostIncludesPort: Bool
    /// The `User-Agent` of `http-01` requests, in visible ASCII and spaces; `Cairn-Validation` by default.
    ///
    /// Some servers treat validation requests specially by this field.
    public var userAgent: String
    /// The maximum number of redirects to follow; 10 by default.
    public var redirectLimit: Int
    /// The ports that redirects may lead to, before 80 and 443 are substituted.
    ///
    /// Default: `nil`, which allows all. Public CAs allow only 80 and 443.
    public var redirectPorts: Set<Int>?
    /// The maximum body size of `http-01` responses, in bytes; 4096 by default.
    public var bodyLimit: Int
    /// The timeout of each HTTP request and TLS handshake, including the connection; 10 seconds by default.
    public var timeout: Duration
    /// The addresses that may be connected to; ``Addresses/any`` by default.
    public var addresses: Addresses
    /// The names of the remote perspectives that repeat a successful validation (RFC 8555 §10.2), in order; none by
    /// default.
    ///
    /// Each has its own view of the fake DNS; see ``CairnDNSTable/view(_:)``.
    public var perspectives: [String]
    /// How many of ``perspectives`` have to agree.
    ///
    /// Default: `nil`, the rule of public CAs: all of one, all but one of two to five, all but two of more.
    public var perspectiveQuorum: Int?
    /// A resolver to use instead of the fake DNS.
    ///
    /// Remote perspectives then use it too, and CAA records are checked with each validation but not again before
    /// issuance. Queries to a server time out after ``timeout``, those to the system resolver when that does;
    /// unanswered queries count as `SERVFAIL`. Default: `nil`, the fake DNS.
    ///
    /// Deviation: this is the only setting that lets names from clients leave the process.
    public var resolver: CairnResolver?

    /// The addresses that validations may connect to.
    public enum Addresses: String, CaseIterable, Hashable, Sendable {
        /// All addresses in the DNS.
        case any
        /// Only addresses on the public Internet, also after redirects, as RFC 8555 §10.4 recommends for public CAs.
        ///
        /// Loopback, private, link-local, multicast and other special-purpose addresses (RFC 6890) are skipped. A host
        /// without others is a `dns` problem.
        case publicOnly
    }

    /// Omitted values use the defaults of their properties.
    ///
    /// Nothing is checked here.
    public init(
        httpPort: Int = 5002, tlsPort: Int = 5001, hostIncludesPort: Bool = false,
        userAgent: String = "Cairn-Validation", redirectLimit: Int = 10, redirectPorts: Set<Int>? = nil,
        bodyLimit: Int = 4096, timeout: Duration = .seconds(10),
        addresses: Addresses = .any, perspectives: [String] = [], perspectiveQuorum: Int? = nil,
        resolver: CairnResolver? = nil
    ) {
        (self.httpPort, self.tlsPort, self.hostIncludesPort) = (httpPort, tlsPort, hostIncludesPort)
        (self.userAgent, self.redirectLimit, self.redirectPorts) = (userAgent, redirectLimit, redirectPorts)
        (self.bodyLimit, self.timeout, self.addresses) = (bodyLimit, timeout, addresses)
        (self.perspectives, self.perspectiveQuorum) = (perspectives, perspectiveQuorum)
        self.resolver = resolver
    }
}

/// The beginning of what came, as a problem shows it.
enum Excerpt {
    /// The first 100 characters; what is not printable ASCII is shown as `\xNN`.
    static func of(_ bytes: [UInt8]) -> String {
        let text = bytes.prefix(100).reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "\n"): text += "\\n"
            case UInt8(ascii: "\r"): text += "\\r"
            case UInt8(ascii: "\t"): text += "\\t"
            case 0x20...0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return bytes.count > 100 ? text + "…" : text
    }

    /// The bytes in hexadecimal, at most 64 of them.
    static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        bytes.prefix(64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            + (bytes.count > 64 ? "…" : "")
    }
}
