extension TestCA {
    /// Authorizes an account from outside ACME (RFC 8555 §7.4.1).
    ///
    /// ```swift
    /// try ca.grant(.domain("example.test"), to: accountURL, for: .days(30))
    /// // an order of that account for www.example.test is "ready" from the start
    /// ```
    /// A client that deactivates the authorization it got from a grant is given a new one with its next order.
    ///
    /// - Parameters:
    ///   - scope: the names, or the address, that it covers.
    ///   - account: the URL of the account, or its last part.
    ///   - end: when the grant ends, together with the authorizations that came from it; fractions of a second are dropped.
    /// - Throws: ``TestCA/GrantError`` if there is no such account or it is not valid, if no order can have such a name, or if the
    ///   end is not in the next hundred years.
    @discardableResult
    public func grant(_ scope: CairnGrant.Scope, to account: String, until end: CairnInstant) throws(TestCA.GrantError)
        -> CairnGrant
    {
        let holder: Account
        do { holder = try self.account(account) } catch { throw TestCA.GrantError(error.description) }
        do {
            return try engine.grant(scope, to: holder.id, until: end, at: clock.now)
        } catch {
            throw TestCA.GrantError(error.problem.detail)
        }
    }

    /// Authorizes an account from outside ACME for some time from now.
    ///
    /// - Parameters:
    ///   - scope: the names, or the address, that it covers.
    ///   - account: the URL of the account, or its last part.
    ///   - duration: how long, a year by default.
    /// - Throws: ``TestCA/GrantError`` as ``grant(_:to:until:)`` does.
    @discardableResult
    public func grant(
        _ scope: CairnGrant.Scope, to account: String, for duration: Duration = .days(365)
    ) throws(TestCA.GrantError) -> CairnGrant {
        try grant(scope, to: account, until: clock.now + duration)
    }

    /// Authorizes an external account from outside ACME: the first account that is bound to its key, now or later
    /// (RFC 8555 §7.3.4).
    ///
    /// ```swift
    /// try ca.grant(.domain("example.test"), toExternalAccount: "kid-1")
    /// // the client that registers with that key needs no challenges
    /// ```
    /// - Parameters:
    ///   - scope: the names, or the address, that it covers.
    ///   - key: the identifier of the key; it may be issued later.
    ///   - end: when the grant ends, as in ``grant(_:to:until:)``.
    /// - Throws: ``TestCA/GrantError`` as ``grant(_:to:until:)`` does.
    @discardableResult
    public func grant(
        _ scope: CairnGrant.Scope, toExternalAccount key: String, until end: CairnInstant
    ) throws(TestCA.GrantError) -> CairnGrant {
        do {
            return try engine.grant(scope, toExternalAccount: key, until: end, at: clock.now)
        } catch {
            throw TestCA.GrantError(error.problem.detail)
        }
    }

    /// Authorizes an external account from outside ACME for some time from now.
    ///
    /// - Parameters:
    ///   - scope: the names, or the address, that it covers.
    ///   - key: the identifier of the key, which may be issued later.
    ///   - duration: how long, a year by default.
    /// - Throws: ``TestCA/GrantError`` as ``grant(_:to:until:)`` does.
    @discardableResult
    public func grant(
        _ scope: CairnGrant.Scope, toExternalAccount key: String, for duration: Duration = .days(365)
    ) throws(TestCA.GrantError) -> CairnGrant {
        try grant(scope, toExternalAccount: key, until: clock.now + duration)
    }

    /// Withdraws a grant; `false` if it no longer holds.
    ///
    /// Authorizations that came from it become `revoked`, and orders that still need them `invalid`. Certificates stay as
    /// they are.
    @discardableResult
    public func revoke(_ grant: CairnGrant) -> Bool {
        engine.revoke(grant.id, at: clock.now)
    }

    /// Withdraws the grant with that ``CairnGrant/number``; `false` if it does not hold any more, or never was.
    @discardableResult
    package func revokeGrant(_ number: Int) -> Bool {
        engine.revoke(CairnGrant.ID(number: number), at: clock.now)
    }

    /// The grants that hold now, oldest first.
    public var grants: [CairnGrant] { engine.grants(at: clock.now) }
}
