import CairnCertificates
package import CairnModel
import DequeModule
import HeapModule

/// Everything the CA remembers: a store for each kind of object, which keeps its own indexes.
///
/// Only ``Engine`` holds one, behind its lock. What concerns several stores is done by the functions of transactions, which
/// extend it.
struct State: Sendable {
    /// Shared with the requests that came while it applied.
    private(set) var sharedPolicy: Shared<CairnPolicy>
    var policy: CairnPolicy {
        get { sharedPolicy.value }
        set {
            certificates.revocations.change(
                from: sharedPolicy.value.revocationStatus, to: newValue.revocationStatus)
            sharedPolicy = Shared(newValue)
        }
    }
    let bounds: CairnBounds
    let kinds: ChallengeKinds

    var accounts: AccountStore
    var externalAccounts: ExternalAccountStore
    var orders = OrderStore()
    var authorizations = AuthorizationStore()
    var certificates: CertificateStore
    var grants: GrantStore
    var nonces: NoncePool
    var pauses: PauseStore
    var outOfBand: OutOfBandStore
    /// What the rate limits have counted.
    var buckets: TokenBuckets
    /// What has been decided and not yet shown, by what it is about.
    var held: [HeldResult.Subject: HeldResult] = [:]

    var schedule = Schedule()
    /// What the transaction that is running leaves to be done.
    var outcome = Outcome()
    private var chance: Chance

    init(
        policy: CairnPolicy, bounds: CairnBounds, kinds: ChallengeKinds, seed: CairnSeed, issuerKeyIdentifier: [UInt8],
        crlShards: Int
    ) {
        (sharedPolicy, self.bounds, self.kinds) = (Shared(policy), bounds, kinds)
        accounts = AccountStore(formerKeys: bounds.formerAccountKeys)
        externalAccounts = ExternalAccountStore(generator: seed.generator(for: "external accounts"))
        certificates = CertificateStore(issuerKeyIdentifier: issuerKeyIdentifier, shards: crlShards, bounds: bounds)
        grants = GrantStore(capacity: bounds.grants)
        nonces = NoncePool(capacity: bounds.nonces, generator: seed.generator(for: "nonces"))
        pauses = PauseStore(generator: seed.generator(for: "pauses"))
        outOfBand = OutOfBandStore(generator: seed.generator(for: "out-of-band pages"))
        buckets = TokenBuckets(capacity: bounds.rateLimitCounters)
        chance = Chance(seed)
    }

    /// What objects of several kinds draw from, a stream a purpose.
    private struct Chance: Sendable {
        var ids: SeededGenerator
        var tokens: SeededGenerator
        var reuse: SeededGenerator
        var profiles: SeededGenerator
        var delays: SeededGenerator

        init(_ seed: CairnSeed) {
            ids = seed.generator(for: "resource ids")
            tokens = seed.generator(for: "tokens")
            reuse = seed.generator(for: "authorization reuse")
            profiles = seed.generator(for: "profiles")
            delays = seed.generator(for: "validation delays")
        }
    }

    mutating func newID<Object>(_: Object.Type = Object.self) -> ResourceID<Object> {
        ResourceID(from: &chance.ids)
    }

    /// 256 bits in base64url (RFC 8555 §8.3 asks for 128 at least).
    mutating func newToken() -> Challenge.Token { Challenge.Token(from: &chance.tokens) }

    /// Whether an authorization that could be used again is.
    mutating func drawsReuse(by rule: CairnAuthorizationReuse.Rule) -> Bool {
        switch rule {
        case .never: false
        case .always: true
        case .sometimes(let probability): Double.random(in: 0..<1, using: &chance.reuse) < probability
        }
    }

    /// How long a validation waits before it begins, in whole milliseconds.
    mutating func drawValidationDelay() -> Duration {
        let (seconds, attoseconds) = policy.maximumValidationDelay.bounded.components
        let most = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        return most > 0 ? .milliseconds(Int64.random(in: 0...most, using: &chance.delays)) : .zero
    }

    /// How much there is of everything.
    var census: Census {
        Census(
            accounts: accounts.count, orders: orders.count, authorizations: authorizations.count,
            certificates: certificates.count, revocations: certificates.revocations.count, nonces: nonces.count,
            scheduledTasks: schedule.count, externalAccountKeys: externalAccounts.count, grants: grants.count,
            pausedIdentifiers: pauses.count, outOfBandPages: outOfBand.count, rateLimitCounters: buckets.count,
            compromisedKeys: certificates.compromisedKeyCount, ocspAnswers: certificates.revocations.answers.count,
            formerAccountKeys: accounts.formerKeyCount,
            held: held.count)
    }
}

