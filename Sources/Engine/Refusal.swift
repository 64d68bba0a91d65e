package import ACME

/// Why a command did not happen: the problem, and what the response must say besides.
package struct Refusal: Error, Sendable {
    package var problem: Problem
    /// The account that already has the key, for the `Location` of a 409 (RFC 8555 §7.3.5).
    package var conflictingAccount: Account.ID?
    /// How long the client is to wait before it tries again (RFC 8555 §6.6).
    package var retryAfter: Duration?
    /// The account whose holder has to agree to terms, for `instance` (RFC 8555 §7.3.3).
    package var agreeingAccount: Account.ID?
    /// What a human has to end first, on its page.
    package var pause: Pause.ID?

    package init(_ problem: Problem, conflictingAccount: Account.ID? = nil) {
        self.problem = problem
        self.conflictingAccount = conflictingAccount
    }

    package init(_ type: ProblemType, _ detail: String, status: Int? = nil, cause: Problem.Cause? = nil) {
        var problem = Problem(type, detail, status: status)
        problem.cause = cause
        self.init(problem)
    }
}

extension Refusal {
    /// One refusal of several things; `nil` if `problems` is empty.
    ///
    /// A single problem stays what it is. Several keep their type if it is the same, and each has its subproblem (RFC 8555
    /// §6.7.1).
    /// - Parameter what: what the number of problems is followed by.
    init?(summing problems: [Problem], _ what: String) {
        guard let first = problems.first else { return nil }
        guard problems.count > 1 else {
            var problem = first
            problem.identifier = nil
            if first.identifier != nil { problem.subproblems = [first] }
            self.init(problem)
            return
        }
        let type = problems.allSatisfy { $0.type == first.type } ? first.type : .compound
        let list = problems.map { problem in problem.identifier.map { "\"\($0)\"" } ?? problem.detail }
        self.init(
            Problem(
                type, "\(problems.count) \(what): \(list.joined(separator: ", ")) (RFC 8555 §6.7.1)",
                subproblems: problems))
    }
}
