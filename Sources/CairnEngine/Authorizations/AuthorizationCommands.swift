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
            state.poll(authorization.id, at: now)
            return try state.authorization(id, of: account)
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
            state.failOrders(of: authorization, because: "was deactivated (RFC 8555 §7.5.2)", at: now)
            return try state.authorization(id, of: account)
        }
    }
}

extension State {
    func authorization(_ id: Authorization.ID, of account: Account.ID?) throws(Refusal) -> Authorization {
        guard let authorization = authorizations[id] else {
            throw Refusal(.malformed, "there is no authorization \"\(id)\"", status: 404, cause: .unknownObject)
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
        expires: CairnInstant, at now: CairnInstant
    ) -> Authorization.ID {
        let shared = policy.challengesShareToken ? newToken() : nil
        var authorization = Authorization(
            id: newID(), account: account, identifier: ordered.withoutWildcard,
            isWildcard: ordered.isWildcard,
            expires: expires.wholeSecond, challenges: types.map { Challenge(type: $0, token: shared ?? newToken()) },
            origin: origin)
        outOfBand.open(for: &authorization, kinds)
        if case .grant(let grant) = origin {
            authorization.state = AuthorizationState(.valid)
            grants.add(authorization, of: grant)
        }
        authorizations.insert(authorization)
        schedule(.expireAuthorization(authorization.id), at: authorization.expires)
        note(
            .authorization, "\(authorization.id)", [ordered], from: nil, to: authorization.state.status.rawValue,
            at: now)
        return authorization.id
    }

    /// Takes an arrow if it is there; elsewhere the authorization stays as it is.
    @discardableResult
    mutating func change(_ id: Authorization.ID, _ event: AuthorizationState.Event, at now: CairnInstant) -> Bool {
        guard var authorization = authorizations[id] else { return false }
        let before = authorization.state.status
        guard (try? authorization.state.handle(event)) != nil else { return false }
        if event == .challengeValidated {
            authorization.expires = (now + policy.lifetimes.validAuthorization.bounded).wholeSecond
            schedule(.expireAuthorization(id), at: authorization.expires)
        }
        if authorization.state.status != .pending { giveUpRetries(of: &authorization, at: now) }
        authorizations.update(authorization)
        note(
            .authorization, "\(id)", [authorization.orderedIdentifier], from: before.rawValue,
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
