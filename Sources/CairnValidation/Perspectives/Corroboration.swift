import CairnModel

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

    private let configuration: CairnValidationConfiguration
    private var primary: Verdict?
    private var remote: [Verdict.Remote] = []

    init(_ configuration: CairnValidationConfiguration) {
        self.configuration = configuration
    }

    mutating func start() -> Action { .ask(nil) }

    mutating func heard(_ verdict: Verdict) -> Action {
        let perspectives = configuration.perspectives
        guard primary != nil else {
            primary = verdict
            guard verdict.problem == nil, let first = perspectives.first else { return .finished(verdict) }
            return .ask(first)
        }
        remote.append(
            Verdict.Remote(
                perspective: perspectives[remote.count], outcome: verdict.outcome, records: verdict.records))
        guard remote.count == perspectives.count else { return .ask(perspectives[remote.count]) }
        return .finished(Verdict(outcome, records: primary?.records ?? [], remote: remote))
    }

    private var outcome: Verdict.Outcome {
        let agreed = remote.count { $0.problem == nil }
        guard agreed < configuration.requiredPerspectives,
            let failure = remote.first(where: { $0.problem != nil }), var problem = failure.problem
        else { return .valid }
        problem.detail =
            "During secondary validation: \(problem.detail); seen from \"\(failure.perspective)\": expected at least "
            + "\(configuration.requiredPerspectives) of \(remote.count) remote perspectives to agree, got \(agreed) "
            + "(RFC 8555 §10.2)"
        return .invalid(problem)
    }
}

extension CairnValidationConfiguration {
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
