public import CairnCertificates
public import CairnModel
import DequeModule
import Synchronization

/// What happened in a CA, in order.
///
/// ```swift
/// let refused = ca.journal.requests(to: .newOrder, refusedFor: .badNonce)
/// let issued = await ca.journal.first(where: { $0.certificate != nil }, within: .minutes(5))
/// for await entry in ca.journal { print(entry) }
/// ```
/// Each request is one entry, recorded when the answer is decided, after the entries for the changes that it made, and
/// completed in place once it is known what was sent (``CairnRequestEvent/sent``).
///
/// The journal is bounded by number and size (``CairnBounds``): when it is full, the oldest entries are forgotten.
/// Reading it never blocks the server.
public final class CairnJournal: Sendable {
    struct State {
        var kept: BoundedEntries
        /// How many entries there have been.
        var count = 0
        /// How many of them there were before the CA began anew: the numbers of the others begin at 0.
        var base = 0
        var judge = Judge()
        var observers: [Observer] = []
        /// How many there have been, so that none is taken for one before it.
        var observations = 0
        var subscriptions: [Subscription] = []
        var readers: [Listening] = []
        /// What the clock of the CA shows.
        var now: @Sendable () -> CairnInstant = { CairnInstant(sinceEpoch: .zero) }
        /// Called when something has to happen earlier than before.
        var alarm: @Sendable () -> Void = {}
        var isFinished = false

        /// Whether anybody may want to hear of an entry; most of the time nobody does.
        var isFollowed: Bool { !observers.isEmpty || !subscriptions.isEmpty || !readers.isEmpty }
    }

    /// Somebody who is called with entries.
    struct Observer {
        let id: Int
        let moment: Moment
        let call: @Sendable (CairnJournalEntry) -> Void
    }

    let state: Mutex<State>

    /// - Parameters:
    ///   - capacity: how many entries are kept.
    ///   - bytes: what they may take up together.
    package init(capacity: Int, bytes: Int = .max) {
        state = Mutex(State(kept: BoundedEntries(capacity: Swift.max(0, capacity), byteLimit: Swift.max(0, bytes))))
    }

    /// All entries that are kept, oldest first.
    public var entries: [CairnJournalEntry] {
        state.withLock { Array($0.kept.entries) }
    }

    /// Forgets all entries and findings.
    ///
    /// Numbers are not reused. What findings depend on stays known, such as used nonces.
    public func clear() {
        state.withLock { state in
            state.judgeRest(before: .max)
            state.judge.forgetFindings()
            state.kept.removeAll()
        }
    }

    /// Forgets everything, what clients are judged by too; the numbers begin at 0 again.
    ///
    /// Those who observe or follow the journal go on.
    func beginAnew() {
        state.withLock { state in
            state.judge = Judge()
            state.kept.removeAll()
            state.base = state.count
        }
    }

    /// What the entries that are kept take up, by the measure of ``CairnBounds/journalBytes``.
    package var size: Int { state.withLock { $0.kept.bytes } }
}

// MARK: - Observers

extension CairnJournal {
    /// When an observer is called.
    public enum Moment: Sendable {
        /// When the entry is recorded; for a request, when the answer is decided.
        case made
        /// When it is known what was sent of the answer; for requests only.
        case sent
    }

    /// A registered observer, which can be removed.
    public struct Observation: Sendable {
        let journal: CairnJournal
        let id: Int

        /// Removes the observer.
        ///
        /// A call in progress on another thread may still complete.
        public func cancel() {
            journal.state.withLock { state in state.observers.removeAll { $0.id == id } }
        }
    }

    /// Calls `observer` with every new entry, on the thread that recorded it.
    ///
    /// An observer may use the CA, but the client waits meanwhile. It stays registered until it is cancelled.
    ///
    /// - Parameter moment: by default each entry is delivered once, when it is recorded; ``Moment/sent`` delivers
    ///   requests once ``CairnRequestEvent/sent`` is known, unless they were forgotten before.
    @discardableResult
    public func observe(
        _ moment: Moment = .made, _ observer: @escaping @Sendable (CairnJournalEntry) -> Void
    ) -> Observation {
        let id = state.withLock { state in
            state.observations += 1
            state.observers.append(Observer(id: state.observations, moment: moment, call: observer))
            return state.observations
        }
        return Observation(journal: self, id: id)
    }
}

