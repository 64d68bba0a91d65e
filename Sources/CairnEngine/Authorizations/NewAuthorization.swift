import CairnCertificates
package import CairnModel

extension Engine {
    /// Creates an authorization before any order (RFC 8555 §7.4.1).
    ///
    /// It is judged as an order would be that names no profile, but for the number of its names and the profiles that a
    /// bound account may order. It is pending, unless a grant covers it: then it is the one
    /// that orders are given because of the grant. Once it is valid, orders for that very name use it, whatever
    /// ``CairnPolicy/authorizationReuse`` says.
    ///
    /// - Parameters:
    ///   - challengeTypes: what may prove it; `nil` takes the types of the policy.
    ///   - isPublic: whether whoever knows its URL may read it; otherwise its account alone.
    package func newAuthorization(
        for requested: ACMEIdentifier, by id: Account.ID, challengeTypes: [ACMEChallengeType]? = nil,
        isPublic: Bool = false,
        at now: CairnInstant
    ) throws(Refusal) -> Authorization {
        let (identifier, profile) = try judge(requested)
        return try transact(at: now) { (state) throws(Refusal) in
            let account = try state.accountPermitted(toCertify: identifier, under: profile, for: id)
            let source: AuthorizationSource
            do throws(Refusal) {
                source = try state.preAuthorizationSource(
                    for: identifier, under: profile, challengeTypes: challengeTypes, of: account, at: now)
            } catch {
                throw error.forbidden
            }
            if source.expires == nil { try state.admitAuthorization(for: identifier, by: id, at: now) }
            let authorization = state.authorization(from: source, origin: .preAuthorization, account: id, at: now)
            if isPublic { state.authorizations.update(authorization) { $0.isPublic = true } }
            state.makeRoom(for: authorization, at: now)
            return try state.authorization(authorization, of: id)
        }
    }
}

extension Engine {
    /// The valid authorization of an account for an identifier, of several that which expires last.
    ///
    /// Refused is what ``newAuthorization(for:by:challengeTypes:isPublic:at:)`` would refuse.
    ///
    /// - Parameters:
    ///   - takesWildcardsForNames: whether that for the wildcard below a name counts for the name.
    ///   - publishes: whether it may be read by whoever knows its URL from now on.
    package func validAuthorization(
        for requested: ACMEIdentifier, of id: Account.ID, takesWildcardsForNames: Bool = false, publishes: Bool = false,
        at now: CairnInstant
    ) throws(Refusal) -> Authorization? {
        let (identifier, profile) = try judge(requested)
        return try transact(at: now) { (state) throws(Refusal) in
            _ = try state.accountPermitted(toCertify: identifier, under: profile, for: id)
            let valid = state.validAuthorization(
                for: identifier, provenBy: nil, of: id, takesWildcardsForNames: takesWildcardsForNames)
            if publishes, let valid { state.authorizations.update(valid.id) { $0.isPublic = true } }
            return valid
        }
    }

    /// The identifier in its canonical form, and the profile under which it is judged.
    private func judge(_ requested: ACMEIdentifier) throws(Refusal) -> (ACMEIdentifier, CairnCertificateProfile) {
        guard !requested.isWildcard else {
            throw Refusal(
                .malformed,
                "expected a name without \"*.\", got \(requested.value.quoted): a wildcard cannot be authorized before it is "
                    + "ordered (RFC 8555 §7.4.1)")
        }
        let profile = try OrderRules.profile(
            of: NewOrder(identifiers: [requested]), among: authority.configuration.profiles)
        do {
            return (try IdentifierRules.canonical(requested), profile)
        } catch {
            throw Refusal(about: error.about(requested), cause: .identifiers).forbidden
        }
    }
}

extension State {
    /// The account, if the CA is willing to certify the identifier for it.
    fileprivate func accountPermitted(
        toCertify identifier: ACMEIdentifier, under profile: CairnCertificateProfile, for id: Account.ID
    ) throws(Refusal) -> Account {
        let account = try issuingAccount(id)
        do throws(Refusal) {
            try requirePermission(toCertify: [identifier], under: profile, for: account)
        } catch {
            throw error.forbidden
        }
        return account
    }

    fileprivate func preAuthorizationSource(
        for identifier: ACMEIdentifier, under profile: CairnCertificateProfile, challengeTypes: [ACMEChallengeType]?,
        of account: Account, at now: CairnInstant
    ) throws(Refusal) -> AuthorizationSource {
        if let grant = grants.grant(of: account.id, for: identifier, at: now) {
            return AuthorizationSource(identifier: identifier, kind: source(of: grant, for: identifier))
        }
        let types = policy.challengeTypes(
            of: kinds, for: identifier, under: profile.name, insteadOf: challengeTypes)
        guard !types.isEmpty else { throw Refusal(about: unprovable(identifier, under: profile), cause: .identifiers) }
        return AuthorizationSource(identifier: identifier, kind: .challenges(types))
    }
}

extension Refusal {
    /// The same with 403, where it says that the CA is not willing (RFC 8555 §7.4.1).
    fileprivate var forbidden: Refusal {
        guard [.rejectedIdentifier, .unsupportedIdentifier].contains(problem.type) else { return self }
        var refusal = self
        refusal.problem.status = 403
        return refusal
    }
}
