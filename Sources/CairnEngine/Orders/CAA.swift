import CairnModel

/// A look at the CAA records of a name, before a certificate is issued for it.
struct CAARecheck: Sendable {
    let authorization: Authorization.ID
    /// What is to be certified, a wildcard with its `*.`.
    let identifier: ACMEIdentifier
    let check: CAACheck
}

extension State {
    /// The checks that are too old for an order to be finalized with.
    func outdatedCAAChecks(of order: Order, for accountURL: String, at now: CairnInstant) -> [CAARecheck] {
        guard let caa = policy.caa else { return [] }
        return zip(order.identifiers, order.proofs).compactMap { identifier, id in
            guard let authorization = authorizations[id], identifier.type == .dns else { return nil }
            if let checked = authorization.caaChecked(for: identifier), now - checked <= caa.recheckAfter.bounded {
                return nil
            }
            let method = authorization.method
            return CAARecheck(
                authorization: id, identifier: identifier,
                check: CAACheck(
                    CAAIssuer(identities: caa.identities, accountURL: accountURL), challengeType: method,
                    method: kinds[method].caaMethod, identifier: identifier))
        }
    }

    mutating func note(_ checks: [CAARecheck], at now: CairnInstant) {
        for check in checks {
            authorizations.update(check.authorization) { $0.noteCAACheck(of: check.identifier, at: now) }
        }
    }
}

extension Engine {
    /// Makes checks once more, and throws what they forbid.
    func recheckCAA(_ checks: [CAARecheck], at now: CairnInstant) throws(Refusal) {
        var problems: [ACMEProblem] = []
        for recheck in checks {
            let verdict = checkCAA(recheck.check)
            for event in verdict.events(on: recheck.identifier, by: recheck.check.challengeType) {
                journal.record(.probe(event), at: now)
            }
            if var problem = verdict.problem {
                problem.identifier = recheck.identifier
                problems.append(problem)
            }
        }
        try Refusal.refuse(problems)
    }
}

extension Authorization {
    /// How control was shown.
    ///
    /// What was granted without a challenge has a name of its own, as RFC 8657 §4 keeps them for methods that are not ACME's.
    fileprivate var method: ACMEChallengeType {
        challenges.first { $0.state.status == .valid }?.type ?? ACMEChallengeType(rawValue: "ca-grant")
    }
}

/// Whether and as whom the CA looks at CAA records (RFC 8659).
public struct CairnCAAPolicy: Hashable, Sendable {
    /// The names of the CA: what an `issue` record must hold for it (RFC 8659 §4.2), shown as `caaIdentities` in the
    /// directory (RFC 8555 §7.1.1).
    ///
    /// Without any, every such record forbids. Default: `cairn.test`.
    public var identities = ["cairn.test"]
    /// How old a check may be when the order is finalized; one that is older is made again.
    ///
    /// Default: 7 hours, since the baseline requirements of the CA/Browser Forum (§4.2.2.1) allow 8.
    public var recheckAfter: Duration = .hours(7)

    /// Everything at its default.
    public init() {}
}
