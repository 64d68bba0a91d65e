package import CairnModel

/// Why a command did not happen: the problem, and what the response must say besides.
package struct Refusal: Error, Sendable {
    package var problem: ACMEProblem
    /// The account that already has the key, for the `Location` of a 409 (RFC 8555 §7.3.5).
    package var conflictingAccount: Account.ID?
    /// How long the client is to wait before it tries again (RFC 8555 §6.6).
    package var retryAfter: Duration?
    /// The account whose holder has to agree to terms, for `instance` (RFC 8555 §7.3.3).
    package var agreeingAccount: Account.ID?
    /// What a human has to end first, on its page.
    package var pause: Pause.ID?

    package init(_ problem: ACMEProblem, conflictingAccount: Account.ID? = nil) {
        self.problem = problem
        self.conflictingAccount = conflictingAccount
    }

    package init(_ type: ACMEProblemType, _ detail: String, status: Int? = nil, cause: ACMEProblem.Cause? = nil) {
        var problem = ACMEProblem(type, detail, status: status)
        problem.cause = cause
        self.init(problem)
    }
}

extension ACMEProblem {
    func about(_ identifier: ACMEIdentifier) -> ACMEProblem {
        var problem = self
        problem.identifier = identifier
        return problem
    }
}

extension Refusal {
    /// A refusal because of one identifier, which a subproblem names (RFC 8555 §6.7.1).
    init(about problem: ACMEProblem, cause: ACMEProblem.Cause? = nil) {
        self.init(ACMEProblem(problem.type, problem.detail, status: problem.status, subproblems: [problem]))
        self.problem.cause = cause
    }

    /// Throws one problem about all the identifiers that were refused, with a subproblem for each (RFC 8555 §6.7.1).
    static func refuse(_ problems: [ACMEProblem], cause: ACMEProblem.Cause? = nil) throws(Refusal) {
        guard let first = problems.first else { return }
        guard problems.count > 1 else { throw Refusal(about: first, cause: cause) }
        let type = problems.allSatisfy { $0.type == first.type } ? first.type : .compound
        let names = problems.compactMap { $0.identifier?.value }.quotedList
        var refusal = Refusal(
            ACMEProblem(
                type, "\(problems.count) identifiers were refused: \(names) (RFC 8555 §6.7.1)", subproblems: problems))
        refusal.problem.cause = cause
        throw refusal
    }
}
