package import CairnModel

extension Engine {
    /// Notes that the holder of an account agrees to the terms, outside ACME (RFC 8555 §7.3.3).
    ///
    /// - Parameter version: the one that he saw; `nil` stands for the current one.
    package func agreeToTerms(
        for id: Account.ID, version: String? = nil, at now: CairnInstant
    ) throws(Refusal) -> Account {
        try transact(at: now) { (state) throws(Refusal) in
            var account = try state.validAccount(id)
            guard let terms = state.policy.termsOfService else { return account }
            guard version == nil || version == terms.version else {
                throw Refusal(
                    .malformed,
                    "expected agreement to version \"\(terms.version)\" of the terms, got version \((version ?? "").quoted) "
                        + "(RFC 8555 §7.3.3)", status: 409)
            }
            guard account.agreedTerms != terms.version else { return account }
            account.termsOfServiceAgreed = true
            account.agreedTerms = terms.version
            state.accounts[id] = account
            state.note(.agreed(account: "\(id)", terms: terms.version), at: now)
            return account
        }
    }
}

extension State {
    /// An account that may ask for what leads to a certificate: it is valid, and its holder has agreed to the current terms
    /// (RFC 8555 §7.3.3).
    func issuingAccount(_ id: Account.ID) throws(Refusal) -> Account {
        let account = try validAccount(id)
        guard let terms = policy.termsOfService, account.agreedTerms != terms.version else { return account }
        let agreed = account.agreedTerms.map { "to version \"\($0)\"" } ?? "to none"
        var refusal = Refusal(
            .userActionRequired,
            "expected an account that agreed to version \"\(terms.version)\" of the terms of service, got one that agreed "
                + "\(agreed); somebody has to agree at \"instance\" (RFC 8555 §7.3.3)")
        refusal.agreeingAccount = id
        throw refusal
    }
}
