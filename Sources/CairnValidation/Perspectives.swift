package import CairnDNS
package import CairnModel
import Synchronization

/// Carries validations out: it asks the decisions that were made, drives the state machine of the kind of challenge and that
/// of CAA, looks names up in the table and has the prober do the rest, from one perspective after the other.
package final class ValidationAuthority: Sendable {
    private let dns: CairnDNSTable
    private let prober: any Prober
    private let policy: CairnValidationDecisions
    private let current: Mutex<CairnProbeSettings>

    package init(
        dns: CairnDNSTable, prober: any Prober, policy: CairnValidationDecisions = CairnValidationDecisions(),
        settings: CairnProbeSettings = CairnProbeSettings()
    ) {
        (self.dns, self.prober, self.policy) = (dns, prober, policy)
        current = Mutex(settings)
    }

    /// Where and how long validations look that begin from now on.
    package var settings: CairnProbeSettings {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// Finds out whether the client controls the identifier, and then whether CAA records allow the certificate.
    ///
    /// A challenge type that is not known here, and one that does not fit the identifier, are `malformed`. A challenge that a
    /// human has to decide and nobody has decided, neither the policy nor a human, has no verdict: it is to be brought here
    /// again once it is decided.
    ///
    /// - Parameter completion: called once if there is a verdict: before this returns if nothing had to be waited for, as
    ///   with `dns-01` and with probers that answer at once; otherwise by the prober, on a thread of its choosing.
    package func validate(_ attempt: ValidationAttempt, completion: @escaping @Sendable (Verdict) -> Void) {
        let settings = settings
        var machine = Corroboration(settings)
        let action = machine.start()
        run(machine, action, attempt, settings, completion)
    }

    /// The verdict on a challenge that the fake DNS alone decides; `nil` if anything else has to be waited for, as a resolver
    /// outside has.
    package func lookAhead(_ attempt: ValidationAttempt) -> Verdict? {
        guard settings.resolver == nil else { return nil }
        let found = FirstVerdict()
        validate(attempt) { found.note($0) }
        return found.verdict
    }

    /// Finds out whether CAA records allow the certificate, without a look at any challenge.
    ///
    /// The policy decides first, as it does for validations: what it approves has no CAA records to fear. With a resolver
    /// outside nothing is looked at.
    package func checkCAA(_ check: CAACheck) -> Verdict {
        let settings = settings
        // Whoever issues cannot wait for a resolver elsewhere; what the validation found there stands.
        guard settings.resolver == nil else { return .valid }
        var machine = Corroboration(settings)
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
        _ settings: CairnProbeSettings, _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        switch action {
        case .ask(let perspective):
            look(attempt, perspective, settings) { [self, machine] verdict in
                var machine = machine
                let next = machine.heard(verdict)
                run(machine, next, attempt, settings, completion)
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
        _ attempt: ValidationAttempt, _ perspective: String?, _ settings: CairnProbeSettings,
        _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        if let verdict = decided(attempt.identifier, perspective) { return completion(verdict) }
        let kind = ChallengeKinds.validated.first { $0.type == attempt.type }
        var machine = kind?.validation(of: attempt, from: perspective, settings) ?? Self.unknown(attempt.type)
        let names = NameSource(table: dns, prober: prober, settings: settings, perspective: perspective)
        let action = machine.start()
        run(machine, action, names) { verdict in
            guard verdict.problem == nil, let kind, let identities = attempt.caaIdentities else {
                return completion(verdict)
            }
            let check = CAACheck(
                CAAIssuer(identities: identities, accountURL: attempt.accountURL), challengeType: attempt.type,
                method: kind.caaMethod, identifier: attempt.identifier, isWildcard: attempt.isWildcard)
            names.checkCAA(check) { caa in
                var whole = Verdict(caa.outcome, steps: verdict.steps + caa.steps)
                whole.limits = verdict.limits
                completion(whole)
            }
        }
    }

    private static func unknown(_ type: ACMEChallengeType) -> any Validation {
        var names = ChallengeKinds.known.types.map(\.rawValue)
        let last = names.popLast() ?? ""
        return Unvalidatable(
            problem: ACMEProblem(
                .malformed, "expected the challenge type \(names.joined(separator: ", ")) or \(last), got \(type)"))
    }

    private func lookUpCAA(_ check: CAACheck, _ perspective: String?) -> Verdict {
        var machine = CAA(check)
        var action = machine.start()
        while true {
            switch action {
            case .lookUp(let name):
                action = machine.answered(dns.lookup(name, .caa, from: perspective, patience: settings.timeout))
            case .finished(let verdict): return verdict
            }
        }
    }

    /// Does what a validation wants, until it has a verdict or somebody else has to do something.
    private func run(
        _ machine: any Validation, _ action: ValidationAction, _ names: NameSource,
        _ completion: @escaping @Sendable (Verdict) -> Void
    ) {
        @Sendable func go(_ change: (inout any Validation) -> ValidationAction) {
            var machine = machine
            let next = change(&machine)
            run(machine, next, names, completion)
        }
        switch action {
        case .lookUp(let name, let type): names.lookUp(name, type) { answer in go { $0.answered(answer) } }
        case .resolve(let host): names.resolve(host) { lookup in go { $0.resolved(lookup) } }
        case .spot(let text, let name): go { $0.spotted(names.names(holding: text, below: name)) }
        case .fetch(var probe):
            probe.perspective = names.perspective
            prober.fetch(probe) { outcome in go { $0.fetched(outcome) } }
        case .handshake(var probe):
            probe.perspective = names.perspective
            prober.handshake(probe) { outcome in go { $0.shook(outcome) } }
        case .finished(let verdict): completion(verdict)
        case .awaitDecision: break
        }
    }
}

/// A verdict, once there is one.
private final class FirstVerdict: Sendable {
    private let state = Mutex<Verdict?>(nil)

    var verdict: Verdict? { state.withLock { $0 } }

    func note(_ verdict: Verdict) { state.withLock { $0 = $0 ?? verdict } }
}

/// A validation from several perspectives (RFC 8555 §10.2): the primary one first, and if it is content each of the remote
/// ones, in the order of the configuration.
///
/// All remote ones are asked, whatever the first ones say, and one at a time. So neither the result nor the history depends
/// on who answers first. If more of them fail than may, the first failure is the reason.
struct Corroboration: Sendable {
    /// What is to be done next.
    enum Action: Hashable, Sendable {
        /// Look from this perspective, `nil` being the primary one, then call ``Corroboration/heard(_:)``.
        case ask(String?)
        case finished(Verdict)
    }

    private let settings: CairnProbeSettings
    private var primary: Verdict?
    private var remote: [Verdict.Remote] = []

    init(_ settings: CairnProbeSettings) {
        self.settings = settings
    }

    mutating func start() -> Action { .ask(nil) }

    mutating func heard(_ verdict: Verdict) -> Action {
        let perspectives = settings.perspectives
        guard primary != nil else {
            primary = verdict
            guard verdict.problem == nil, let first = perspectives.first else { return .finished(verdict) }
            return .ask(first)
        }
        remote.append(
            Verdict.Remote(
                perspective: perspectives[remote.count], outcome: verdict.outcome, steps: verdict.steps))
        guard remote.count == perspectives.count else { return .ask(perspectives[remote.count]) }
        var whole = Verdict(outcome, steps: primary?.steps ?? [], remote: remote)
        whole.limits = primary?.limits
        return .finished(whole)
    }

    private var outcome: Verdict.Outcome {
        let agreed = remote.count { $0.problem == nil }
        guard agreed < settings.requiredPerspectives,
            let failure = remote.first(where: { $0.problem != nil }), var problem = failure.problem
        else { return .valid }
        problem.detail =
            "During secondary validation: \(problem.detail); seen from \"\(failure.perspective)\": expected at least "
            + "\(settings.requiredPerspectives) of \(remote.count) remote perspectives to agree, got \(agreed) "
            + "(RFC 8555 §10.2)"
        return .invalid(problem)
    }
}

extension CairnProbeSettings {
    /// How many remote perspectives have to agree.
    var requiredPerspectives: Int {
        let mayFail =
            switch perspectives.count {
            case ...1: 0
            case 2...5: 1
            default: 2
            }
        return perspectiveQuorum ?? perspectives.count - mayFail
    }
}
