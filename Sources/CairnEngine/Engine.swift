package import CairnCertificates
package import CairnModel
import Synchronization

/// The CA without a wire: accounts, orders, authorizations, certificates and nonces, and what may be done to them.
///
/// Every command is one synchronous function that takes the instant at which it happens. It first does what was due until
/// then, then changes the state in one transaction under one lock, or throws a ``Refusal`` and changes nothing. Slow work
/// (signatures) is done outside the lock.
package final class Engine: Sendable {
    package let authority: CertificateAuthority
    package let journal: CairnJournal
    /// The kinds of challenges that can be offered.
    package let kinds: ChallengeKinds
    private let state: Mutex<State>
    /// What the state was at the start.
    private let beginning: State
    /// The CRLs that were signed.
    let signedLists = SignedLists()
    private let eras = Atomic(0)
    /// How often the CA has begun anew.
    var era: Int { eras.load(ordering: .relaxed) }
    /// Whether ``takeDueJobs()`` has something to take.
    private let hasDueJobs = Atomic(false)
    #if DEBUG
        private let locks = Atomic(0)
        /// How often the lock was taken, for tests of what a request costs.
        package var lockCount: Int { locks.load(ordering: .relaxed) }
    #endif
    /// What certificates are issued under.
    let offer: Mutex<ProfileOffer>
    /// Held by whoever changes the policy, so that the state is free meanwhile.
    private let policyUpdates = Mutex(())

    /// Looks at the CAA records of a name.
    let checkCAA: @Sendable (CAACheck) -> Verdict
    /// Looks for what may meet a challenge before anybody has answered it; `nil` if that cannot be told at once.
    let lookAhead: @Sendable (ValidationAttempt) -> Verdict?

    /// Makes an engine without accounts.
    ///
    /// - Parameters:
    ///   - checkCAA: looks at the CAA records of a name before a certificate is issued.
    ///   - lookAhead: looks for what may meet a challenge before anybody has answered it.
    package init(
        policy: CairnPolicy, bounds: CairnBounds = CairnBounds(), authority: CertificateAuthority, seed: CairnSeed,
        kinds: ChallengeKinds, checkCAA: @escaping @Sendable (CAACheck) -> Verdict = { _ in .valid },
        lookAhead: @escaping @Sendable (ValidationAttempt) -> Verdict? = { _ in nil }
    ) {
        self.authority = authority
        self.kinds = kinds
        self.checkCAA = checkCAA
        self.lookAhead = lookAhead
        offer = Mutex(ProfileOffer(authority.configuration.profiles, seed: seed))
        journal = CairnJournal(capacity: bounds.journalEntries, bytes: bounds.journalBytes)
        beginning = State(
            policy: policy, bounds: bounds, kinds: kinds, seed: seed, issuerKeyIdentifier: authority.keyIdentifier,
            crlShards: authority.configuration.crlShards)
        state = Mutex(beginning)
    }

    /// Goes back to the start: no objects, the first policy, an empty journal, and the same choices by chance as before.
    ///
    /// Verdicts on what there was before come to nothing. Those who observe the journal go on.
    package func beginAnew() {
        policyUpdates.withLock { _ in
            locked { state in
                let alarm = state.alarm
                state = beginning
                state.alarm = alarm
                eras.add(1, ordering: .relaxed)
            }
            offer.withLock { $0.beginAnew() }
            authority.beginAnew()
            signedLists.forgetAll()
            journal.beginAnew()
        }
    }

    /// What is asked of clients from now on.
    package var policy: CairnPolicy {
        get { locked { $0.policy } }
        set { updatePolicy { $0 = newValue } }
    }

    /// The same, to read a little of it.
    package var sharedPolicy: Shared<CairnPolicy> { locked { $0.sharedPolicy } }

    /// Changes the policy in one step: of changes at the same time, each sees what the one before it left.
    ///
    /// - Parameter change: may read the engine, but not change its policy.
    package func updatePolicy<Value>(_ change: (inout CairnPolicy) throws -> Value) rethrows -> Value {
        try policyUpdates.withLock { _ in
            var policy = policy
            let value = try change(&policy)
            locked { $0.policy = policy }
            return value
        }
    }

    /// Takes the lock, the one way there is.
    private func locked<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        #if DEBUG
            locks.add(1, ordering: .relaxed)
        #endif
        return state.withLock { body(&$0) }
    }

    /// Runs one transaction, writes what happened in it to the journal, and tells the observers once the lock is free.
    func transact<Value: Sendable, Failure: Error>(
        at now: CairnInstant, _ body: (inout State) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let (result, announcement, alarm, ready) = locked { state in
            state.advance(to: now)
            let result = Result { () throws(Failure) in try body(&state) }
            if state.hasDueJobs { hasDueJobs.store(true, ordering: .releasing) }
            let announcement = journal.append(state.takeEvents())
            journal.excuse(state.takeForgotten())
            return (result, announcement, state.takeAlarm(), state.takeReadyOrders())
        }
        announcement.deliver()
        alarm?()
        for order in ready { issueUnasked(order, at: now) }
        return try result.get()
    }

    /// Does what is due until `now`.
    ///
    /// Every command does so too; this is for a clock that was moved.
    package func advance(to now: CairnInstant) {
        transact(at: now) { _ in }
        journal.advance(to: now)
    }

    /// Looks at the state without letting anything happen.
    func inspect<Value: Sendable>(_ body: (State) -> Value) -> Value {
        locked { body($0) }
    }

    /// The validations that became due since this was last asked: the retries of RFC 8555 §8.2.
    ///
    /// Whoever moves time on carries them out, as he does with those that a command returns. Where none are due, as after
    /// most commands, no lock is taken.
    package func takeDueJobs() -> [ValidationJob] {
        guard hasDueJobs.exchange(false, ordering: .acquiring) else { return [] }
        return locked { $0.takeDueJobs() }
    }

    /// When the next thing is due.
    package var nextDue: CairnInstant? { [inspect { $0.nextDue }, journal.nextDue].compactMap { $0 }.min() }

    /// Calls `alarm` whenever ``nextDue`` may have changed, and now.
    ///
    /// It is called without any lock, on the thread of the command that caused it.
    package func setAlarm(_ alarm: @escaping @Sendable () -> Void) {
        journal.setAlarm(alarm)
        let first = locked { state in
            state.alarm = alarm
            return state.takeAlarm()
        }
        first?()
    }

    /// How much the CA remembers now.
    package var census: Census { locked { $0.census } }

    // MARK: Nonces

    /// A nonce that is good for one request (RFC 8555 §6.5).
    package func issueNonce() -> String {
        locked { $0.nonces.issue() }
    }

    /// Spends a nonce, or says that it is not one that may be spent.
    package func spendNonce(_ nonce: String) -> Bool {
        locked { $0.nonces.spend(nonce) }
    }

    /// Forgets every nonce that is out, as a CA does that was restarted.
    package func forgetNonces() {
        locked { $0.nonces.forgetAll() }
    }
}

