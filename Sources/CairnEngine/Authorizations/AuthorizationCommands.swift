import CairnCertificates
package import CairnModel

extension Engine {
    /// The authorization with that id, for the account it belongs to, or for whoever knows its URL if `account` is `nil`.
    ///
    /// This counts as a poll (``CairnPace/afterPolls(_:)``).
    package func authorization(
        _ id: Authorization.ID, for account: Account.ID?, at now: CairnInstant
    ) throws(Refusal) -> Authorization {
        try transact(at: now) { (state) throws(Refusal) in
            let authorization = try state.authorization(id, of: account)
            return state.poll(id, at: now) ? try state.authorization(id, of: account) : authorization
        }
    }

    /// Gives an authorization up (RFC 8555 §7.5.2).
    ///
    /// Orders that still need it become invalid.
    package func deactivate(
        _ id: Authorization.ID, by account: Account.ID, at now: CairnInstant
    ) throws(Refusal) -> Authorization {
        try transact(at: now) { (state) throws(Refusal) in
            let authorization = try state.authorization(id, of: account)
            guard state.change(id, .deactivatedByClient, at: now) else {
                throw Refusal(
                    .malformed,
                    "expected an authorization that is \"pending\" or \"valid\", got one that is "
                        + "\"\(authorization.state.status.rawValue)\" (RFC 8555 §7.1.6, §7.5.2)")
            }
            if authorization.state.status == .pending, state.policy.rateLimits.countsDeactivations {
                state.countFailure(of: authorization, at: now)
            }
            state.failOrders(of: authorization, because: "was deactivated (RFC 8555 §7.5.2)", at: now)
            return try state.authorization(id, of: account)
        }
    }
}

extension State {
    func authorization(_ id: Authorization.ID, of account: Account.ID?) throws(Refusal) -> Authorization {
        guard let authorization = authorizations[id] else {
            throw Refusal(.malformed, "there is no authorization \"\(id)\"", cause: .unknownObject)
        }
        try require(
            account, toBe: authorization.account, orAnybodyIf: authorization.isPublic, for: "authorization \"\(id)\"",
            .authorization)
        return authorization
    }

    /// Creates an authorization for an identifier: pending with challenges of `types`, or, because of a grant, valid and
    /// without any.
    mutating func addAuthorization(
        for ordered: ACMEIdentifier, account: Account.ID, types: [ACMEChallengeType], origin: Authorization.Origin,
        profile: String? = nil, expires: CairnInstant, at now: CairnInstant
    ) -> Authorization.ID {
        let shared = policy.challengesShareToken ? newToken() : nil
        var authorization = Authorization(
            id: newID(), account: account, identifier: ordered.withoutWildcard,
            isWildcard: ordered.isWildcard,
            expires: expires.wholeSecond, challenges: types.map { Challenge(type: $0, token: shared ?? newToken()) },
            origin: origin, validSeconds: validSeconds(under: profile))
        outOfBand.open(for: &authorization, kinds)
        if case .grant(let grant) = origin {
            authorization.state = AuthorizationState(.valid)
            grants.add(authorization, of: grant)
        }
        authorizations.insert(authorization)
        schedule(.expireAuthorization(authorization.id), at: authorization.expires)
        note(
            .authorization, authorization.id.description, [ordered], from: nil, to: authorization.state.status.rawValue,
            at: now)
        return authorization.id
    }

    /// For how many seconds authorizations can be used that are made under a profile; 0 for as many as the policy says.
    private func validSeconds(under profile: String?) -> UInt32 {
        guard let lifetime = profile.flatMap({ policy.profiles[$0]?.lifetimes })?.validAuthorization else { return 0 }
        let (seconds, rest) = lifetime.components
        return UInt32(clamping: seconds + (rest > 0 ? 1 : 0))
    }

    /// Takes an arrow if it is there; elsewhere the authorization stays as it is.
    @discardableResult
    mutating func change(_ id: Authorization.ID, _ event: AuthorizationState.Event, at now: CairnInstant) -> Bool {
        guard var authorization = authorizations[id] else { return false }
        let before = authorization.state.status
        guard (try? authorization.state.handle(event)) != nil else { return false }
        if event == .challengeValidated {
            let own = authorization.validSeconds
            let lifetime = own > 0 ? .seconds(Int64(own)) : policy.lifetimes.validAuthorization
            authorization.expires = (now + lifetime.bounded).wholeSecond
            if let end = authorization.proofLimits?.end { authorization.expires = min(authorization.expires, end) }
            schedule(.expireAuthorization(id), at: authorization.expires)
        }
        if authorization.state.status != .pending { giveUpRetries(of: &authorization, at: now) }
        authorizations.update(authorization)
        note(
            .authorization, id.description, [authorization.orderedIdentifier], from: before.rawValue,
            to: authorization.state.status.rawValue, at: now)
        if authorization.state.isFinal {
            if case .grant(let grant) = authorization.origin { grants.remove(authorization, of: grant) }
            releaseVerdicts(on: authorization, at: now)
            forgetFinishedAuthorizations()
        }
        return true
    }

