extension TestCA {
    /// What a CA, or a person outside ACME, does with accounts.
    ///
    /// An account is named by its URL or the last part of it.
    public struct Accounts: Sendable {
        let ca: TestCA
        let views: [CairnAccount]

        init(ca: TestCA) {
            self.ca = ca
            views = ca.engine.accounts(at: ca.clock.now)
        }

        /// Revokes an account (RFC 8555 §7.1.6).
        ///
        /// Its requests are refused with 401 from then on, and what it has begun is cancelled; its certificates stay valid.
        /// Nothing happens to an account that is already deactivated or revoked.
        /// - Throws: ``TestCA/UnknownObject`` if there is no such account.
        public func revoke(_ account: String) throws(TestCA.UnknownObject) {
            let id = try ca.account(account).id
            do { _ = try ca.engine.revokeAccount(id, at: ca.clock.now) } catch {
                throw TestCA.UnknownObject("\(error.problem.detail)")
            }
        }

        /// Agrees to the current terms on behalf of an account, as its holder would on their page (RFC 8555 §7.3.3).
        ///
        /// - Throws: ``TestCA/UnknownObject`` if there is no such account, or it is not valid.
        public func agreeToTerms(_ account: String) throws(TestCA.UnknownObject) {
            let id = try ca.account(account).id
            do { _ = try ca.engine.agreeToTerms(for: id, at: ca.clock.now) } catch {
                throw TestCA.UnknownObject("\(error.problem.detail)")
            }
        }
    }
}

extension TestCA {
    /// The account that a URL or its last part names, as clients and the journal have it.
    ///
    /// - Throws: ``TestCA/UnknownObject`` if there is none.
    func account(_ name: String) throws(TestCA.UnknownObject) -> Account {
        let id = name.split(separator: "/").last.flatMap { Account.ID($0) }
        guard let id, let account = try? engine.account(id, at: clock.now) else {
            throw TestCA.UnknownObject("there is no account \"\(name)\"")
        }
        return account
    }
}

// MARK: - Pauses

extension TestCA {
    /// Pauses identifiers for an account: its orders for them are `rateLimited` until they are unpaused.
    ///
    /// - Parameters:
    ///   - identifiers: a wildcard stands for the name below it.
    ///   - account: its URL, or the last part of it.
    /// - Throws: ``TestCA/UnknownObject`` if there is no such account.
    public func pause(_ identifiers: [ACMEIdentifier], account: String) throws(TestCA.UnknownObject) {
        let id = try self.account(account).id
        try? engine.pause(identifiers, of: id, at: clock.now)
    }

    /// Ends the pause of identifiers for an account, as its page does; by default of all that are paused.
    ///
    /// - Parameters:
    ///   - identifiers: those whose pause ends, a wildcard as the name below it; `nil` is all.
    ///   - account: its URL, or the last part of it.
    /// - Throws: ``TestCA/UnknownObject`` if there is no such account.
    public func unpause(_ identifiers: [ACMEIdentifier]? = nil, account: String) throws(TestCA.UnknownObject) {
        let id = try self.account(account).id
        try? engine.unpause(identifiers, of: id, at: clock.now)
    }

    /// The identifiers that are paused for an account, in order.
    ///
    /// - Parameter account: its URL, or the last part of it.
    /// - Throws: ``TestCA/UnknownObject`` if there is no such account.
    public func pausedIdentifiers(account: String) throws(TestCA.UnknownObject) -> [ACMEIdentifier] {
        engine.paused(of: try self.account(account).id)
    }
}

// MARK: - Accounts outside ACME

extension TestCA {
    /// The keys by which clients bind their accounts to accounts outside ACME (RFC 8555 §7.3.4).
    ///
    /// ```swift
    /// ca.policy.externalAccountBinding = .required
    /// let key = try ca.externalAccounts.issue(policy: CairnBoundPolicy(names: ["*.example.test"]))
    /// // … the client is told key.identifier and key.macKeyText
    /// ```
    public struct ExternalAccounts: Sendable {
        let engine: Engine
        let clock: TestCA.Clock

        /// Issues a key.
        ///
        /// - Parameters:
        ///   - identifier: the `kid` of the binding; by default 22 characters that follow from the seed.
        ///   - macKey: the key, of any length; by default 32 octets that follow from the seed.
        ///   - uses: for how many accounts it is good. A request that is refused does not count.
        ///   - expires: when it stops being good, on the CA's clock.
        ///   - policy: what the accounts that it binds may order.
        /// - Throws: ``CairnExternalAccountKeyError`` if the identifier is not ASCII or is taken, or the key is empty.
        @discardableResult
        public func issue(
            identifier: String? = nil, macKey: [UInt8]? = nil, uses: CairnExternalAccountKey.Uses = .once,
            expires: CairnInstant? = nil, policy: CairnBoundPolicy = CairnBoundPolicy()
        ) throws(CairnExternalAccountKeyError) -> CairnExternalAccountKey {
            try engine.issueExternalAccountKey(
                identifier: identifier, macKey: macKey, uses: uses, expires: expires, policy: policy, at: clock.now)
        }

        /// Issues a key that is good for some time from now.
        ///
        /// - Parameters:
        ///   - identifier: the `kid` of the binding; by default 22 characters that follow from the seed.
        ///   - macKey: the key, of any length; by default 32 octets that follow from the seed.
        ///   - uses: for how many accounts it is good.
        ///   - lifetime: how long it is good.
        ///   - policy: what the accounts that it binds may order.
        /// - Throws: ``CairnExternalAccountKeyError`` as ``issue(identifier:macKey:uses:expires:policy:)`` does.
        @discardableResult
        public func issue(
            identifier: String? = nil, macKey: [UInt8]? = nil, uses: CairnExternalAccountKey.Uses = .once,
            lifetime: Duration, policy: CairnBoundPolicy = CairnBoundPolicy()
        ) throws(CairnExternalAccountKeyError) -> CairnExternalAccountKey {
            try issue(
                identifier: identifier, macKey: macKey, uses: uses, expires: clock.now + lifetime, policy: policy)
        }

        /// Makes a key unusable for new accounts.
        ///
        /// Accounts that it bound stay as they are, and stay under its policy; ``TestCA/Accounts/revoke(_:)`` ends them. A
        /// second call does nothing.
        /// - Throws: ``TestCA/UnknownObject`` if no such key was issued.
        public func revoke(_ identifier: String) throws(TestCA.UnknownObject) {
            guard engine.revokeExternalAccountKey(identifier, at: clock.now) != nil else {
                throw TestCA.UnknownObject("there is no key for external accounts called \"\(identifier)\"")
            }
        }

        /// Every key that was issued, in the order of the identifiers.
        public var keys: [CairnExternalAccountKey] { engine.externalAccountKeys }

        /// The key with that identifier, as it is now.
        public subscript(identifier: String) -> CairnExternalAccountKey? {
            engine.externalAccountKeys.first { $0.identifier == identifier }
        }
    }
}