/// How much a CA remembers: what ``CairnBounds`` and the lifetimes of objects keep small.
package struct Census: Hashable, Sendable {
    package var accounts: Int
    package var orders: Int
    package var authorizations: Int
    package var certificates: Int
    /// Those of certificates that are forgotten among them.
    package var revocations: Int
    /// The nonces that could be spent.
    package var nonces: Int
    /// What is to happen at some later instant.
    ///
    /// At most a small multiple of the orders and authorizations.
    package var scheduledTasks: Int
    package var externalAccountKeys: Int
    package var grants: Int
    package var pausedIdentifiers: Int
    package var outOfBandPages: Int
    package var rateLimitCounters: Int
    package var compromisedKeys: Int
    /// What OCSP was told to say.
    package var ocspAnswers: Int
    package var formerAccountKeys: Int
    /// What has been decided and not yet shown.
    package var held: Int
}

/// Why a command did not happen: the problem, and what the response must say besides.
package struct Refusal: Error, Sendable {
    /// One word, since there is room for a refusal in every command that nobody refuses.
    private var sharedProblem: Shared<ACMEProblem>
    package var problem: ACMEProblem {
        get { sharedProblem.value }
        set { sharedProblem = Shared(newValue) }
    }
    /// The account that already has the key (RFC 8555 §7.3.5).
    package var conflictingAccount: Account.ID?
    /// How long the client is to wait before it tries again (RFC 8555 §6.6).
    package var retryAfter: Duration?
    /// The account whose holder has to agree to terms, for `instance` (RFC 8555 §7.3.3).
    package var agreeingAccount: Account.ID?
    /// What a human has to end first, on its page.
    package var pause: Pause.ID?

    package init(_ problem: ACMEProblem, conflictingAccount: Account.ID? = nil) {
        sharedProblem = Shared(problem)
        self.conflictingAccount = conflictingAccount
    }

    package init(
        _ type: ACMEProblemType, _ detail: String, cause: ACMEProblem.Cause? = nil, facts: [String] = []
    ) {
        self.init(ACMEProblem(type, detail).caused(by: cause, facts))
    }
}

extension ACMEProblem {
    func about(_ identifier: ACMEIdentifier) -> ACMEProblem {
        var problem = self
        problem.identifier = identifier
        return problem
    }
}

extension Refusal {
    /// A refusal because of one identifier, which a subproblem names (RFC 8555 §6.7.1).
    init(about problem: ACMEProblem, cause: ACMEProblem.Cause? = nil) {
        var refused = problem
        (refused.identifier, refused.subproblems) = (nil, [problem])
        self.init(refused.caused(by: cause))
    }

