package import CairnModel

/// A binding as newAccount carries it, not yet looked at (RFC 8555 §7.3.4).
package struct SentBinding: Sendable {
    /// The member `externalAccountBinding`.
    package var json: CairnJSON
    /// The `url` of the outer JWS.
    package var url: String

    package init(_ json: CairnJSON, url: String) {
        self.json = json
        self.url = url
    }
}

/// A binding whose MAC has been verified.
struct VerifiedBinding: Sendable {
    let json: CairnJSON
    let key: String
}

extension Engine {
    /// Gives out a key; what is left open is drawn from a stream of its own.
    package func issueExternalAccountKey(
        identifier: String?, macKey: [UInt8]?, uses: CairnExternalAccountKey.Uses, expires: CairnInstant?,
        policy: CairnBoundPolicy,
        at now: CairnInstant
    ) throws(CairnExternalAccountKeyError) -> CairnExternalAccountKey {
        let result = try? transact(at: now) { (state) throws(Refusal) in
            Result { () throws(CairnExternalAccountKeyError) in
                try state.issueExternalAccountKey(identifier, macKey, uses, expires, policy, at: now)
            }
        }
        guard let result else { throw CairnExternalAccountKeyError("the key could not be issued") }
        return try result.get()
    }

    /// Makes a key unusable; `nil` if there is none of that name.
    ///
    /// Accounts that it bound stay as they are.
    package func revokeExternalAccountKey(_ identifier: String, at now: CairnInstant) -> CairnExternalAccountKey? {
        (try? transact(at: now) { (state) throws(Refusal) in
            guard let key = state.externalAccounts[identifier] else { return nil }
            let before = key.status(at: now)
            guard before != .revoked else { return key }
            state.externalAccounts.revoke(identifier)
            state.note(
                .externalAccountKey, identifier, [], from: before.rawValue,
                to: CairnExternalAccountKey.Status.revoked.rawValue, at: now)
            return state.externalAccounts[identifier]
        }) ?? nil
    }

    /// The keys that were given out, in the order of their identifiers.
    package var externalAccountKeys: [CairnExternalAccountKey] {
        inspect { $0.externalAccounts.all }
    }

    /// Makes the five checks of RFC 8555 §7.3.4.
    ///
    /// Nothing is used up yet; ``State/bind(_:by:at:)`` does that. The MAC is computed outside the lock.
    func verify(_ sent: SentBinding, accountKey: PublicKey, at now: CairnInstant) throws(Refusal) -> VerifiedBinding {
        let binding: ExternalAccountBinding
        do { binding = try ExternalAccountBinding(sent.json, url: sent.url) } catch { throw Refusal(error) }
        let key = try transact(at: now) { (state) throws(Refusal) in
            try state.usableExternalAccountKey(binding.keyIdentifier, at: now)
        }
        do { try binding.verify(macKey: key.macKey, accountKey: accountKey) } catch { throw Refusal(error) }
        return VerifiedBinding(json: sent.json, key: key.identifier)
    }
}

extension State {
    fileprivate mutating func issueExternalAccountKey(
        _ identifier: String?, _ macKey: [UInt8]?, _ uses: CairnExternalAccountKey.Uses, _ expires: CairnInstant?,
        _ policy: CairnBoundPolicy, at now: CairnInstant
    ) throws(CairnExternalAccountKeyError) -> CairnExternalAccountKey {
        // Both are drawn in any case, so that what one key is given decides nothing about the next.
        let drawn = externalAccounts.draw()
        let identifier = identifier ?? drawn.identifier
        guard !identifier.isEmpty, identifier.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw CairnExternalAccountKeyError(
                "expected the identifier of an external account's key in ASCII, got \(identifier.quoted) (RFC 8555 §7.3.4)"
            )
        }
        guard externalAccounts[identifier] == nil else {
            throw CairnExternalAccountKeyError(
                "there is a key for external accounts called \(identifier.quoted) already")
        }
        guard externalAccounts.count < bounds.externalAccountKeys else {
            throw CairnExternalAccountKeyError(
                "expected at most \(bounds.externalAccountKeys) keys for external accounts, got one more")
        }
        guard macKey?.isEmpty != true else {
            throw CairnExternalAccountKeyError("expected a MAC key of one octet at least, got none (RFC 7518 §3.2)")
        }
        let key = CairnExternalAccountKey(
            identifier: identifier, macKey: macKey ?? drawn.macKey, uses: uses, expires: expires, policy: policy)
        externalAccounts.insert(key)
        note(.externalAccountKey, identifier, [], from: nil, to: key.status(at: now).rawValue, at: now)
        return key
    }

    /// Check 3 of RFC 8555 §7.3.4.
    func usableExternalAccountKey(
        _ identifier: String, at now: CairnInstant
    ) throws(Refusal) -> CairnExternalAccountKey {
        guard let key = externalAccounts[identifier] else {
            throw Refusal(
                .unauthorized,
                "externalAccountBinding: protected: kid: expected the identifier of a key that this CA gave out, got "
                    + "\(identifier.quoted) (RFC 8555 §7.3.4)")
        }
        try key.requireUsable(at: now)
        return key
    }

    /// Binds a new account, and so uses the key.
    mutating func bind(_ account: inout Account, by binding: VerifiedBinding, at now: CairnInstant) throws(Refusal) {
        let before = try usableExternalAccountKey(binding.key, at: now).status(at: now)
        if externalAccounts.bind(account.id, by: binding.key) { grants.hand(from: binding.key, to: account.id) }
        account.externalAccountKey = binding.key
        account.externalAccountBinding = binding.json
        guard let after = externalAccounts[binding.key]?.status(at: now), after != before else { return }
        note(.externalAccountKey, binding.key, [], from: before.rawValue, to: after.rawValue, at: now)
    }
}
