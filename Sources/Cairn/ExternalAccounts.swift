extension TestCA {
    /// The keys by which clients bind their accounts to accounts outside ACME (RFC 8555 §7.3.4).
    ///
    /// ```swift
    /// ca.policy.externalAccountBinding = .required
    /// let key = try ca.externalAccounts.issue(policy: BoundPolicy(names: ["*.example.test"]))
    /// // … the client is told key.identifier and key.macKeyText
    /// ```
    public struct ExternalAccounts: Sendable {
        let engine: Engine
        let clock: TestCA.Clock

        /// Gives out a key.
        ///
        /// - Parameters:
        ///   - identifier: the `kid` of the binding; by default 22 characters that follow from the seed.
        ///   - macKey: the key, of any length; by default 32 octets that follow from the seed.
        ///   - uses: for how many accounts it is good. A request that is refused does not count.
        ///   - expires: when it is good no longer, on the clock of the CA.
        ///   - policy: what accounts may order that are bound by it, from the first order to the last.
        /// - Throws: ``CairnExternalAccountKeyError`` if the identifier is not ASCII or is taken, or the key is empty.
        @discardableResult
        public func issue(
            identifier: String? = nil, macKey: [UInt8]? = nil, uses: CairnExternalAccountKey.Uses = .once,
            expires: CairnInstant? = nil, policy: CairnBoundPolicy = CairnBoundPolicy()
        ) throws(CairnExternalAccountKeyError) -> CairnExternalAccountKey {
            try engine.issueExternalAccountKey(
                identifier: identifier, macKey: macKey, uses: uses, expires: expires, policy: policy, at: clock.now)
        }

        /// Makes a key unusable for new accounts.
        ///
        /// Accounts that it bound stay as they are, and stay under its policy; ``TestCA/Accounts/revoke(_:)`` takes them away. A
        /// second call does nothing.
        /// - Throws: ``TestCA/UnknownObject`` if no such key was given out.
        public func revoke(_ identifier: String) throws(TestCA.UnknownObject) {
            guard engine.revokeExternalAccountKey(identifier, at: clock.now) != nil else {
                throw TestCA.UnknownObject("there is no key for external accounts called \"\(identifier)\"")
            }
        }

        /// Every key that was given out, in the order of the identifiers.
        public var keys: [CairnExternalAccountKey] { engine.externalAccountKeys }

        /// The key with that identifier, as it is now.
        public subscript(identifier: String) -> CairnExternalAccountKey? {
            engine.externalAccountKeys.first { $0.identifier == identifier }
        }
    }
}