    /// Orders that are not yet finished cannot do without the authorization.
    mutating func failOrders(of authorization: Authorization, because reason: String, at now: CairnInstant) {
        guard !authorization.unfinishedOrders.isEmpty else { return }
        var about = ACMEProblem(
            .unauthorized, "the authorization for \(authorization.orderedIdentifier.value.quoted) \(reason)")
        about.identifier = authorization.orderedIdentifier
        let problem = ACMEProblem(about.type, about.detail, subproblems: [about])
        for order in authorization.unfinishedOrders { fail(order, problem, at: now) }
    }

    mutating func expire(_ id: Authorization.ID, at due: CairnInstant) {
        // An authorization that became valid meanwhile has a later date and an entry of its own.
        guard let authorization = authorizations[id], authorization.expires <= due, change(id, .expired, at: due)
        else { return }
        failOrders(of: authorization, because: "expired at \(authorization.expires) (RFC 8555 §7.1.6)", at: due)
    }
}

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
    ///   - accountURL: the URL of the account, for what names it.
    package func newAuthorization(
        for requested: ACMEIdentifier, by id: Account.ID, challengeTypes: [ACMEChallengeType]? = nil,
        isPublic: Bool = false, accountURL: String = "",
        at now: CairnInstant
    ) throws(Refusal) -> Authorization {
        let (identifier, profile) = try judge(requested, for: id)
        let made = try transact(at: now) { (state) throws(Refusal) in
            let account = try state.accountPermitted(toCertify: identifier, under: profile, for: id)
            let source: AuthorizationSource
            do throws(Refusal) {
                source = try state.preAuthorizationSource(
                    for: identifier, under: profile, challengeTypes: challengeTypes, of: account, at: now)
            } catch {
                throw error.ofPreAuthorization
            }
            if source.expires == nil { try state.admitAuthorization(for: identifier, by: id, at: now) }
            let authorization = state.authorization(from: source, origin: .preAuthorization, account: id, at: now)
            if isPublic { state.authorizations.update(authorization) { $0.isPublic = true } }
            if let detail = IdentifierRules.deviation(of: requested, from: identifier) {
                state.note(.uncanonicalAddress, detail, by: id, at: now)
            }
            state.makeRoom(for: authorization, at: now)
            return try state.authorization(authorization, of: id)
        }
        guard lookAhead(of: [made.id], by: id, accountURL: accountURL, sharedPolicy, at: now) else {
            return made
        }
        return try transact(at: now) { (state) throws(Refusal) in try state.authorization(made.id, of: id) }
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
        let (identifier, profile) = try judge(requested, for: id)
        return try transact(at: now) { (state) throws(Refusal) in
            _ = try state.accountPermitted(toCertify: identifier, under: profile, for: id)
            let valid = state.validAuthorization(
                for: identifier, provenBy: nil, of: id, takesWildcardsForNames: takesWildcardsForNames, at: now)
            if publishes, let valid { state.authorizations.update(valid.id) { $0.isPublic = true } }
            return valid
        }
    }

    /// The identifier in its canonical form, and the profile under which it is judged.
    private func judge(
        _ requested: ACMEIdentifier, for account: Account.ID
    ) throws(Refusal) -> (ACMEIdentifier, CairnCertificateProfile) {
        guard !requested.isWildcard else {
            throw Refusal(
                .malformed,
                "expected a name without \"*.\", got \(requested.value.quoted): a wildcard cannot be authorized before it is "
                    + "ordered (RFC 8555 §7.4.1)")
        }
        let policy = sharedPolicy
        let profile = try profile(nil, of: account, policy).value
        do {
            return (try IdentifierRules.canonical(requested, policy.leniencies), profile)
        } catch {
            throw Refusal(about: error.about(requested), cause: .identifiers).ofPreAuthorization
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
            throw error.ofPreAuthorization
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
    /// The same, where it says that the CA is not willing, as that of a pre-authorization (RFC 8555 §7.4.1).
    fileprivate var ofPreAuthorization: Refusal {
        guard [.rejectedIdentifier, .unsupportedIdentifier].contains(problem.type) else { return self }
        var refusal = self
        refusal.problem = problem.caused(by: .preAuthorization)
        return refusal
    }
}
