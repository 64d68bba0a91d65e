package import CairnModel

/// The payload of newAccount (RFC 8555 §7.3).
package struct NewAccount: Sendable {
    package var contact: [String]
    package var termsOfServiceAgreed: Bool
    package var onlyReturnExisting: Bool
    package var binding: SentBinding?

    package init(
        contact: [String] = [], termsOfServiceAgreed: Bool = false, onlyReturnExisting: Bool = false,
        binding: SentBinding? = nil
    ) {
        self.contact = contact
        self.termsOfServiceAgreed = termsOfServiceAgreed
        self.onlyReturnExisting = onlyReturnExisting
        self.binding = binding
    }
}

/// The payload of an account update (RFC 8555 §7.3.2, §7.3.6).
package struct AccountUpdate: Sendable {
    /// `nil` leaves the contacts as they are.
    package var contact: [String]?
    package var deactivate: Bool

    package init(contact: [String]? = nil, deactivate: Bool = false) {
        self.contact = contact
        self.deactivate = deactivate
    }
}

extension Engine {
    /// The account with that id, whatever its status.
    package func account(_ id: Account.ID, at now: CairnInstant) throws(Refusal) -> Account {
        try transact(at: now) { (state) throws(Refusal) in try state.account(id) }
    }

    /// Creates the account of `key`, or finds the one that exists (RFC 8555 §7.3.1).
    ///
    /// - Parameters:
    ///   - address: where the client is, for the rate limits.
    ///   - world: the one that it will belong to; `nil` for the one without a prefix.
    package func newAccount(
        _ request: NewAccount, key: PublicKey, from address: CairnIPAddress = .loopbackV4, in world: String? = nil,
        at now: CairnInstant
    ) throws(Refusal) -> (account: Account, isNew: Bool) {
        let spki = key.subjectPublicKeyInfo
        try inspect { $0.policy.keys }.requireAcceptable(key, "the key in \"jwk\"")
        // What is wrong with a binding matters only if an account is made (RFC 8555 §7.3.1).
        let binding = request.binding.map { sent in
            Result { () throws(Refusal) in try verify(sent, accountKey: key, at: now) }
        }
        return try transact(at: now) { (state) throws(Refusal) in
            if let id = state.accounts.id(ofKey: spki, in: world) {
                let account = try state.account(id)
                try account.requireValid()
                return (account, false)
            }
            guard !request.onlyReturnExisting else {
                throw Refusal(.accountDoesNotExist, "no account has this key (RFC 8555 §7.3.1)", cause: .noSuchAccount)
            }
            let account = try state.addAccount(
                request, key: key, binding: binding, from: address, in: world, at: now)
            return (account, true)
        }
    }

    /// Changes contacts or deactivates the account (RFC 8555 §7.3.2, §7.3.6).
    package func update(_ id: Account.ID, _ update: AccountUpdate, at now: CairnInstant) throws(Refusal) -> Account {
        try transact(at: now) { (state) throws(Refusal) in
            var account = try state.validAccount(id)
            if let contact = update.contact {
                let accepted = try ContactRules.requireAcceptable(contact, state.policy)
                for (leniency, detail) in accepted { state.note(leniency, detail, by: id, at: now) }
                account.contact = contact
            }
            if update.deactivate { try state.change(&account, .deactivatedByClient, at: now) }
            state.accounts.update(account)
            if update.deactivate { state.cancelWork(of: account, at: now) }
            return account
        }
    }

    /// Gives the account a new key (RFC 8555 §7.3.5).
    ///
    /// Orders and authorizations are untouched.
    package func changeKey(
        of id: Account.ID, from oldKey: PublicKey, to newKey: PublicKey, at now: CairnInstant
    ) throws(Refusal) -> Account {
        let new = newKey.subjectPublicKeyInfo
        try inspect { $0.policy.keys }.requireAcceptable(newKey, "the new key")
        return try transact(at: now) { (state) throws(Refusal) in
            var account = try state.validAccount(id)
            guard account.key == oldKey else {
                throw Refusal(
                    .malformed, "expected \"oldKey\" to be the present key of the account (RFC 8555 §7.3.5)",
                    cause: .changeOldKey)
            }
            if let holder = state.accounts.id(ofKey: new, in: account.world) {
                let whose = holder == id ? "this account" : "another account"
                throw Refusal(
                    ACMEProblem(.malformed, "the new key is already that of \(whose) (RFC 8555 §7.3.5)")
                        .caused(by: holder == id ? .sameKey : .keyInUse),
                    conflictingAccount: holder)
            }
            try state.checkNotCompromised(new, .badPublicKey, "the new key")
            try state.checkNotCertified(new, "the new key")
            state.noteCertified(new, of: account, at: now)
            account.key = newKey
            state.accounts.update(account)
            return account
        }
    }
}

