extension TestCA {
    /// What a CA, or somebody outside ACME, does with accounts.
    ///
    /// An account is named by its URL or the last part of it.
    public struct Accounts: Sendable {
        let ca: TestCA
        let views: [CairnAccount]

        init(ca: TestCA) {
            self.ca = ca
            views = ca.engine.accounts(at: ca.clock.now)
        }

        /// Takes an account from its holder (RFC 8555 §7.1.6).
        ///
        /// Its requests are 401 from then on, and what it has begun is cancelled; its certificates stay valid. Nothing happens
        /// to an account that is deactivated or revoked already.
        /// - Throws: ``TestCA/UnknownObject`` if there is no such account.
        public func revoke(_ account: String) throws(TestCA.UnknownObject) {
            let id = try ca.account(account).id
            do { _ = try ca.engine.revokeAccount(id, at: ca.clock.now) } catch {
                throw TestCA.UnknownObject("\(error.problem.detail)")
            }
        }

        /// Agrees to the current terms for an account, as its holder does on the page for it (RFC 8555 §7.3.3).
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
