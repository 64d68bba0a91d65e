import CairnCertificates
import CairnModel
import DequeModule

/// Everything the CA remembers.
///
/// Only ``Engine`` holds one, behind its lock.
struct State: Sendable {
    var policy: CairnPolicy
    let bounds: CairnBounds
    var accounts: [Account.ID: Account] = [:]
    /// The account of a key, by the key's SubjectPublicKeyInfo, so that a key of a CSR can be looked up too.
    var accountsByKey: [[UInt8]: Account.ID] = [:]
    /// The keys that accounts had before a keyChange (RFC 8555 §7.3.5).
    var formerAccountKeys: RecentSet<CairnKeyDigest>
    /// The keys of the certificates that are kept, by their SubjectPublicKeyInfo, and how many have each.
    var certifiedKeys: [[UInt8]: Int] = [:]
    /// The key identifier in the certificates of this CA, for the certIDs of RFC 9773 §4.1.
    let issuerKeyIdentifier: [UInt8]
    var holdings: [Account.ID: Holdings] = [:]
    var orders: [Order.ID: Order] = [:]
    var authorizations: [Authorization.ID: Authorization] = [:]
    var certificates: [Certificate.ID: Certificate] = [:]
    var grants: Grants
    var nonces: NoncePool
    /// The keys that were given out for external accounts, by their identifiers (RFC 8555 §7.3.4).
    var externalAccountKeys: [String: CairnExternalAccountKey] = [:]
    /// The keys of certificates that were revoked for keyCompromise.
    var compromisedKeys: RecentSet<CairnKeyDigest>
    /// What the rate limits have counted.
    var buckets: TokenBuckets
    /// `nil` until a rate limit asks for it.
    var issuedSets: IssuedSets?
    var pauses: [Account.ID: Pause] = [:]
    var pausedAccounts: [Pause.ID: Account.ID] = [:]
    /// What is paused for all accounts, the oldest first.
    var pauseSequence: Deque<PausedIdentifier> = []
    var outOfBand: OutOfBandPages

    var externalAccounts: SeededGenerator
    private var ids: SeededGenerator
    private var tokens: SeededGenerator
    private var pauseIDs: SeededGenerator
    private var reuseDice: SeededGenerator
    private var schedule = Schedule()
    private var orderCount = 0
    /// Valid and invalid orders, in the order in which they were finished.
    var finishedOrders: Deque<Order.ID> = []
    /// Authorizations that no order lists and that can be used no more, in the order in which they ended.
    var finishedAuthorizations: Deque<Authorization.ID> = []
    /// Orders in the order in which they were placed, finished ones among them.
    var placedOrders: Deque<Order.ID> = []
    /// Pre-authorizations in the order in which they were made, forgotten ones among them.
    var madePreAuthorizations: Deque<Authorization.ID> = []
    private var events: [(at: CairnInstant, event: CairnJournalEvent)] = []
    private var dueJobs: [ValidationJob] = []
    /// When the first of them became due.
    private var jobsDue: CairnInstant?
    /// The orders that became ready and have their CSR already.
    private var readyOrders: [Order.ID] = []
    /// What has been decided and not yet shown, by what it is about.
    var held: [Hold.Subject: Hold] = [:]
    /// Told whenever the instant at which something is due may have changed.
    var alarm: (@Sendable () -> Void)?
    private var alarmInstant: CairnInstant?

    init(policy: CairnPolicy, bounds: CairnBounds, seed: CairnSeed, issuerKeyIdentifier: [UInt8]) {
        (self.policy, self.bounds, self.issuerKeyIdentifier) = (policy, bounds, issuerKeyIdentifier)
        grants = Grants(capacity: bounds.grants)
        compromisedKeys = RecentSet(capacity: bounds.compromisedKeys)
        formerAccountKeys = RecentSet(capacity: bounds.formerAccountKeys)
        buckets = TokenBuckets(capacity: bounds.rateLimitCounters)
        nonces = NoncePool(capacity: bounds.nonces, generator: seed.generator(for: "nonces"))
        ids = seed.generator(for: "resource ids")
        tokens = seed.generator(for: "tokens")
        externalAccounts = seed.generator(for: "external accounts")
        pauseIDs = seed.generator(for: "pauses")
        outOfBand = OutOfBandPages(generator: seed.generator(for: "out-of-band pages"))
        reuseDice = seed.generator(for: "authorization reuse")
    }

