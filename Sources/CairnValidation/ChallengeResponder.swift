package import CairnDNS
public import CairnModel
import Synchronization

/// Answers challenges in the process, for clients without a web server or TLS server.
///
/// ```swift
/// ca.responder.setHTTP01(token: token, keyAuthorization: keyAuthorization)
/// ca.responder.setTLSALPN01(name: "www.example.test", keyAuthorization: keyAuthorization)
/// ca.responder.onProbe { probe in probe.host == "slow.test" ? .timedOut : nil }
/// ```
///
/// No socket is opened: a validation gets answers from here immediately. All other checks, including DNS lookups, still
/// apply. Probes without an answer here go to the network.
///
/// Closures are asked first, the newest before the others; then redirects; then entries for a name; then those for a
/// token. ``requests`` has the history.
public final class CairnChallengeResponder: Sendable {
    /// Answers a probe, or declines with `nil`.
    public typealias Closure = @Sendable (CairnChallengeProbe) -> CairnChallengeProbe.Answer?

    /// What is asked for, and of whom.
    fileprivate struct Key: Hashable {
        var type: ACMEChallengeType
        /// What a probe names: the token in the path, or the SNI.
        var asked: WireText
        /// The name or address that is validated; `nil` for any.
        var host: WireText?
    }

    struct State {
        /// Key authorizations.
        fileprivate var entries: [Key: String] = [:]
        fileprivate var closures: [Closure] = []
        /// Where paths lead.
        var redirects: [WireText: String] = [:]
        var requests = ChallengeRequestLog()
        fileprivate var generator: SeededGenerator

        fileprivate init(generator: SeededGenerator) { self.generator = generator }
    }

    let state: Mutex<State>
    /// What chance was at the start.
    private let generator: SeededGenerator
    /// Where the challenges are met that a DNS record meets.
    let dns: CairnDNSTable
    private let network: any Prober
    let now: @Sendable () -> CairnInstant

    /// - Parameters:
    ///   - dns: the fake DNS.
    ///   - network: who makes the probes that are not answered here.
    ///   - generator: where keys and serial numbers of certificates come from.
    ///   - now: the time around which those certificates are valid.
    package init(
        dns: CairnDNSTable, forwardingTo network: any Prober, generator: SeededGenerator,
        now: @escaping @Sendable () -> CairnInstant
    ) {
        (self.dns, self.generator) = (dns, generator)
        state = Mutex(State(generator: generator))
        (self.network, self.now) = (network, now)
    }

    /// Has probes for a type answered with a key authorization; `nil` takes that back.
    ///
    /// - Parameters:
    ///   - asked: what a probe names: the token in the path, or the SNI.
    ///   - host: the name or address that is validated; `nil` for any.
    func set(_ type: ACMEChallengeType, asked: String, for host: String? = nil, _ keyAuthorization: String?) {
        let key = Key(type: type, asked: WireText(asked), host: host.map { WireText(HostText.key($0)) })
        state.withLock { $0.entries[key] = keyAuthorization }
    }

    /// Adds a closure that answers probes.
    ///
    /// It is called on the validating thread, without locks held.
    public func onProbe(_ closure: @escaping Closure) {
        state.withLock { $0.closures.append(closure) }
    }

    /// Removes all entries, redirects and closures.
    ///
    /// Keeps records of DNS challenges (see ``CairnDNSTable/reset()``) and the history (see ``clearRequests()``).
    public func reset() {
        state.withLock { ($0.entries, $0.closures, $0.redirects) = ([:], [], [:]) }
    }

    /// Forgets all entries, redirects and closures, and the history, and makes the same choices by chance as before.
    package func beginAnew() {
        state.withLock { $0 = State(generator: generator) }
    }

    func answer(to probe: CairnChallengeProbe) -> CairnChallengeProbe.Answer? {
        for closure in state.withLock({ $0.closures }).reversed() {
            if let answer = closure(probe) { return answer }
        }
        if let redirect = redirect(of: probe) { return redirect }
        guard let asked = (probe.token ?? probe.serverName).map(WireText.init) else { return nil }
        let (own, any) = (
            Key(type: probe.challengeType, asked: asked, host: WireText(probe.host)),
            Key(type: probe.challengeType, asked: asked)
        )
        return state.withLock { $0.entries[own] ?? $0.entries[any] }.map(CairnChallengeProbe.Answer.keyAuthorization)
    }

    /// Bytes that nobody else is given, from the seed.
    func draw(_ count: Int) -> [UInt8] { state.withLock { $0.generator.bytes(count) } }
}