// MARK: - Writing

extension CairnJournal {
    /// Writes an event down, tells the observers, and returns by what ``complete(_:_:)`` knows its entry, for good.
    @discardableResult
    package func record(_ event: CairnJournalEvent, at instant: CairnInstant) -> Int {
        let announcement = append(CollectionOfOne((instant, event)))
        announcement.deliver()
        return announcement.last
    }

    /// Writes events down, for observers to be told of later.
    ///
    /// This takes no lock but the journal's own, so the engine calls it while it holds its lock: the entries then stand in
    /// the order of the transactions. The observers are called without any lock.
    func append(_ events: some Collection<(at: CairnInstant, event: CairnJournalEvent)>) -> Announcement {
        guard !events.isEmpty else { return Announcement() }
        return state.withLock { state in
            let isFollowed = state.isFollowed
            var announcement = isFollowed ? Announcement(observers: state.observers, moment: .made) : Announcement()
            for (at, event) in events {
                let entry = CairnJournalEntry(number: state.count - state.base, at: at, event: event)
                state.count += 1
                if isFollowed { announcement.add(entry, for: state.subscriptions) }
                state.keep(entry)
            }
            if isFollowed { for reader in state.readers { announcement.add(reader.wake) } }
            announcement.last = state.count - 1
            return announcement
        }
    }

    /// Notes that orders and authorizations were forgotten by hand, so that nobody is blamed for them.
    func excuse(_ ids: [String]) {
        guard !ids.isEmpty else { return }
        state.withLock { $0.excuse(ids, before: $0.count - $0.base) }
    }

    /// Notes what was really sent of the answer of an entry.
    ///
    /// Only the first report on an entry counts, and none on an entry that was forgotten.
    ///
    /// - Parameter entry: what ``record(_:at:)`` returned.
    package func complete(_ entry: Int, _ report: CairnDeliveryReport) {
        let announcement = state.withLock { state in
            guard let place = state.kept.complete(entry - state.base, report), state.isFollowed else {
                return Announcement()
            }
            var announcement = Announcement(observers: state.observers, moment: .sent)
            announcement.add(state.kept.entries[place], for: state.subscriptions)
            return announcement
        }
        announcement.deliver()
    }

    /// New entries, and who is to be told of them.
    struct Announcement: Sendable {
        private var entries: [CairnJournalEntry] = []
        private var calls: [@Sendable (CairnJournalEntry) -> Void] = []
        private var wakes: [Subscription.Wake] = []
        private var moment = Moment.made
        var last = -1

        init() {}

        init(observers: [Observer], moment: Moment) {
            self.moment = moment
            for observer in observers where observer.moment == moment { calls.append(observer.call) }
        }

        /// Under the lock of the journal, so that every subscriber gets entries in their order.
        mutating func add(_ entry: CairnJournalEntry, for subscriptions: [Subscription]) {
            if !calls.isEmpty { entries.append(entry) }
            for subscription in subscriptions where subscription.moments.contains(moment) {
                if let wake = subscription.push(entry) { wakes.append(wake) }
            }
        }

        mutating func add(_ wake: @escaping Subscription.Wake) { wakes.append(wake) }

        func deliver() {
            for wake in wakes { wake() }
            for call in calls {
                for entry in entries { call(entry) }
            }
        }
    }
}

/// What is still kept, sorted by subject; everything oldest first.
extension CairnJournal {
    /// All requests.
    public var requests: [CairnRequestEvent] { entries.compactMap(\.request) }

    /// The requests to one endpoint.
    public func requests(to endpoint: ACMEEndpoint) -> [CairnRequestEvent] {
        requests.filter { $0.endpoint == endpoint }
    }

    /// The requests that an account signed.
    public func requests(by account: CairnObjectID) -> [CairnRequestEvent] {
        requests.filter { $0.account == account }
    }

    /// The requests refused with a problem type, at one endpoint or any.
    public func requests(
        to endpoint: ACMEEndpoint? = nil, refusedFor type: ACMEProblemType
    ) -> [CairnRequestEvent] {
        requests.filter { $0.problem?.type == type && (endpoint == nil || $0.endpoint == endpoint) }
    }