/// What a transaction leaves to be done once the lock is free.
struct Outcome: Sendable {
    /// For the journal, in order.
    var events: [(at: CairnInstant, event: CairnJournalEvent)] = []
    /// The orders and authorizations that were forgotten by hand or by a rule.
    var forgotten: [String] = []
    /// Validations to be carried out, and when the first of them became due.
    var jobs: [ValidationJob] = []
    var jobsDue: CairnInstant?
    /// The orders that became ready and have their CSR already.
    var readyOrders: [Order.ID] = []
    /// Told whenever the instant at which something is due may have changed, and for which instant it was last.
    var alarm: (@Sendable () -> Void)?
    var alarmInstant: CairnInstant?
}

// MARK: Time

extension State {
    /// Does whatever is due at `now`, in the order in which it became due.
    mutating func advance(to now: CairnInstant) {
        certificates.revocations.publications.see(now, under: policy.revocationStatus)
        while let (task, due) = schedule.next(at: now) {
            switch task {
            case .expireOrder(let order): expire(order, at: due)
            case .expireAuthorization(let authorization): expire(authorization, at: due)
            case .validate(let job): retry(job, at: due)
            case .begin(let job): begin(job, at: due)
            case .release(let subject): releaseDue(subject, at: due)
            }
        }
    }

    mutating func schedule(_ task: Schedule.Task, at due: CairnInstant) {
        if schedule.isCrowded {
            let (orders, authorizations, held) = (orders, authorizations, held)
            schedule.removeAll { task, due in
                switch task {
                case .expireOrder(let id): orders[id]?.state.isFinal ?? true
                case .expireAuthorization(let id):
                    authorizations[id].map { $0.state.isFinal || $0.expires > due } ?? true
                case .validate(let job), .begin(let job):
                    authorizations[job.authorization]?.isWaiting(for: job) != true
                case .release(let subject): held[subject]?.due != due
                }
            }
        }
        schedule.add(task, at: due)
    }

    /// When the next thing is due: in the past, as long as somebody has yet to carry a validation out.
    var nextDue: CairnInstant? { outcome.jobsDue ?? schedule.nextDue }

    /// Told whenever the instant at which something is due may have changed.
    var alarm: (@Sendable () -> Void)? {
        get { outcome.alarm }
        set { outcome.alarm = newValue }
    }

    /// What is to be called once the lock is free, if the instant at which something is due has changed.
    mutating func takeAlarm() -> (@Sendable () -> Void)? {
        guard let alarm = outcome.alarm, let due = nextDue, due != outcome.alarmInstant else { return nil }
        outcome.alarmInstant = due
        return alarm
    }
}

// MARK: Work

extension State {
    /// A validation to be carried out once the lock is free.
    mutating func perform(_ job: ValidationJob, at due: CairnInstant) {
        outcome.jobs.append(job)
        outcome.jobsDue = outcome.jobsDue ?? due
    }

    var hasDueJobs: Bool { !outcome.jobs.isEmpty }

    mutating func takeDueJobs() -> [ValidationJob] {
        guard !outcome.jobs.isEmpty else { return [] }
        defer { (outcome.jobs, outcome.jobsDue) = ([], nil) }
        return outcome.jobs
    }

    /// An order whose certificate is to be issued once the lock is free, without anybody asking for it.
    mutating func issueUnasked(_ order: Order.ID) { outcome.readyOrders.append(order) }

    mutating func takeReadyOrders() -> [Order.ID] {
        guard !outcome.readyOrders.isEmpty else { return [] }
        defer { outcome.readyOrders = [] }
        return outcome.readyOrders
    }
}

// MARK: Journal

extension State {
    /// Notes that a new object has its first status, or that an object changed its status.
    mutating func note(
        _ subject: CairnStatusEvent.Subject, _ id: String, _ identifiers: [ACMEIdentifier], from: String?, to: String,
        at instant: CairnInstant
    ) {
        note(
            .status(
                CairnStatusEvent(
                    subject: subject, id: CairnObjectID(rawValue: id), identifiers: identifiers,
                    from: from.map { ACMEStatus(rawValue: $0) }, to: ACMEStatus(rawValue: to))),
            at: instant)
    }

    /// Notes what a leniency accepted, in the request that is being answered.
    mutating func note(_ leniency: CairnLeniency, _ detail: String, by account: Account.ID?, at instant: CairnInstant) {
        note(.finding(CairnFinding(leniency, detail, account: account.map { "\($0)" })), at: instant)
    }

    mutating func note(_ event: CairnJournalEvent, at instant: CairnInstant) {
        outcome.events.append((instant, event))
    }

    mutating func takeForgotten() -> [String] {
        defer { outcome.forgotten = [] }
        return outcome.forgotten
    }

    mutating func takeEvents() -> [(at: CairnInstant, event: CairnJournalEvent)] {
        defer { outcome.events = [] }
        return outcome.events
    }
}

