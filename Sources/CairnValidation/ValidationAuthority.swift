package import CairnDNS
import CairnModel

/// Carries validations out: it asks the policy, drives the state machine of the challenge type and that of CAA, looks
/// names up in the table and has the prober do the rest, from one perspective after the other.
package struct ValidationAuthority: Sendable {
    private let dns: CairnDNSTable
    private let prober: any Prober
    private let policy: CairnValidationPolicy
    private let configuration: CairnValidationConfiguration

    package init(
        dns: CairnDNSTable, prober: any Prober, policy: CairnValidationPolicy = CairnValidationPolicy(),
        configuration: CairnValidationConfiguration = CairnValidationConfiguration()
    ) {
        (self.dns, self.prober, self.policy, self.configuration) = (dns, prober, policy, configuration)
    }

    /// Finds out whether the client controls the identifier, and then whether CAA records allow the certificate.
    ///
    /// A challenge type that this module does not know, and `dns-01` (RFC 8738 §7) or `tls-sni-02` for an address, are
    /// `malformed`. An `oob-01` challenge that nobody has decided, neither the policy nor a human, has no verdict: it is to
    /// be brought here again once it is decided.
    ///
    /// - Parameter completion: called once if there is a verdict: before this returns if nothing had to be waited for, as
    ///   with `dns-01` and with probers that answer at once; otherwise by the prober, on a thread of its choosing.
    package func validate(_ attempt: ValidationAttempt, completion: @escaping @Sendable (Verdict) -> Void) {
        var machine = Corroboration(configuration)
        let action = machine.start()
        run(machine, action, attempt, completion)
    }

    /// Finds out whether CAA records allow the certificate, without a look at any challenge.
    ///
    /// The policy decides first, as it does for validations: what it approves has no CAA records to fear.
    package func checkCAA(_ check: CAACheck) -> Verdict {
        var machine = Corroboration(configuration)
        var action = machine.start()
        while true {
            switch action {
            case .ask(let perspective):
                action = machine.heard(decided(check.identifier, perspective) ?? lookUpCAA(check, perspective))
            case .finished(let verdict): return verdict
            }
        }
    }

    private func run(
        _ machine: Corroboration, _ action: Corroboration.Action, _ attempt: ValidationAttempt,
        _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        switch action {
        case .ask(let perspective):
            look(attempt, perspective) { [self, machine] verdict in
                var machine = machine
                let next = machine.heard(verdict)
                run(machine, next, attempt, completion)
            }
        case .finished(let verdict): completion(verdict)
        }
    }

    // MARK: One perspective

    /// What the policy says without a look; `nil` if it wants one.
    private func decided(_ identifier: ACMEIdentifier, _ perspective: String?) -> Verdict? {
        switch policy.decision(for: identifier, from: perspective) {
        case .approve: .valid
        case .deny(let problem): .invalid(problem)
        case .probe: nil
        }
    }

    private func look(
        _ attempt: ValidationAttempt, _ perspective: String?, _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        if let verdict = decided(attempt.identifier, perspective) { return completion(verdict) }
        validateChallenge(attempt, perspective) { [self] verdict in
            guard verdict.problem == nil, let check = attempt.caaCheck else { return completion(verdict) }
            let caa = lookUpCAA(check, perspective)
            completion(Verdict(caa.outcome, records: verdict.records + caa.records))
        }
    }

    private func validateChallenge(
        _ attempt: ValidationAttempt, _ perspective: String?, _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        switch attempt.challengeType {
        case .http01:
            var machine = HTTP01(attempt, configuration)
            let action = machine.start()
            run(machine, action, perspective, completion)
        case .dns01:
            completion(validateDNS01(attempt, perspective))
        case .tlsALPN01:
            var machine = TLSValidation(TLSALPN01(attempt), for: attempt.identifier, configuration)
            let action = machine.start()
            run(machine, action, perspective, completion)
        case .tlsSNI02:
            guard attempt.identifier.type == .dns else {
                let expectation = "expected a dns identifier for tls-sni-02, got \(attempt.identifier)"
                return completion(.invalid(ACMEProblem(.malformed, "\(expectation) (ACME draft of March 2017)")))
            }
            var machine = TLSValidation(TLSSNI02(attempt), for: attempt.identifier, configuration)
            let action = machine.start()
            run(machine, action, perspective, completion)
        case .oob01:
            // A human decides once, wherever he is seen from.
            guard perspective == nil else { return completion(.valid) }
            if let decision = attempt.decision { completion(Verdict(decision)) }
        default:
            completion(
                .invalid(
                    ACMEProblem(
                        .malformed,
                        "expected the challenge type http-01, dns-01, tls-alpn-01, tls-sni-02 or oob-01, got "
                            + "\(attempt.challengeType)")))
        }
    }

    private func validateDNS01(_ attempt: ValidationAttempt, _ perspective: String?) -> Verdict {
        guard attempt.identifier.type == .dns else {
            return .invalid(
                ACMEProblem(
                    .malformed, "expected a dns identifier for dns-01, got \(attempt.identifier) (RFC 8738 §7)"))
        }
        var machine = DNS01(attempt)
        var action = machine.start()
        while true {
            switch action {
            case .lookUp(let name): action = machine.answered(dns.lookup(name, .txt, from: perspective))
            case .finished(let verdict): return verdict
            }
        }
    }

    private func lookUpCAA(_ check: CAACheck, _ perspective: String?) -> Verdict {
        var machine = CAA(check)
        var action = machine.start()
        while true {
            switch action {
            case .lookUp(let name): action = machine.answered(dns.lookup(name, .caa, from: perspective))
            case .finished(let verdict): return verdict
            }
        }
    }

    private func run(
        _ machine: HTTP01, _ action: HTTP01.Action, _ perspective: String?,
        _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        var (machine, action) = (machine, action)
        while true {
            switch action {
            case .resolve(let host): action = machine.resolved(AddressLookup(host, in: dns, from: perspective))
            case .fetch(var probe):
                probe.perspective = perspective
                return prober.fetch(probe) { [self, machine] outcome in
                    var machine = machine
                    let next = machine.fetched(outcome)
                    run(machine, next, perspective, completion)
                }
            case .finished(let verdict): return completion(verdict)
            }
        }
    }

    private func run<Challenge>(
        _ machine: TLSValidation<Challenge>, _ action: TLSValidation<Challenge>.Action, _ perspective: String?,
        _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        var (machine, action) = (machine, action)
        while true {
            switch action {
            case .resolve(let host): action = machine.resolved(AddressLookup(host, in: dns, from: perspective))
            case .handshake(var probe):
                probe.perspective = perspective
                return prober.handshake(probe) { [self, machine] outcome in
                    var machine = machine
                    let next = machine.shook(outcome)
                    run(machine, next, perspective, completion)
                }
            case .finished(let verdict): return completion(verdict)
            }
        }
    }
}
