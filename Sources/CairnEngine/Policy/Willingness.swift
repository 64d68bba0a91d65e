import CairnCertificates
import CairnModel

/// What the CA will certify, and for whom: asked by newOrder and newAuthz before anything is changed (RFC 8555 §7.4,
/// §7.4.1).
extension State {
    /// Refuses identifiers that the CA is not willing to certify, all of them in one problem together with what was found
    /// wrong before.
    func checkWillingness(
        toCertify identifiers: [ACMEIdentifier], under profile: CairnCertificateProfile, for account: Account,
        besides malformed: [ACMEProblem] = []
    ) throws(Refusal) {
        var problems = malformed
        for identifier in identifiers {
            if let problem = unwillingness(toCertify: identifier, under: profile, for: account) {
                problems.append(problem.about(identifier))
            }
        }
        try Refusal.refuse(problems, cause: .identifiers)
    }

    /// Why the CA does not certify an identifier for an account; `nil` if it does.
    private func unwillingness(
        toCertify identifier: ACMEIdentifier, under profile: CairnCertificateProfile, for account: Account
    ) -> ACMEProblem? {
        if policy.blockedNames.covers(identifier) {
            return ACMEProblem(
                .rejectedIdentifier,
                "the policy of this CA forbids certificates for \(identifier.value.quoted) (RFC 8555 §7.4)")
        }
        if let problem = bound(on: account, toCertify: identifier) { return problem }
        if let types = policy.profiles[profile.name]?.identifierTypes, !types.contains(identifier.type) {
            let names = types.map { "\"\($0.rawValue)\"" }.sorted().joined(separator: ", ")
            return ACMEProblem(
                .rejectedIdentifier,
                "expected identifiers of the types \(names) in the profile \"\(profile.name)\", got one of type "
                    + "\(identifier.type.rawValue.quoted) (RFC 8555 §7.4)")
        }
        return nil
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
