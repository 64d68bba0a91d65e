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
