import ACME
package import FakeDNS

/// Carries validations out: it asks the policy, drives the state machine of the challenge type, looks names up in the
/// table and has the prober do the rest.
package struct ValidationAuthority: Sendable {
    private let dns: DNSTable
    private let prober: any Prober
    private let policy: ValidationPolicy
    private let configuration: ValidationConfiguration

    package init(
        dns: DNSTable, prober: any Prober, policy: ValidationPolicy = ValidationPolicy(),
        configuration: ValidationConfiguration = ValidationConfiguration()
    ) {
        (self.dns, self.prober, self.policy, self.configuration) = (dns, prober, policy, configuration)
    }

    /// Finds out whether the client controls the identifier.
    ///
    /// A challenge type that this module does not know, and `dns-01` for an address (RFC 8738 §7), are `malformed`.
    ///
    /// - Parameter completion: called once: before this returns if nothing had to be waited for, as with `dns-01` and
    ///   with probers that answer at once; otherwise by the prober, on a thread of its choosing.
    package func validate(_ attempt: ValidationAttempt, completion: @escaping @Sendable (Verdict) -> Void) {
        switch policy.decision(for: attempt.identifier) {
        case .approve: return completion(.valid)
        case .deny(let problem): return completion(.invalid(problem))
        case .probe: break
        }
        switch attempt.challengeType {
        case .http01:
            var machine = HTTP01(attempt, configuration)
            let action = machine.start()
            run(machine, action, completion)
        case .dns01:
            completion(validateDNS01(attempt))
        case .tlsALPN01:
            var machine = TLSALPN01(attempt, configuration)
            let action = machine.start()
            run(machine, action, completion)
        default:
            completion(
                .invalid(
                    Problem(
                        .malformed,
                        "expected the challenge type http-01, dns-01 or tls-alpn-01, got \(attempt.challengeType)")))
        }
    }

    private func validateDNS01(_ attempt: ValidationAttempt) -> Verdict {
        guard attempt.identifier.type == .dns else {
            return .invalid(
                Problem(
                    .malformed, "expected a dns identifier for dns-01, got \(attempt.identifier) (RFC 8738 §7)"))
        }
        var machine = DNS01(attempt)
        var action = machine.start()
        while true {
            switch action {
            case .lookUp(let name): action = machine.answered(dns.lookup(name, .txt))
            case .finished(let verdict): return verdict
            }
        }
    }

    private func run(
        _ machine: HTTP01, _ action: HTTP01.Action, _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        var (machine, action) = (machine, action)
        while true {
            switch action {
            case .resolve(let host): action = machine.resolved(AddressLookup(host, in: dns))
            case .fetch(let probe):
                return prober.fetch(probe) { [self, machine] outcome in
                    var machine = machine
                    let next = machine.fetched(outcome)
                    run(machine, next, completion)
                }
            case .finished(let verdict): return completion(verdict)
            }
        }
    }

    private func run(
        _ machine: TLSALPN01, _ action: TLSALPN01.Action, _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        var (machine, action) = (machine, action)
        while true {
            switch action {
            case .resolve(let host): action = machine.resolved(AddressLookup(host, in: dns))
            case .handshake(let probe):
                return prober.handshake(probe) { [self, machine] outcome in
                    var machine = machine
                    let next = machine.shook(outcome)
                    run(machine, next, completion)
                }
            case .finished(let verdict): return completion(verdict)
            }
        }
    }
}