// MARK: Forgetting

/// What is forgotten, and in which order; see ``CairnBounds``.
extension State {
    /// Makes room for an order that was placed, and for its authorizations.
    mutating func makeRoom(for order: Order.ID, at now: CairnInstant) {
        while orders.unfinishedCount > max(1, bounds.unfinishedOrders), endOldestOrder(but: order, at: now) {}
        makeRoom(sparing: order, nil, at: now)
    }

    /// Makes room for an authorization that was made before any order.
    mutating func makeRoom(for authorization: Authorization.ID, at now: CairnInstant) {
        authorizations.notePreAuthorization(authorization)
        makeRoom(sparing: nil, authorization, at: now)
    }

    private mutating func makeRoom(sparing order: Order.ID?, _ authorization: Authorization.ID?, at now: CairnInstant) {
        let most = max(1, bounds.authorizations)
        while authorizations.count > most {
            if let oldest = authorizations.removeFirstFinished() {
                forgot(oldest)
            } else if let oldest = orders.removeFirstFinished(but: order) {
                forgot(oldest)
            } else if !endOldestOrder(but: order, at: now), !endOldestPreAuthorization(but: authorization, at: now) {
                return
            }
        }
    }

    /// Makes the oldest unfinished order invalid; `false` if there is none besides `kept`.
    private mutating func endOldestOrder(but kept: Order.ID?, at now: CairnInstant) -> Bool {
        guard let oldest = orders.nextUnfinished(but: kept) else { return false }
        let problem = ACMEProblem(
            .serverInternal,
            "the order gave way to a newer one: this CA keeps at most \(max(1, bounds.unfinishedOrders)) unfinished "
                + "orders and \(max(1, bounds.authorizations)) authorizations")
        fail(oldest, problem, at: now)
        return true
    }

    /// Revokes the oldest pre-authorization that no order lists; `false` if there is none besides `kept`.
    private mutating func endOldestPreAuthorization(but kept: Authorization.ID?, at now: CairnInstant) -> Bool {
        while let oldest = authorizations.nextPreAuthorization(but: kept) {
            if change(oldest, .revokedByServer, at: now) { return true }
        }
        return false
    }

    /// Forgets the oldest valid and invalid orders when there are too many.
    mutating func forgetFinishedOrders() {
        while orders.finishedCount > max(1, bounds.finishedOrders), let oldest = orders.removeFirstFinished(but: nil) {
            forgot(oldest)
        }
    }

    /// Forgets the oldest authorizations that no order lists and that can be used no more, when there are too many.
    mutating func forgetFinishedAuthorizations() {
        while authorizations.finishedCount > max(1, bounds.finishedAuthorizations),
            let oldest = authorizations.removeFirstFinished()
        {
            forgot(oldest)
        }
    }

    /// Forgets an order, whatever its status.
    mutating func purge(_ id: Order.ID) {
        guard let order = orders.remove(id) else { return }
        if !order.state.isFinal {
            held[.order(id)] = nil
            for authorization in order.authorizations { authorizations.update(authorization) { $0.release(id) } }
            if let replaced = order.replaces { certificates.unmarkReplaced(replaced.serialNumber, by: id) }
        }
        forgot(order)
    }

    /// Lets go with an order what belongs to it.
    private mutating func forgot(_ order: Order) {
        if let certificate = order.certificate { certificates.remove(certificate) }
        for id in order.authorizations {
            authorizations.update(id) { $0.forget(order.id) }
            guard let authorization = authorizations[id], authorization.orderCount == 0,
                !authorization.outlivesItsOrders
            else { continue }
            authorizations.remove(id)
            forgot(authorization)
        }
    }

    /// Lets go with an authorization what belongs to it.
    mutating func forgot(_ authorization: Authorization) {
        if !held.isEmpty {
            for index in authorization.challenges.indices { held[.challenge(authorization.id, index)] = nil }
        }
        outOfBand.close(of: authorization)
        if case .grant(let id) = authorization.origin { grants.remove(authorization, of: id) }
    }
}

/// What is due, and when.
///
/// Reading an object never changes it: time changes it, through this schedule, before any command or read at a later
/// instant is carried out.
struct Schedule: Sendable {
    enum Task: Sendable {
        case expireOrder(Order.ID)
        case expireAuthorization(Authorization.ID)
        /// Looks again after a validation that failed.
        indirect case validate(ValidationJob)
        /// Looks for the first time, after a delay.
        indirect case begin(ValidationJob)
        case release(HeldResult.Subject)
    }

    private struct Entry: Comparable, Sendable {
        let due: CairnInstant
        /// Tasks that are due at the same instant are done in the order in which they were added.
        let number: Int
        let task: Task