    /// The validations.
    public var probes: [CairnProbeEvent] { entries.compactMap(\.probe) }

    /// The connections on which rules fired before there was a request.
    public var connections: [CairnConnectionEvent] { entries.compactMap(\.connection) }

    /// The issued certificates.
    public var certificates: [CairnCertificate] { entries.compactMap(\.certificate) }

    /// The settings that kept their values because a test assigned one that they cannot have.
    public var refusedSettings: [CairnRefusedSetting] { entries.compactMap(\.refusedSetting) }

    /// Creations and status changes of objects.
    public var statusChanges: [CairnStatusEvent] { entries.compactMap(\.statusChange) }

    /// The status changes of all objects of a kind.
    public func statusChanges(of subject: CairnStatusEvent.Subject) -> [CairnStatusEvent] {
        statusChanges.filter { $0.subject == subject }
    }

    /// Every status that an object has had, in order.
    ///
    /// ```swift
    /// #expect(ca.journal.statuses(of: order.id) == [.pending, .ready, .processing, .valid])
    /// ```
    public func statuses(of id: CairnObjectID) -> [ACMEStatus] {
        statusChanges.filter { $0.id == id }.map(\.to)
    }
}

extension CairnJournalEvent {
    /// Notes what was really sent of an answer; `false` for what is no request, and for one of which that is known.
    fileprivate mutating func complete(_ report: CairnDeliveryReport) -> Bool {
        guard case .request(var request) = self, request.sent == nil else { return false }
        request.sent = report
        self = .request(request)
        return true
    }
}

extension CairnJournalEntry {
    /// About how many bytes it takes up.
    var size: Int {
        let variable =
            switch event {
            case .request(let request): request.size
            case .status(let change): change.identifiers.count * 64
            case .finding(let finding): finding.detail.utf8.count
            case .probe(let probe): (probe.problem?.size ?? 0) + probe.steps.count * 512
            case .issued(let certificate): certificate.derEncoded.count + certificate.identifiers.count * 64
            case .refusedSetting(let refused): refused.description.utf8.count
            case .revoked, .agreed, .connection: 0
            }
        return 512 + variable
    }
}

extension ACMEProblem {
    /// About how many bytes it takes up beside its own place.
    var size: Int {
        detail.utf8.count + (identifier?.value.utf8.count ?? 0) + subproblems.reduce(0) { $0 + 256 + $1.size }
    }
}

/// Entries in order, so many and so large that they may be kept: beyond that the oldest go.
struct BoundedEntries: Sendable {
    private(set) var entries: Deque<CairnJournalEntry> = []
    /// What they take up.
    private(set) var bytes = 0
    let capacity: Int
    let byteLimit: Int

    init(capacity: Int, byteLimit: Int) { (self.capacity, self.byteLimit) = (capacity, byteLimit) }

    /// Whether room has to be made for another.
    var isFull: Bool { entries.count >= capacity || bytes >= byteLimit }

    /// - Parameter forgetting: is called with each entry that goes.
    mutating func append(_ entry: CairnJournalEntry, forgetting: (CairnJournalEntry) -> Void = { _ in }) {
        guard capacity > 0 else { return forgetting(entry) }
        bytes += entry.size
        entries.append(entry)
        while entries.count > capacity || (bytes > byteLimit && entries.count > 1) {
            if let first = popFirst() { forgetting(first) }
        }
    }

    mutating func popFirst() -> CairnJournalEntry? {
        guard let first = entries.popFirst() else { return nil }
        bytes -= first.size
        return first
    }

    mutating func removeAll() {
        entries.removeAll()
        bytes = 0
    }

    /// Notes what was really sent of an answer, and returns the place of its entry; `nil` if it is not kept any more, or told
    /// already.
    mutating func complete(_ number: Int, _ report: CairnDeliveryReport) -> Int? {
        // Numbers have no gaps but at the beginning.
        guard let first = entries.first?.number, number >= first, number - first < entries.count else { return nil }
        return entries[number - first].event.complete(report) ? number - first : nil
    }
}
