extension TestCA {
    /// Accounts as they are now, oldest first, and what happens to them outside ACME.
    ///
    /// ```swift
    /// #expect(ca.accounts.count == 1)
    /// try ca.accounts.revoke(CairnObjectID(url: accountURL))
    /// ```
    public var accounts: Accounts { Accounts(ca: self) }

    /// What a CA, or a person outside ACME, does with accounts.
    public struct Accounts: Sendable {
        let ca: TestCA
        let views: OnDemand<[CairnAccount]>

        init(ca: TestCA) {
            self.ca = ca
            views = OnDemand { ca.engine.accounts(at: ca.clock.now) }
        }

        /// Revokes an account (RFC 8555 §7.1.6).
        ///
        /// Its requests are refused with 401 from then on, and its pending authorizations and unfinished orders are
        /// cancelled; its certificates stay valid. Nothing happens to an account that is revoked already.
        /// - Throws: ``TestCA/ObjectError`` if there is no such account, or it is deactivated.
        public func revoke(_ account: CairnObjectID) throws(TestCA.ObjectError) {
            try force(account, into: .revoked)
        }

        /// Deactivates an account, as its holder can (RFC 8555 §7.3.6).
        ///
        /// Otherwise the same as ``revoke(_:)``.
        /// - Throws: ``TestCA/ObjectError`` if there is no such account, or it is revoked.
        public func deactivate(_ account: CairnObjectID) throws(TestCA.ObjectError) {
            try force(account, into: .deactivated)
        }

        private func force(_ account: CairnObjectID, into status: ACMEStatus) throws(TestCA.ObjectError) {
            try ca.intervene(.force(.account(try account.account), into: status.rawValue))
        }

        /// Agrees to the current terms on behalf of an account, as its holder would on their page (RFC 8555 §7.3.3).
        ///
        /// - Throws: ``TestCA/ObjectError`` if there is no such account, or it is not valid.
        public func agreeToTerms(_ account: CairnObjectID) throws(TestCA.ObjectError) {
            let id = try account.account
            do { _ = try ca.engine.agreeToTerms(for: id, at: ca.clock.now) } catch { throw TestCA.ObjectError(error) }
        }

        /// Expires all unfinished orders of an account, and all authorizations that it can use.
        ///
        /// - Throws: ``TestCA/ObjectError`` if there is no such account.
        public func expireObjects(of account: CairnObjectID) throws(TestCA.ObjectError) {
            try ca.intervene(.expireAll(of: try account.account))
        }

        /// Forgets all orders, authorizations and certificates of an account; the account stays.
        ///
        /// - Throws: ``TestCA/ObjectError`` if there is no such account.
        public func purgeObjects(of account: CairnObjectID) throws(TestCA.ObjectError) {
            try ca.intervene(.purgeAll(of: try account.account))
        }

        /// Forgets an account and everything it has.
        ///
        /// Its requests are refused with `accountDoesNotExist`, and its key can register again.
        /// - Throws: ``TestCA/ObjectError`` if there is no such account.
        public func forget(_ account: CairnObjectID) throws(TestCA.ObjectError) {
            try ca.intervene(.forget(try account.account))
        }
    }
}

extension CairnObjectID {
    /// The account of that name, or at that URL.
    var account: Account.ID {
        get throws(TestCA.ObjectError) {
            guard let id = rawValue.split(separator: "/").last.flatMap({ Account.ID($0) }) else {
                throw TestCA.ObjectError(.unknown, "there is no account \(rawValue.quoted)")
            }
            return id
        }
    }
}

// MARK: - Pauses

extension TestCA {
    /// The identifiers that accounts get no certificates for until they are unpaused.
    ///
    /// ```swift
    /// try ca.pauses.pause(["www.example.test"], for: account)
    /// // … orders for it are refused with rateLimited, and a page tells how to go on
    /// try ca.pauses.unpause(for: account)
    /// ```
    public var pauses: Pauses { Pauses(engine: engine, clock: clock) }

    /// Pauses identifiers for accounts, as a CA does with clients that fail over and over again.
    public struct Pauses: Sendable {
        let engine: Engine
        let clock: TestCA.Clock

        /// The identifiers that are paused for an account, in order.
        ///
        /// - Throws: ``TestCA/ObjectError`` if there is no such account.
        public func identifiers(of account: CairnObjectID) throws(TestCA.ObjectError) -> [ACMEIdentifier] {
            let id = try account.account
            do { return try engine.paused(of: id) } catch { throw TestCA.ObjectError(error) }
        }

        /// Pauses identifiers for an account: its orders for them are `rateLimited` until they are unpaused.
        ///
        /// - Parameters:
        ///   - identifiers: a wildcard stands for the name below it.
        ///   - account: the account.
        /// - Throws: ``TestCA/ObjectError`` if there is no such account.
        public func pause(
            _ identifiers: [ACMEIdentifier], for account: CairnObjectID
        ) throws(TestCA.ObjectError) {
            let id = try account.account
            do { try engine.pause(identifiers, of: id, at: clock.now) } catch { throw TestCA.ObjectError(error) }
        }