    /// Throws one problem about all the identifiers that were refused, with a subproblem for each (RFC 8555 §6.7.1).
    static func refuse(_ problems: [ACMEProblem], cause: ACMEProblem.Cause? = nil) throws(Refusal) {
        guard let first = problems.first else { return }
        guard problems.count > 1 else { throw Refusal(about: first, cause: cause) }
        let type = problems.allSatisfy { $0.type == first.type } ? first.type : .compound
        let names = problems.compactMap { $0.identifier?.value }.quotedList
        throw Refusal(
            ACMEProblem(
                type, "\(problems.count) identifiers were refused: \(names) (RFC 8555 §6.7.1)", subproblems: problems
            ).caused(by: cause))
    }
}

/// What the engine knows of a request when it comes in: everything that is read on its behalf, at one instant.
///
/// A request asks twice: it opens, and it commits. So what it decides in between (signature, payload, policy) it decides by
/// one state of the CA, and the lock is taken twice, however much is looked at. Whatever may have changed meanwhile is
/// looked at again when it commits.
package final class Opening: Sendable {
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
    ///
    /// A large value that goes from hand to hand, in one word.
    package final class Question: Sendable {
        /// The nonce of the request, which is spent by asking (RFC 8555 §6.5).
        let nonce: String?
        /// Nonces in what is no request; they are spent too.
        let unreadNonces: [String]
        /// The account that the request says signed it.
        let account: Account.ID?
        /// The world that the request came to; `nil` for the one without a prefix.
        let world: String?
        /// The SubjectPublicKeyInfo of the key that the request says signed it.
        let key: [UInt8]?
        /// The order that ``account`` wants to finalize, and the URL of the account, for CAA records (RFC 8657).
        let finalization: (order: Order.ID, accountURL: String)?
        /// Whether the answer brings a nonce.
        let wantsNonce: Bool

        package init(
            nonce: String? = nil, unreadNonces: [String] = [], account: Account.ID? = nil, world: String? = nil,
            key: [UInt8]? = nil, finalization: (order: Order.ID, accountURL: String)? = nil, wantsNonce: Bool = false
        ) {
            (self.nonce, self.unreadNonces, self.account, self.world) = (nonce, unreadNonces, account, world)
            (self.key, self.finalization, self.wantsNonce) = (key, finalization, wantsNonce)
        }
    }

    /// An order that can be finalized.
    struct Finalization: Sendable {
        let order: Order
        /// What must be looked at once more before a certificate is issued.
        let outdatedChecks: [CAARecheck]
    }

    /// What is asked of clients.
    package let policy: Shared<CairnPolicy>
    /// Whether some account belongs to a world.
    package let hasWorlds: Bool
    package let nonce: Nonce
    /// The account that was asked for, whatever its status; `nil` if none was.
    package let account: Result<Shared<Account>, Refusal>?
    /// The account that has the key that was asked for; `nil` if there is none.
    package let accountOfKey: Result<Shared<Account>, Refusal>?
    /// `nil` if it was not asked for, or if reading the order may move it on, which only who has signed may do.
    let finalization: Result<Finalization, Refusal>?
    /// A nonce for the answer; `nil` if it wants none.
    package let freshNonce: String?

    fileprivate init(
        policy: Shared<CairnPolicy>, hasWorlds: Bool, nonce: Nonce, account: Result<Shared<Account>, Refusal>?,
        accountOfKey: Result<Shared<Account>, Refusal>?, finalization: Result<Finalization, Refusal>?,
        freshNonce: String?
    ) {
        (self.policy, self.hasWorlds, self.nonce, self.freshNonce) = (policy, hasWorlds, nonce, freshNonce)
        (self.account, self.accountOfKey, self.finalization) = (account, accountOfKey, finalization)
    }
}

/// A large value that is passed on without being copied, and of which a member is read without the others.
package final class Shared<Value: Sendable>: Sendable {
    package let value: Value

    package init(_ value: Value) { self.value = value }
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
        let account = question.account.map { id in
            Result { () throws(Refusal) in try self.account(id, in: question.world) }
        }
        let accountOfKey = question.key.flatMap { accounts.id(ofKey: $0, in: question.world) }.map { id in
            Result { () throws(Refusal) in Shared(try validAccount(id)) }
        }
        var finalization: Result<Opening.Finalization, Refusal>?
        if let (order, accountURL) = question.finalization, let account = question.account {
            finalization = openFinalization(of: order, by: account, accountURL: accountURL, at: now)
        }
        return Opening(
            policy: sharedPolicy, hasWorlds: !accounts.worlds.isEmpty, nonce: nonce, account: account,
            accountOfKey: accountOfKey, finalization: finalization,
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
