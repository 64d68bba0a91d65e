package import CairnModel

extension Engine {
    /// Authorizes an account from outside ACME (RFC 8555 §7.4.1).
    ///
    /// - Throws: a refusal for an account that is not there or not valid, a name that no order can have, an end that is not
    ///   in the next hundred years, and one grant more than ``CairnBounds/grants``.
    package func grant(
        _ scope: CairnGrant.Scope, to account: Account.ID, until end: CairnInstant, at now: CairnInstant
    ) throws(Refusal) -> CairnGrant {
        let (scope, expires) = try check(scope, until: end, at: now)
        return try transact(at: now) { (state) throws(Refusal) in
            _ = try state.validAccount(account)
            return try state.grant(scope, to: .account(account), of: nil, until: expires, at: now)
        }
    }

    /// Authorizes an external account: the first account that is or will be bound to the key with that identifier
    /// (RFC 8555 §7.3.4), which may be issued later.
    ///
    /// - Throws: a refusal as above.
    package func grant(
        _ scope: CairnGrant.Scope, toExternalAccount key: String, until end: CairnInstant, at now: CairnInstant
    ) throws(Refusal) -> CairnGrant {
        let (scope, expires) = try check(scope, until: end, at: now)
        return try transact(at: now) { (state) throws(Refusal) in
            let first = state.externalAccounts[key]?.accounts.first.flatMap { Account.ID($0) }
            if let first { _ = try state.validAccount(first) }
            return try state.grant(
                scope, to: first.map(CairnGrant.Holder.account) ?? .externalAccountKey(key), of: key, until: expires,
                at: now
            )
        }
    }

    private func check(
        _ scope: CairnGrant.Scope, until end: CairnInstant, at now: CairnInstant
    ) throws(Refusal) -> (CairnGrant.Scope, expires: CairnInstant) {
        let scope = scope.canonical
        do { _ = try IdentifierRules.canonical(scope.identifier) } catch { throw Refusal(error) }
        guard end - now <= .century, end.wholeSecond > now else {
            throw Refusal(
                .malformed,
                "expected a grant that ends in the hundred years after \(now), got one that ends \(end - now) later")
        }
        return (scope, end.wholeSecond)
    }

    /// Withdraws a grant; `false` if it does not hold any more.
    ///
    /// Authorizations that are valid because of it are revoked, and orders that still need them become invalid.
    @discardableResult
    package func revoke(_ grant: CairnGrant.ID, at now: CairnInstant) -> Bool {
        let revoked = try? transact(at: now) { (state) throws(Refusal) in state.revoke(grant, at: now) }
        return revoked ?? false
    }

    /// The grants that hold, oldest first.
    package func grants(at now: CairnInstant) -> [CairnGrant] {
        inspect { $0.grants.all(at: now) }
    }
}

extension State {
    fileprivate mutating func grant(
        _ scope: CairnGrant.Scope, to holder: CairnGrant.Holder, of key: String?, until expires: CairnInstant,
        at now: CairnInstant
    ) throws(Refusal) -> CairnGrant {
        guard let grant = grants.add(scope, to: holder, of: key, until: expires, at: now) else {
            throw Refusal(.malformed, "expected at most \(bounds.grants) grants at a time, got one more")
        }
        return grant
    }

    fileprivate mutating func revoke(_ grant: CairnGrant.ID, at now: CairnInstant) -> Bool {
        guard let withdrawn = grants.remove(grant) else { return false }
        for id in withdrawn.authorizations {
            guard let authorization = authorizations[id], change(id, .revokedByServer, at: now) else { continue }
            failOrders(of: authorization, because: "was revoked by the CA (RFC 8555 §7.1.6)", at: now)
        }
        return withdrawn.grant.expires > now
    }
}