        static func < (lhs: Entry, rhs: Entry) -> Bool { (lhs.due, lhs.number) < (rhs.due, rhs.number) }
        static func == (lhs: Entry, rhs: Entry) -> Bool { lhs.number == rhs.number }
    }

    private var entries = Heap<Entry>()
    private var added = 0
    /// How many entries are too many.
    private var crowd = 64

    /// How many tasks wait, those included whose object has become final since.
    var count: Int { entries.count }

    /// Whether there are much more than were needed when this was looked at last.
    ///
    /// Final and forgotten objects leave their tasks behind. If those are dropped whenever this is so, the schedule is
    /// bounded by what it is about, and a task costs no more than a constant on average.
    var isCrowded: Bool { count >= crowd }

    /// When the first of them is due.
    var nextDue: CairnInstant? { entries.min?.due }

    mutating func add(_ task: Task, at due: CairnInstant) {
        entries.insert(Entry(due: due, number: added, task: task))
        added += 1
    }

    /// Takes out the next task that is due at `now`, and says when it was due.
    mutating func next(at now: CairnInstant) -> (task: Task, due: CairnInstant)? {
        guard let first = entries.min, first.due <= now else { return nil }
        entries.removeMin()
        crowd = max(64, min(crowd, 4 * count))
        return (first.task, first.due)
    }

    /// Drops the tasks that have become pointless.
    ///
    /// What is left keeps its order.
    mutating func removeAll(where isPointless: (_ task: Task, _ due: CairnInstant) -> Bool) {
        entries = Heap(entries.unordered.filter { !isPointless($0.task, $0.due) })
        crowd = max(64, 2 * count)
    }
}

/// The nonces that have been handed out and not come back (RFC 8555 §6.5).
///
/// A nonce is 128 bits from the seeded stream, in base64url, and is good once. The pool is bounded: when it is full the
/// oldest nonce is forgotten, and a client that still holds it is told `badNonce` and given a fresh one.
package struct NoncePool: Sendable {
    private let capacity: Int
    private var generator: SeededGenerator
    private var live: Set<UInt128> = []
    /// In the order of issue; nonces that were spent meanwhile are still in it.
    private var queue: Deque<UInt128> = []

    package init(capacity: Int, generator: SeededGenerator) {
        self.capacity = max(1, capacity)
        self.generator = generator
    }

    /// How many nonces could be spent now.
    package var count: Int { live.count }

    /// How many are remembered, the spent ones included that have not been cleared away.
    package var remembered: Int { queue.count }

    package mutating func issue() -> String {
        while live.count >= capacity, let oldest = queue.popFirst() { live.remove(oldest) }
        if queue.count / 2 >= capacity { queue.removeAll { !live.contains($0) } }
        let nonce = ResourceID<NoncePool>(from: &generator)
        live.insert(nonce.bits)
        queue.append(nonce.bits)
        return nonce.description
    }

    /// Spends a nonce.
    ///
    /// `false` if it was never issued, was spent before, or was forgotten.
    package mutating func spend(_ text: String) -> Bool {
        guard let nonce = ResourceID<NoncePool>(text) else { return false }
        return live.remove(nonce.bits) != nil
    }

    /// Forgets every nonce that is out.
    package mutating func forgetAll() {
        live.removeAll()
        queue.removeAll()
    }
}

/// The name of one object in URLs: 128 bits that cannot be guessed without the seed (RFC 8555 §10.5).
///
/// `Object` is only there so that the id of an order cannot be taken for that of an authorization.
package struct ResourceID<Object>: Hashable, Sendable {
    package let bits: UInt128

    package init(bits: UInt128) { self.bits = bits }

    package init(from generator: inout SeededGenerator) {
        bits = UInt128(generator.next()) << 64 | UInt128(generator.next())
    }

    /// Reads an id from a URL; `nil` if it is not 16 octets in base64url.
    @inlinable package init?(_ text: some StringProtocol) {
        guard let bits = Base64URL.number(text) else { return nil }
        self.bits = bits
    }
}

extension ResourceID: CustomStringConvertible {
    package var description: String { Base64URL.encode(bits) }
}

/// A set that forgets its oldest members when there are too many.
struct RecentSet<Member: Hashable & Sendable>: Sendable {
    private let capacity: Int
    private var members: Set<Member> = []
    /// Oldest first, each once.
    private var sequence: Deque<Member> = []

    /// - Parameter capacity: how many it holds; at least 1.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { members.count }

    var isEmpty: Bool { members.isEmpty }

    func contains(_ member: Member) -> Bool { members.contains(member) }

    /// Puts a member in; one that is there keeps its place.
    mutating func insert(_ member: Member) {
        guard members.insert(member).inserted else { return }
        sequence.append(member)
        while members.count > capacity, let oldest = sequence.popFirst() { members.remove(oldest) }
    }
}