    mutating func newID<Object>(_: Object.Type = Object.self) -> ResourceID<Object> {
        ResourceID(from: &ids)
    }

    /// 256 bits in base64url (RFC 8555 §8.3 asks for 128 at least).
    mutating func newToken() -> Challenge.Token { Challenge.Token(from: &tokens) }

    /// Drawn apart from other ids, so that a pause changes none of them.
    mutating func newPauseID() -> Pause.ID { Pause.ID(from: &pauseIDs) }

    /// Whether an authorization that could be used again is.
    mutating func drawsReuse(by rule: CairnAuthorizationReuse.Rule) -> Bool {
        switch rule {
        case .never: false
        case .always: true
        case .sometimes(let probability): Double.random(in: 0..<1, using: &reuseDice) < probability
        }
    }

    mutating func nextOrderNumber() -> Int {
        defer { orderCount += 1 }
        return orderCount
    }

    // MARK: Time

    mutating func schedule(_ task: Schedule.Task, at due: CairnInstant) {
        if schedule.isCrowded {
            let (orders, authorizations, held) = (orders, authorizations, held)
            schedule.removeAll { task, due in
                switch task {
                case .expireOrder(let id): orders[id]?.state.isFinal ?? true
                case .expireAuthorization(let id):
                    authorizations[id].map { $0.state.isFinal || $0.expires > due } ?? true
                case .validate(let job): authorizations[job.authorization]?.isWaiting(for: job) != true
                case .release(let subject): held[subject]?.due != due
                }
            }
        }
        schedule.add(task, at: due)
    }

    /// When the next thing is due: in the past, as long as somebody has yet to carry a validation out.
    var nextDue: CairnInstant? { jobsDue ?? schedule.nextDue }

    /// A validation to be carried out once the lock is free.
    mutating func perform(_ job: ValidationJob, at due: CairnInstant) {
        dueJobs.append(job)
        jobsDue = jobsDue ?? due
    }

    mutating func takeDueJobs() -> [ValidationJob] {
        guard !dueJobs.isEmpty else { return [] }
        defer { (dueJobs, jobsDue) = ([], nil) }
        return dueJobs
    }

    /// An order whose certificate is to be issued once the lock is free, without anybody asking for it.
    mutating func issueUnasked(_ order: Order.ID) { readyOrders.append(order) }

    mutating func takeReadyOrders() -> [Order.ID] {
        guard !readyOrders.isEmpty else { return [] }
        defer { readyOrders = [] }
        return readyOrders
    }

    /// What is to be called once the lock is free, if the instant at which something is due has changed.
    mutating func takeAlarm() -> (@Sendable () -> Void)? {
        guard let alarm, let due = nextDue, due != alarmInstant else { return nil }
        alarmInstant = due
        return alarm
    }

    /// How much there is of everything.
    var census: Census {
        Census(
            accounts: accounts.count, orders: orders.count, authorizations: authorizations.count,
            certificates: certificates.count, nonces: nonces.count,
            scheduledTasks: schedule.count, externalAccountKeys: externalAccountKeys.count, grants: grants.count,
            pausedIdentifiers: pauseSequence.count, outOfBandPages: outOfBand.count, rateLimitCounters: buckets.count,
            compromisedKeys: compromisedKeys.count,
            formerAccountKeys: formerAccountKeys.count, held: held.count)
    }

    /// Does whatever is due at `now`, in the order in which it became due.
    mutating func advance(to now: CairnInstant) {
        while let (task, due) = schedule.next(at: now) {
            switch task {
            case .expireOrder(let order): expire(order, at: due)
            case .expireAuthorization(let authorization): expire(authorization, at: due)
            case .validate(let job): retry(job, at: due)
            case .release(let subject): releaseDue(subject, at: due)
            }
        }
    }

    // MARK: Journal

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
        events.append((instant, event))
    }

    mutating func takeEvents() -> [(at: CairnInstant, event: CairnJournalEvent)] {
        defer { events = [] }
        return events
    }
}
