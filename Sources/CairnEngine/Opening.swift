package import CairnModel

/// What the engine knows of a request when it comes in: everything that is read on its behalf, at one instant.
///
/// A request asks twice: it opens, and it commits. So what it decides in between (signature, payload, policy) it decides by
/// one state of the CA, and the lock is taken twice, however much is looked at. Whatever may have changed meanwhile is
/// looked at again when it commits.
package struct Opening: Sendable {
    /// What has become of the nonce of a request.
    package enum Nonce: Sendable {
        /// The request has none that could be read.
        case none
        /// It was good, and is no more.
        case spent
        /// It is none that could be spent.
        case unknown
    }

    /// What is to be looked at.
    package struct Question: Sendable {
        /// The nonce of the request, which is spent by asking (RFC 8555 §6.5).
        package var nonce: String?
        /// Nonces in what is no request; they are spent too.
        package var unreadNonces: [String] = []
        /// The account that the request says signed it.
        package var account: Account.ID?
        /// The SubjectPublicKeyInfo of the key that the request says signed it.
        package var key: [UInt8]?
        /// The order that ``account`` wants to finalize, and the URL of the account, for CAA records (RFC 8657).
        package var finalization: (order: Order.ID, accountURL: String)?
        /// Whether the answer brings a nonce.
        package var wantsNonce = false

        package init() {}
    }

    /// An order that can be finalized.
    struct Finalization: Sendable {
        let order: Order
        /// What must be looked at once more before a certificate is issued.
        let outdatedChecks: [CAARecheck]
    }

    /// What is asked of clients.
    package let policy: CairnPolicy
    package let nonce: Nonce
    /// The account that was asked for, whatever its status; `nil` if none was.
    package let account: Result<Account, Refusal>?
    /// The account that has the key that was asked for; `nil` if there is none.
    package let accountOfKey: Result<Account, Refusal>?
    /// `nil` if it was not asked for, or if reading the order may move it on, which only who has signed may do.
    let finalization: Result<Finalization, Refusal>?
    /// A nonce for the answer; `nil` if it wants none.
    package let freshNonce: String?
}

extension Engine {
    /// Spends the nonce of a request and reads what it is about, under one lock.
    ///
    /// Nothing else changes, for nobody knows yet who has signed; for the same reason nothing of what is read may be told
    /// before the signature is verified.
    package func open(_ question: Opening.Question, at now: CairnInstant) -> Opening {
        transact(at: now) { state in state.open(question, at: now) }
    }
}

extension State {
    fileprivate mutating func open(_ question: Opening.Question, at now: CairnInstant) -> Opening {
        let nonce: Opening.Nonce = question.nonce.map { nonces.spend($0) ? .spent : .unknown } ?? .none
        for unread in question.unreadNonces { _ = nonces.spend(unread) }
        let account = question.account.map { id in Result { () throws(Refusal) in try self.account(id) } }
        let accountOfKey = question.key.flatMap { accounts.id(ofKey: $0) }.map { id in
            Result { () throws(Refusal) in try validAccount(id) }
        }
        var finalization: Result<Opening.Finalization, Refusal>?
        if let (order, accountURL) = question.finalization, let account = question.account {
            finalization = openFinalization(of: order, by: account, accountURL: accountURL, at: now)
        }
        return Opening(
            policy: policy, nonce: nonce, account: account, accountOfKey: accountOfKey, finalization: finalization,
            freshNonce: question.wantsNonce ? nonces.issue() : nil)
    }

    private func openFinalization(
        of id: Order.ID, by account: Account.ID, accountURL: String, at now: CairnInstant
    ) -> Result<Opening.Finalization, Refusal>? {
        // Who finalizes too early reads the order, too; that counts where something waits for reads.
        guard held.isEmpty || orders[id]?.state.status != .pending else { return nil }
        return Result { () throws(Refusal) in
            _ = try order(id, of: account)
            return try finalization(of: id, accountURL: accountURL, at: now)
        }
    }

    /// An order that is ready, and what is to be looked at once more (RFC 8555 §7.4).
    func finalization(
        of id: Order.ID, accountURL: String, at now: CairnInstant
    ) throws(Refusal) -> Opening.Finalization {
        let order = try readyOrder(id)
        return Opening.Finalization(
            order: order, outdatedChecks: outdatedCAAChecks(of: order, for: accountURL, at: now))
    }
}
