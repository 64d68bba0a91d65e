extension TestCA {
    /// The grants that hold now, oldest first.
    public var grants: Grants { Grants(ca: self) }

    /// Authorizes accounts from outside ACME (RFC 8555 §7.4.1).
    ///
    /// ```swift
    /// try ca.grants.grant(.domain("example.test"), to: account, for: .days(30))
    /// // an order of that account for www.example.test is "ready" from the start
    /// ```
    /// A client that deactivates the authorization it got from a grant is given a new one with its next order.
    public struct Grants: Sendable {
        let ca: TestCA
        let views: OnDemand<[CairnGrant]>

        init(ca: TestCA) {
            self.ca = ca
            views = OnDemand { ca.engine.grants(at: ca.clock.now) }
        }

        /// Authorizes an account until an instant.
        ///
        /// - Parameters:
        ///   - scope: the names, or the address, that it covers.
        ///   - account: the account.
        ///   - end: when the grant ends, together with the authorizations that came from it; fractions of a second are
        ///     dropped.
        /// - Throws: ``TestCA/ObjectError`` if there is no such account or it is not valid, if no order can have such a name,
        ///   if the end is not in the next hundred years, or if there are ``CairnBounds/grants`` already.
        @discardableResult
        public func grant(
            _ scope: CairnGrant.Scope, to account: CairnObjectID, until end: CairnInstant
        ) throws(TestCA.ObjectError) -> CairnGrant {
            let id = try account.account
            do { return try ca.engine.grant(scope, to: id, until: end, at: ca.clock.now) } catch {
                throw TestCA.ObjectError(error)
            }
        }

        /// Authorizes an account for some time from now.
        ///
        /// - Parameters:
        ///   - scope: the names, or the address, that it covers.
        ///   - account: the account.
        ///   - duration: how long, a year by default.
        /// - Throws: ``TestCA/ObjectError`` as ``grant(_:to:until:)`` does.
        @discardableResult
        public func grant(
            _ scope: CairnGrant.Scope, to account: CairnObjectID, for duration: Duration = .days(365)
        ) throws(TestCA.ObjectError) -> CairnGrant {
            try grant(scope, to: account, until: ca.clock.now + duration)
        }

        /// Authorizes an external account until an instant: the first account that is bound to its key, now or later
        /// (RFC 8555 §7.3.4).
        ///
        /// ```swift
        /// try ca.grants.grant(.domain("example.test"), toExternalAccount: "kid-1")
        /// // the client that registers with that key needs no challenges
        /// ```
        /// - Parameters:
        ///   - scope: the names, or the address, that it covers.
        ///   - key: the identifier of the key, which may be issued later.
        ///   - end: when the grant ends, as in ``grant(_:to:until:)``.
        /// - Throws: ``TestCA/ObjectError`` as ``grant(_:to:until:)`` does.
        @discardableResult
        public func grant(
            _ scope: CairnGrant.Scope, toExternalAccount key: String, until end: CairnInstant
        ) throws(TestCA.ObjectError) -> CairnGrant {
            do { return try ca.engine.grant(scope, toExternalAccount: key, until: end, at: ca.clock.now) } catch {
                throw TestCA.ObjectError(error)
            }
        }

        /// Authorizes an external account for some time from now.
        ///
        /// - Parameters:
        ///   - scope: the names, or the address, that it covers.
        ///   - key: the identifier of the key, which may be issued later.
        ///   - duration: how long, a year by default.
        /// - Throws: ``TestCA/ObjectError`` as ``grant(_:to:until:)`` does.
        @discardableResult
        public func grant(
            _ scope: CairnGrant.Scope, toExternalAccount key: String, for duration: Duration = .days(365)
        ) throws(TestCA.ObjectError) -> CairnGrant {
            try grant(scope, toExternalAccount: key, until: ca.clock.now + duration)
        }

        /// Withdraws a grant.
        ///
        /// Authorizations that came from it become `revoked`, and orders that still need them `invalid`. Certificates stay as
        /// they are.
        /// - Throws: ``TestCA/ObjectError`` if it no longer holds.
        public func withdraw(_ grant: CairnGrant) throws(TestCA.ObjectError) { try withdraw(number: grant.number) }

        /// Withdraws the grant with that ``CairnGrant/number``.
        package func withdraw(number: Int) throws(TestCA.ObjectError) {
            guard ca.engine.revoke(CairnGrant.ID(number: number), at: ca.clock.now) else {
                throw TestCA.ObjectError(.unknown, "there is no grant \(number) that holds")
            }
        }
    }
}