extension CairnChallengeResponder: Prober {
    package func fetch(_ probe: HTTPProbe, completion: @escaping @Sendable (HTTPProbe.Outcome) -> Void) {
        let answer = answer(to: CairnChallengeProbe(probe))
        if answer != nil { note(CairnChallengeRequest(probe)) }
        switch answer {
        case nil: network.fetch(probe, completion: completion)
        case .keyAuthorization(let text)?:
            completion(.response(status: 200, location: nil, body: Array(text.utf8.prefix(probe.bodyLimit))))
        case .response(let status, let location, let body)?:
            completion(.response(status: status, location: location, body: Array(body.prefix(probe.bodyLimit))))
        case let answer?: completion(.failure(answer.failure))
        }
    }

    package func handshake(_ probe: TLSProbe, completion: @escaping @Sendable (TLSProbe.Outcome) -> Void) {
        let challenge = CairnChallengeProbe(probe)
        let answer = answer(to: challenge)
        if answer != nil { note(CairnChallengeRequest(probe)) }
        switch answer {
        case nil: network.handshake(probe, completion: completion)
        case .keyAuthorization(let text)?: completion(handshake(challenge, keyAuthorization: text))
        case .certificate(let certificate, let applicationProtocol)?:
            completion(.completed(applicationProtocol: applicationProtocol, certificate: certificate))
        case let answer?: completion(.failure(answer.failure))
        }
    }

    /// Questions are for the DNS: nothing here answers any.
    package func lookUp(_ probe: DNSProbe, completion: @escaping @Sendable (DNSAnswer) -> Void) {
        network.lookUp(probe, completion: completion)
    }

    /// A handshake that shows the certificate for a key authorization.
    private func handshake(_ probe: CairnChallengeProbe, keyAuthorization: String) -> TLSProbe.Outcome {
        guard let kind = ChallengeKinds.validated.first(where: { $0.type == probe.challengeType }) as? any TLSKind
        else {
            return .failure(.closed("waiting for the response"))
        }
        let seed = draw(48)
        do {
            return try kind.handshake(for: probe.host, keyAuthorization: keyAuthorization, at: now(), seed: seed)
        } catch {
            return .failure(.tls("no certificate for \(probe.host): \(error)"))
        }
    }
}

extension CairnChallengeProbe.Answer {
    /// The failure that an answer stands for, if it is not one to the question.
    fileprivate var failure: ProbeFailure {
        switch self {
        case .refused: .refused
        case .timedOut: .timedOut("waiting for the response")
        case .tlsFailure(let words): .tls(words)
        case .keyAuthorization, .response, .certificate, .closed: .closed("waiting for the response")
        }
    }
}

/// A probe of a validation.
public struct CairnChallengeProbe: Hashable, Sendable {
    /// The challenge type.
    public var challengeType: ACMEChallengeType
    /// The name or address that is probed.
    ///
    /// For `tls-alpn-01` of an address, where the SNI has the reverse name, this is the address.
    public var host: String
    /// The address to connect to if nobody answers here.
    public var address: CairnIPAddress
    /// The port at ``address``.
    public var port: Int
    /// Whether it uses TLS; always for other types than `http-01`.
    public var isTLS: Bool
    /// The path and query of an HTTP request.
    public var path: String?
    /// The SNI of a TLS handshake; for `tls-sni-02`, SAN A.
    public var serverName: String?
    /// The remote perspective (RFC 8555 §10.2); `nil` for the primary one.
    public var perspective: String?

    init(_ probe: HTTPProbe) {
        (challengeType, host, perspective) = (probe.challengeType, HostText.key(probe.host), probe.perspective)
        (address, port, isTLS, path) = (probe.address, probe.port, probe.isTLS, probe.path)
    }

    init(_ probe: TLSProbe) {
        (challengeType, perspective) = (probe.challengeType, probe.perspective)
        (address, port, isTLS, serverName) = (probe.address, probe.port, true, probe.serverName)
        host = HostText.key(probe.host)
    }

    /// The last part of the path below `/.well-known/acme-challenge/` (RFC 8555 §8.3).
    public var token: String? {
        let prefix = "/.well-known/acme-challenge/"
        guard let path, path.begins(with: prefix) else { return nil }
        return String(path.unicodeScalars.dropFirst(prefix.utf8.count))
    }

    /// The answer to a probe.
    public enum Answer: Hashable, Sendable {
        /// The correct answer for a key authorization: a response body or a certificate.
        case keyAuthorization(String)
        /// An HTTP response; for other types the same as ``closed``.
        case response(status: Int, location: String? = nil, body: [UInt8] = [])
        /// A completed handshake with a certificate in DER; for `http-01` the same as ``closed``.
        ///
        /// `tls-sni-02` ignores the protocol.
        case certificate([UInt8], applicationProtocol: String? = "acme-tls/1")
        /// Nobody listens at the port.
        case refused
        /// No answer before the timeout.
        case timedOut
        /// The connection is closed without an answer.
        case closed
        /// TLS fails for a reason.
        case tlsFailure(String)
    }
}
