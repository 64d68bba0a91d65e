package import CairnModel

/// How a server puts it that it will not certify some identifiers of a request (RFC 8555 §6.7.1).
package enum IdentifierRefusals: Hashable, Sendable {
    /// A subproblem for each, even if it is one; `compound` where their types differ.
    case each
    /// Under one type, whatever is wrong with each, and with subproblems only if there are several.
    ///
    /// The first identifier of a type of `alone` is refused alone, before the others are looked at.
    case together(ACMEProblemType, alone: Set<ACMEProblemType> = [])
    /// The first alone; once more as a subproblem if its type is one of `repeating`.
    case first(repeating: Set<ACMEProblemType> = [])

    /// The refusal in that form; a problem about something else stays as it is.
    func version(of problem: ACMEProblem) -> ACMEProblem {
        guard problem.cause == .identifiers, let first = problem.subproblems.first else { return problem }
        switch self {
        case .each:
            return problem
        case .together(let type, let alone):
            if let special = problem.subproblems.first(where: { alone.contains($0.type) }) { return special.atTheTop }
            var version = problem
            version.type = type
            version.status = ACMEProblem.commonStatus(of: type)
            if problem.subproblems.count == 1 { version.subproblems = [] }
            return version
        case .first(let repeating):
            var version = first.atTheTop
            if repeating.contains(first.type) { version.subproblems = [first] }
            return version
        }
    }
}

extension ACMEProblem {
    /// A subproblem as a problem of its own, which names no identifier (RFC 8555 §6.7.1).
    fileprivate var atTheTop: ACMEProblem {
        var problem = self
        problem.identifier = nil
        return problem
    }
}
