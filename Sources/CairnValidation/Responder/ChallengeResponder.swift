package import CairnModel
import Synchronization

/// Answers challenges inside the process, for clients that have no web server and no TLS server.
///
///     ca.responder.setHTTP01(token: token, keyAuthorization: keyAuthorization)
///     ca.responder.setTLSALPN01(name: "www.example.test", keyAuthorization: keyAuthorization)
///     ca.responder.answer { probe in probe.host == "slow.test" ? .timedOut : nil }
///
/// No socket is opened: a validation that finds an answer here has it at once. It goes through all its checks all the
/// same, the lookup of the name among them. What nobody here has an answer for goes out to the network.
///
/// Closures are asked first, the last one added before the others; then the entries of a name; then those of a token.
public final class CairnChallengeResponder: Sendable {
    /// Answers a probe, or passes with `nil`.
    public typealias Closure = @Sendable (CairnChallengeProbe) -> CairnChallengeProbe.Answer?

    /// What is asked for, and of whom.
    private struct Key: Hashable {
        /// `nil` for every name.
        var name: WireText?
        /// The token of `http-01`, the SAN A of `tls-sni-02`.
        var asked: WireText

        init(name: String? = nil, asked: String) {
            (self.name, self.asked) = (name.map(WireText.init), WireText(asked))
        }
    }

    /// Key authorizations, by what a probe for each challenge type says.
    private struct State {
        var http01: [Key: String] = [:]
        var tlsALPN01: [WireText: String] = [:]
        var tlsSNI02: [Key: String] = [:]
        var closures: [Closure] = []
        var generator: SeededGenerator
    }

    private let state: Mutex<State>
    private let network: any Prober
    private let now: @Sendable () -> CairnInstant

    /// - Parameters:
    ///   - network: who makes the probes that are not answered here.
    ///   - generator: where keys and serial numbers of certificates come from.
    ///   - now: the time around which those certificates are valid.
    package init(
        forwardingTo network: any Prober, generator: SeededGenerator, now: @escaping @Sendable () -> CairnInstant
    ) {
        state = Mutex(State(generator: generator))
        (self.network, self.now) = (network, now)
    }

    // MARK: Entries

    /// Serves a key authorization at the path of a token, whatever name is asked for.
    public func setHTTP01(token: String, keyAuthorization: String) {
        state.withLock { $0.http01[Key(asked: token)] = keyAuthorization }
    }

    /// Serves a key authorization at the path of a token, for one name or address alone.
    public func setHTTP01(name: String, token: String, keyAuthorization: String) {
        state.withLock { $0.http01[Key(name: HostText.key(name), asked: token)] = keyAuthorization }
    }

    /// Takes back what was set for a token and no name.
    public func removeHTTP01(token: String) {
        state.withLock { $0.http01[Key(asked: token)] = nil }
    }

    /// Takes back what was set for a token and a name.
    public func removeHTTP01(name: String, token: String) {
        state.withLock { $0.http01[Key(name: HostText.key(name), asked: token)] = nil }
    }

    /// Shows TLS clients that ask for a name or an address with `acme-tls/1` a self-signed certificate with the digest of
    /// a key authorization (RFC 8737 §3).
    public func setTLSALPN01(name: String, keyAuthorization: String) {
        state.withLock { $0.tlsALPN01[WireText(HostText.key(name))] = keyAuthorization }
    }

    /// Takes back what was set for a name or an address.
    public func removeTLSALPN01(name: String) {
        state.withLock { $0.tlsALPN01[WireText(HostText.key(name))] = nil }
    }

    /// Shows TLS clients that ask for the SAN A of a token a self-signed certificate with SAN A and SAN B (ACME draft of
    /// March 2017), whatever name is being validated.
    public func setTLSSNI02(token: String, keyAuthorization: String) {
        state.withLock { $0.tlsSNI02[Key(asked: TLSSNI02Names.a(for: token))] = keyAuthorization }
    }

    /// Shows such a certificate where one name is being validated alone.
    public func setTLSSNI02(name: String, token: String, keyAuthorization: String) {
        let key = Key(name: HostText.key(name), asked: TLSSNI02Names.a(for: token))
        state.withLock { $0.tlsSNI02[key] = keyAuthorization }
    }

    /// Takes back what was set for a token and no name.
    public func removeTLSSNI02(token: String) {
        state.withLock { $0.tlsSNI02[Key(asked: TLSSNI02Names.a(for: token))] = nil }
    }

    /// Takes back what was set for a token and a name.
    public func removeTLSSNI02(name: String, token: String) {
        let key = Key(name: HostText.key(name), asked: TLSSNI02Names.a(for: token))
        state.withLock { $0.tlsSNI02[key] = nil }
    }

    /// Has a closure answer probes.
    ///
    /// It is called without any lock held, on the thread that validates.
    public func answer(_ closure: @escaping Closure) {
        state.withLock { $0.closures.append(closure) }
    }

    /// Forgets all entries and closures.
    public func reset() {
        state.withLock { state in
            (state.http01, state.tlsALPN01, state.tlsSNI02, state.closures) = ([:], [:], [:], [])
        }
    }

    private func answer(to probe: CairnChallengeProbe) -> CairnChallengeProbe.Answer? {
        for closure in state.withLock({ $0.closures }).reversed() {
            if let answer = closure(probe) { return answer }
        }
        return state.withLock { state -> String? in
            switch (probe.challengeType, probe.token, probe.serverName) {
            case (.http01, let token?, _):
                state.http01[Key(name: probe.host, asked: token)] ?? state.http01[Key(asked: token)]
            case (.tlsALPN01, _, _): state.tlsALPN01[WireText(probe.host)]
            case (.tlsSNI02, _, let name?):
                state.tlsSNI02[Key(name: probe.host, asked: name)] ?? state.tlsSNI02[Key(asked: name)]
            default: nil
            }
        }.map(CairnChallengeProbe.Answer.keyAuthorization)
    }
}

extension CairnChallengeResponder: Prober {
    package func fetch(_ probe: HTTPProbe, completion: @escaping @Sendable (HTTPProbe.Outcome) -> Void) {
        switch answer(to: CairnChallengeProbe(probe)) {
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
        switch answer(to: challenge) {
        case nil: network.handshake(probe, completion: completion)
        case .keyAuthorization(let text)?: completion(handshake(challenge, keyAuthorization: text))
        case .certificate(let certificate, let applicationProtocol)?:
            completion(.completed(applicationProtocol: applicationProtocol, certificate: certificate))
        case let answer?: completion(.failure(answer.failure))
        }
    }

    /// A handshake that shows the certificate for a key authorization.
    private func handshake(_ probe: CairnChallengeProbe, keyAuthorization: String) -> TLSProbe.Outcome {
        let seed = state.withLock { $0.generator.bytes(48) }
        do {
            guard probe.challengeType == .tlsALPN01 else {
                let certificate = try SelfSignedCertificate.tlsSNI02(
                    keyAuthorization: keyAuthorization, at: now(), seed: seed)
                return .completed(applicationProtocol: nil, certificate: certificate)
            }
            let certificate = try SelfSignedCertificate.tlsALPN01(
                for: probe.host, keyAuthorization: keyAuthorization, at: now(), seed: seed)
            return .completed(applicationProtocol: TLSALPN01.applicationProtocol, certificate: certificate)
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
