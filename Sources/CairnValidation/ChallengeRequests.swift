public import CairnModel
import Synchronization

/// A request to a ``CairnChallengeResponder``: an HTTP request or a TLS handshake.
public struct CairnChallengeRequest: Hashable, Sendable {
    /// The number of the request, from 1; numbering continues when old ones are dropped or cleared.
    public internal(set) var number = 0
    /// The challenge type: `http-01` for HTTP requests.
    public var challengeType: ACMEChallengeType
    /// The host in lower case: the `Host` without a port, or the SNI.
    public var host: String
    /// The `Host` of an HTTP request as sent; `nil` for a handshake.
    public var authority: String?
    /// The path and query of an HTTP request; `nil` for a handshake.
    public var path: String?
    /// Whether it uses TLS.
    public var isTLS: Bool
    /// The SNI, if any.
    public var serverName: String?
    /// The protocols offered by ALPN (RFC 7301), in order of preference; empty for an HTTP request.
    public var applicationProtocols: [String]
    /// The `User-Agent`, if any; `nil` for in-memory requests.
    public var userAgent: String?

    /// An HTTP request.
    package init(path: String, authority: String, isTLS: Bool, serverName: String?, userAgent: String?) {
        challengeType = .http01
        host = Self.host(of: authority)
        (self.path, self.authority, self.isTLS) = (path, authority, isTLS)
        (self.serverName, self.userAgent, applicationProtocols) = (serverName, userAgent, [])
    }

    /// A handshake.
    package init(_ type: ACMEChallengeType, serverName: String?, offering protocols: [String]) {
        (challengeType, isTLS) = (type, true)
        host = HostText.key(serverName ?? "")
        (self.serverName, applicationProtocols) = (serverName, protocols)
    }

    init(_ probe: HTTPProbe) {
        let name = probe.isTLS && CairnIPAddress(probe.host) == nil ? probe.host : nil
        self.init(
            path: probe.path, authority: probe.authority, isTLS: probe.isTLS, serverName: name,
            userAgent: probe.userAgent)
    }

    init(_ probe: TLSProbe) {
        self.init(
            probe.challengeType, serverName: probe.serverName,
            offering: probe.applicationProtocol.map { [$0] } ?? [])
    }

    /// A `Host` without its port and without brackets, as hosts are compared.
    static func host(of authority: String) -> String {
        if authority.begins(with: "[") { return HostText.key(String(authority.dropFirst().text(before: "]"))) }
        return HostText.key(String(authority.text(before: ":")))
    }
}

extension CairnChallengeRequest: CustomStringConvertible {
    /// One line of text.
    public var description: String {
        guard let path else {
            return
                "#\(number) TLS \(serverName ?? "without a name"), ALPN \(applicationProtocols.joined(separator: ", "))"
        }
        return "#\(number) \(isTLS ? "https" : "http")://\(authority ?? "")\(path)"
    }
}

/// What was asked for, the oldest first, at most so many.
struct ChallengeRequestLog: Sendable {
    private var entries: [CairnChallengeRequest] = []
    private var count = 0

    /// How many are kept.
    static let limit = 10_000

    var all: [CairnChallengeRequest] { Array(entries.suffix(Self.limit)) }

    mutating func append(_ request: CairnChallengeRequest) {
        count += 1
        // Many are dropped at a time, so that it costs nothing to speak of.
        if entries.count >= 2 * Self.limit { entries.removeFirst(Self.limit) }
        entries.append(request)
        entries[entries.count - 1].number = count
    }

    mutating func removeAll(where isUnwanted: (CairnChallengeRequest) -> Bool) { entries.removeAll(where: isUnwanted) }
}

// MARK: - The history

extension CairnChallengeResponder {
    /// The requests answered here, oldest first; the last 10,000 are kept.
    ///
    /// Probes without an answer here, which go to the network, are not included.
    public var requests: [CairnChallengeRequest] { state.withLock { $0.requests.all } }

    /// The requests for a host; hosts are case-insensitive.
    public func requests(for host: String) -> [CairnChallengeRequest] {
        let key = HostText.key(host)
        return requests.filter { $0.host.isSame(as: key) }
    }

    /// Clears the history; numbering continues.
    public func clearRequests() { state.withLock { $0.requests.removeAll { _ in true } } }

    /// Clears the history of a host; numbering continues.
    ///
    /// - Parameter type: `http-01` for HTTP requests; `nil` for everything.
    public func clearRequests(for host: String, type: ACMEChallengeType? = nil) {
        let key = HostText.key(host)
        state.withLock { state in
            state.requests.removeAll { $0.host.isSame(as: key) && (type == nil || $0.challengeType == type) }
        }
    }

    func note(_ request: CairnChallengeRequest) { state.withLock { $0.requests.append(request) } }
}

// MARK: - Redirects

extension CairnChallengeResponder {
    /// Redirects plain HTTP requests for a path with 302, whatever the host and query.
    ///
    /// - Parameters:
    ///   - path: the full path: `/.well-known/acme-challenge/TOKEN`.
    ///   - url: the `Location`, used unchanged.
    public func setRedirect(path: String, to url: String) {
        state.withLock { $0.redirects[WireText(path)] = url }
    }

    /// Removes the redirect of a path.
    public func removeRedirect(path: String) {
        state.withLock { $0.redirects[WireText(path)] = nil }
    }

    func redirect(of probe: CairnChallengeProbe) -> CairnChallengeProbe.Answer? {
        guard !probe.isTLS, let path = probe.path?.text(before: "?"),
            let url = state.withLock({ $0.redirects[WireText(String(path))] })
        else { return nil }
        // A page for people, as RFC 9110 §15.4.3 would have it.
        let page = "<a href=\"\(url.escapedForHTML)\">Found</a>.\n\n"
        return .response(status: 302, location: url, body: Array(page.utf8))
    }
}

extension String {
    fileprivate var escapedForHTML: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&#34;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

// MARK: - Over connections

extension CairnChallengeResponder {
    /// What a server of HTTP answers to a request, which is noted; `nil` if nobody here has an answer.
    package func serve(_ request: CairnChallengeRequest) -> CairnChallengeProbe.Answer? {
        note(request)
        let probe = HTTPProbe(
            address: .loopbackV4, port: 0, isTLS: request.isTLS, host: request.host,
            authority: request.authority ?? "", path: String((request.path ?? "/").text(before: "?")),
            bodyLimit: .max, timeout: .zero)
        return answer(to: CairnChallengeProbe(probe))
    }

    /// The certificate for `tls-alpn-01` that a server shows to a handshake, which is noted; `nil` if there is none for the
    /// name in the SNI.
    ///
    /// For an address, that name is its name in reverse (RFC 8738 §6).
    package func certificate(for handshake: CairnChallengeRequest) throws -> ServedCertificate? {
        note(handshake)
        guard let name = handshake.serverName.map(HostText.key), !name.isEmpty else { return nil }
        let host = CairnIPAddress(reverseName: name)?.description ?? name
        let probe = TLSProbe(
            address: .loopbackV4, port: 0, host: host, serverName: name, offering: TLSALPN01.applicationProtocol,
            timeout: .zero, challengeType: .tlsALPN01)
        guard case .keyAuthorization(let text) = answer(to: CairnChallengeProbe(probe)) else { return nil }
        return try TLSALPN01.certificate(for: host, keyAuthorization: text, at: now()) { draw($0) }
    }
}
