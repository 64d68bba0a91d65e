package import CairnModel

/// A look at the CAA records of a name, before a certificate is issued for it.
package struct CAARecheck: Sendable {
    let authorization: Authorization.ID
    /// What is to be certified, a wildcard with its `*.`.
    package let identifier: ACMEIdentifier
    /// How control of the name was shown (RFC 8657 §4).
    package let method: ACMEChallengeType
    /// The names of the CA.
    package let identities: [String]
    /// The URL of the account (RFC 8657 §3).
    package let accountURL: String
}

/// What a look at CAA records came to.
package struct CAAFinding: Sendable {
    /// What forbids the certificate; `nil` if nothing does.
    package var problem: ACMEProblem?
    /// What was looked at, for the journal.
    package var probes: [CairnProbeEvent]

    package init(problem: ACMEProblem? = nil, probes: [CairnProbeEvent] = []) {
        (self.problem, self.probes) = (problem, probes)
    }
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
            return CAARecheck(
                authorization: id, identifier: identifier,
                method: authorization.method, identities: caa.identities, accountURL: accountURL)
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
    func makeAgain(_ checks: [CAARecheck], at now: CairnInstant) throws(Refusal) {
        var problems: [ACMEProblem] = []
        for check in checks {
            let finding = checkCAA(check)
            for probe in finding.probes { journal.record(.probe(probe), at: now) }
            if var problem = finding.problem {
                problem.identifier = check.identifier
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