extension State {
    mutating func change(_ account: inout Account, _ event: AccountState.Event, at now: CairnInstant) throws(Refusal) {
        let before = account.state.status
        do { try account.state.handle(event) } catch { throw Refusal(.malformed, "\(error) (RFC 8555 §7.1.6)") }
        note(.account, account.id.description, [], from: before.rawValue, to: account.state.status.rawValue, at: now)
    }

    /// Creates an account, once everything is as the policy wants it (RFC 8555 §7.3).
    fileprivate mutating func addAccount(
        _ request: NewAccount, key: PublicKey, binding: Result<VerifiedBinding, Refusal>?,
        from address: CairnIPAddress, in world: String?, at now: CairnInstant
    ) throws(Refusal) -> Account {
        guard policy.termsOfService == nil || request.termsOfServiceAgreed else {
            throw Refusal(
                .userActionRequired,
                "expected \"termsOfServiceAgreed\": true, since the directory names terms of service (RFC 8555 §7.3)",
                cause: .termsNotAgreed)
        }
        let accepted = try ContactRules.requireAcceptable(request.contact, policy)
        try checkNotCompromised(key.subjectPublicKeyInfo, .badPublicKey, "the key in \"jwk\"")
        try checkNotCertified(key.subjectPublicKeyInfo, "the key in \"jwk\"")
        let verified = policy.externalAccountBinding == .ignored ? nil : try binding?.get()
        guard policy.externalAccountBinding != .required || verified != nil else {
            throw Refusal(
                .externalAccountRequired,
                "expected \"externalAccountBinding\", since this CA has new accounts bound to external ones, got none "
                    + "(RFC 8555 §7.3.4)", cause: .bindingMissing)
        }
        // It may have been used up since it was verified.
        if let verified { _ = try usableExternalAccountKey(verified.key, at: now) }
        guard accounts.count < bounds.accounts else {
            throw Refusal(
                .serverInternal, "expected at most \(bounds.accounts) accounts of this CA, got one more",
                cause: .tooManyAccounts)
        }
        try admitAccount(from: address, at: now)
        var account = Account(
            id: newID(), created: now, key: key, contact: request.contact,
            termsOfServiceAgreed: request.termsOfServiceAgreed,
            agreedTerms: policy.termsOfService?.version, world: world)
        // The last step, so that no refusal uses a key up.
        if let verified { try bind(&account, by: verified, at: now) }
        accounts.insert(account)
        for (leniency, detail) in accepted { note(leniency, detail, by: account.id, at: now) }
        noteCertified(key.subjectPublicKeyInfo, of: account, at: now)
        note(.account, account.id.description, [], from: nil, to: account.state.status.rawValue, at: now)
        return account
    }

    /// Ends what an account has begun that is valid no longer (RFC 8555 §7.1.6, §7.3.6): its pending authorizations and
    /// unfinished orders.
    mutating func cancelWork(of account: Account, at now: CairnInstant) {
        let isRevoked = account.state.status == .revoked
        let reason = isRevoked ? "revoked (RFC 8555 §7.1.6)" : "deactivated (RFC 8555 §7.3.6)"
        let problem = ACMEProblem(.unauthorized, "the account was \(reason)")
            .caused(by: .inactiveAccount)
        for authorization in authorizations.pending(of: account.id) {
            change(authorization, isRevoked ? .revokedByServer : .deactivatedByClient, at: now)
        }
        for order in orders.ids(of: account.id) { fail(order, problem, at: now) }
    }
}