        /// Pauses identifiers for an external account: the first account that is bound to its key, now or later
        /// (RFC 8555 §7.3.4).
        ///
        /// - Parameters:
        ///   - identifiers: a wildcard stands for the name below it.
        ///   - key: the identifier of the key, which may be issued later.
        /// - Throws: ``TestCA/ObjectError`` if the account was forgotten, or there would be more than
        ///   ``CairnBounds/pausedIdentifiers``.
        public func pause(
            _ identifiers: [ACMEIdentifier], forExternalAccount key: String
        ) throws(TestCA.ObjectError) {
            do { try engine.pause(identifiers, ofExternalAccount: key, at: clock.now) } catch {
                throw TestCA.ObjectError(error)
            }
        }

        /// Ends the pause of identifiers for an account, as its page does.
        ///
        /// - Parameters:
        ///   - identifiers: those whose pause ends, a wildcard as the name below it; `nil` is all.
        ///   - account: the account.
        /// - Throws: ``TestCA/ObjectError`` if there is no such account.
        public func unpause(
            _ identifiers: [ACMEIdentifier]? = nil, for account: CairnObjectID
        ) throws(TestCA.ObjectError) {
            let id = try account.account
            do { try engine.unpause(identifiers, of: id, at: clock.now) } catch { throw TestCA.ObjectError(error) }
        }
    }
}

// MARK: - Accounts outside ACME

extension TestCA {
    /// The keys that bind accounts to accounts outside ACME (RFC 8555 §7.3.4), in the order of their identifiers.
    public var externalAccountKeys: ExternalAccountKeys { ExternalAccountKeys(engine: engine, clock: clock) }

    /// Issues and revokes the keys that bind accounts to accounts outside ACME (RFC 8555 §7.3.4).
    ///
    /// ```swift
    /// ca.policy.externalAccountBinding = .required
    /// let key = try ca.externalAccountKeys.issue(policy: CairnBoundPolicy(names: ["*.example.test"]))
    /// // … the client is given key.identifier and key.macKeyText
    /// ```
    public struct ExternalAccountKeys: Sendable {
        let engine: Engine
        let clock: TestCA.Clock
        let views: OnDemand<[CairnExternalAccountKey]>

        init(engine: Engine, clock: TestCA.Clock) {
            (self.engine, self.clock) = (engine, clock)
            views = OnDemand { engine.externalAccountKeys }
        }

        /// Issues a key.
        ///
        /// - Parameters:
        ///   - identifier: the `kid` of the binding; by default 22 characters derived from the seed.
        ///   - macKey: the key, of any length; by default 32 octets derived from the seed.
        ///   - uses: how many accounts it can bind. A request that is refused does not count.
        ///   - expires: when it expires, on the CA's clock; `nil` for never.
        ///   - policy: what the accounts that it binds may order.
        /// - Throws: ``TestCA/ObjectError`` if the identifier is not ASCII or is taken, the key is empty, or there are
        ///   ``CairnBounds/externalAccountKeys`` already.
        @discardableResult
        public func issue(
            identifier: String? = nil, macKey: [UInt8]? = nil, uses: CairnExternalAccountKey.Uses = .once,
            expires: CairnInstant? = nil, policy: CairnBoundPolicy = CairnBoundPolicy()
        ) throws(TestCA.ObjectError) -> CairnExternalAccountKey {
            do {
                return try engine.issueExternalAccountKey(
                    identifier: identifier, macKey: macKey, uses: uses, expires: expires, policy: policy, at: clock.now)
            } catch { throw TestCA.ObjectError(error) }
        }

        /// Issues a key that expires after some time.
        ///
        /// - Parameters:
        ///   - identifier: the `kid` of the binding; by default 22 characters derived from the seed.
        ///   - macKey: the key, of any length; by default 32 octets derived from the seed.
        ///   - uses: how many accounts it can bind.
        ///   - lifetime: how long it can be used from now.
        ///   - policy: what the accounts that it binds may order.
        /// - Throws: ``TestCA/ObjectError`` as ``issue(identifier:macKey:uses:expires:policy:)`` does.
        @discardableResult
        public func issue(
            identifier: String? = nil, macKey: [UInt8]? = nil, uses: CairnExternalAccountKey.Uses = .once,
            lifetime: Duration, policy: CairnBoundPolicy = CairnBoundPolicy()
        ) throws(TestCA.ObjectError) -> CairnExternalAccountKey {
            try issue(
                identifier: identifier, macKey: macKey, uses: uses, expires: clock.now + lifetime, policy: policy)
        }

        /// Revokes a key, so that it binds no more accounts.
        ///
        /// Accounts that it bound stay as they are, under its policy; ``TestCA/Accounts/revoke(_:)`` ends them. A second call
        /// does nothing.
        /// - Throws: ``TestCA/ObjectError`` if no such key was issued.
        public func revoke(_ identifier: String) throws(TestCA.ObjectError) {
            guard engine.revokeExternalAccountKey(identifier, at: clock.now) != nil else {
                throw TestCA.ObjectError(
                    .unknown, "there is no key for external accounts called \(identifier.quoted)")
            }
        }

        /// The key with that identifier.
        public subscript(identifier: String) -> CairnExternalAccountKey? {
            views.value.first { $0.identifier == identifier }
        }
    }
}
