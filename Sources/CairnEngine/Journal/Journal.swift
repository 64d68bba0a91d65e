public import CairnCertificates
public import CairnModel
import DequeModule
import Synchronization

/// What happened in a CA, in order.
///
/// The journal is bounded: when it is full, the oldest entry is forgotten. Reading it never waits for the server.
public final class Journal: Sendable {
    private struct State {
        var entries: Deque<JournalEntry> = []
        var count = 0
        var observers: [@Sendable (JournalEntry) -> Void] = []
    }

    private let capacity: Int
    private let state = Mutex(State())

    package init(capacity: Int) {
        self.capacity = max(0, capacity)
    }

    /// Every entry that is still kept, oldest first.
    public var entries: [JournalEntry] {
        state.withLock { Array($0.entries) }
    }

    /// The requests that were answered, oldest first.
    public var requests: [RequestEvent] {
        entries.compactMap { if case .request(let event) = $0.event { event } else { nil } }
    }

    /// The requests to one endpoint, oldest first.
    public func requests(to endpoint: Endpoint) -> [RequestEvent] {
        requests.filter { $0.endpoint == endpoint }
    }

    /// The validations that were made, oldest first.
    public var probes: [ProbeEvent] {
        entries.compactMap { if case .probe(let event) = $0.event { event } else { nil } }
    }

    /// What clients did and should not have, oldest first.
    public var findings: [Finding] {
        entries.compactMap { if case .finding(let finding) = $0.event { finding } else { nil } }
    }

    /// The certificates that were issued, oldest first.
    public var certificates: [IssuedCertificate] {
        entries.compactMap { if case .issued(let certificate) = $0.event { certificate } else { nil } }
    }

    /// The objects that were created or changed their status, oldest first.
    public var statusChanges: [StatusEvent] {
        entries.compactMap { if case .status(let event) = $0.event { event } else { nil } }
    }

    /// Forgets all entries.
    ///
    /// Their numbers are not used again.
    public func clear() {
        state.withLock { $0.entries.removeAll() }
    }

    /// Calls `observer` with every entry from now on, on the thread that made it, as soon as it is in the journal.
    ///
    /// An observer may use the CA, but keeps the client waiting while it does.
    public func observe(_ observer: @escaping @Sendable (JournalEntry) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    package func record(_ event: JournalEvent, at instant: Instant) {
        append([(instant, event)]).deliver()
    }

    /// Writes events down, for observers to be told of later.
    ///
    /// This takes no lock but the journal's own, so the engine calls it while it holds its lock: the entries then stand in
    /// the order of the transactions. The observers are called without any lock.
    func append(_ events: [(at: Instant, event: JournalEvent)]) -> Announcement {
        guard !events.isEmpty else { return Announcement() }
        return state.withLock { state in
            var announcement = Announcement(observers: state.observers)
            for (at, event) in events {
                let entry = JournalEntry(number: state.count, at: at, event: event)
                state.count += 1
                if !state.observers.isEmpty { announcement.entries.append(entry) }
                guard capacity > 0 else { continue }
                if state.entries.count >= capacity { state.entries.removeFirst() }
                state.entries.append(entry)
            }
            return announcement
        }
    }

    /// New entries, and who is to be told of them.
    struct Announcement: Sendable {
        var entries: [JournalEntry] = []
        var observers: [@Sendable (JournalEntry) -> Void] = []

        func deliver() {
            for observer in observers {
                for entry in entries { observer(entry) }
            }
        }
    }
}
