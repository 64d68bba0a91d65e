public import CairnCertificates
public import CairnModel
import DequeModule
import Synchronization

/// What happened in a CA, in order.
///
/// The journal is bounded, by the number of its entries and by their size (``CairnBounds``): when it is full, the oldest entry
/// is forgotten. Reading it never waits for the server.
public final class CairnJournal: Sendable {
    private struct State {
        var entries: Deque<CairnJournalEntry> = []
        var count = 0
        /// What the entries take up.
        var bytes = 0
        /// How the client of the last request calls itself: most requests in a row are of one client, and share the text.
        var client: String?
        var observers: [@Sendable (CairnJournalEntry) -> Void] = []
    }

    private let capacity: Int
    private let bytes: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: how many entries are kept.
    ///   - bytes: what they may take up together.
    package init(capacity: Int, bytes: Int = .max) {
        self.capacity = max(0, capacity)
        self.bytes = max(0, bytes)
    }

    /// Every entry that is still kept, oldest first.
    public var entries: [CairnJournalEntry] {
        state.withLock { Array($0.entries) }
    }

    /// The requests that were answered, oldest first.
    public var requests: [CairnRequestEvent] {
        entries.compactMap { if case .request(let event) = $0.event { event } else { nil } }
    }

    /// The requests to one endpoint, oldest first.
    public func requests(to endpoint: ACMEEndpoint) -> [CairnRequestEvent] {
        requests.filter { $0.endpoint == endpoint }
    }

    /// The validations that were made, oldest first.
    public var probes: [CairnProbeEvent] {
        entries.compactMap { if case .probe(let event) = $0.event { event } else { nil } }
    }

    /// What clients did and should not have, oldest first.
    public var findings: [CairnFinding] {
        entries.compactMap { if case .finding(let finding) = $0.event { finding } else { nil } }
    }

    /// The certificates that were issued, oldest first.
    public var certificates: [CairnCertificate] {
        entries.compactMap { if case .issued(let certificate) = $0.event { certificate } else { nil } }
    }

    /// The objects that were created or changed their status, oldest first.
    public var statusChanges: [CairnStatusEvent] {
        entries.compactMap { if case .status(let event) = $0.event { event } else { nil } }
    }

    /// Forgets all entries.
    ///
    /// Their numbers are not used again.
    public func clear() {
        state.withLock { state in
            state.entries.removeAll()
            state.bytes = 0
        }
    }

    /// Calls `observer` with every entry from now on, on the thread that made it, as soon as it is in the journal.
    ///
    /// An observer may use the CA, but keeps the client waiting while it does.
    public func observe(_ observer: @escaping @Sendable (CairnJournalEntry) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    /// Whether anybody is told of entries when they are made.
    package var isObserved: Bool { state.withLock { !$0.observers.isEmpty } }

    /// What the entries that are kept take up, by the measure of ``CairnBounds/journalBytes``.
    package var size: Int { state.withLock { $0.bytes } }

    package func record(_ event: CairnJournalEvent, at instant: CairnInstant) {
        append([(instant, event)]).deliver()
    }

    /// Writes events down, for observers to be told of later.
    ///
    /// This takes no lock but the journal's own, so the engine calls it while it holds its lock: the entries then stand in
    /// the order of the transactions. The observers are called without any lock.
    func append(_ events: [(at: CairnInstant, event: CairnJournalEvent)]) -> Announcement {
        guard !events.isEmpty else { return Announcement() }
        return state.withLock { state in
            var announcement = Announcement(observers: state.observers)
            for (at, event) in events {
                let entry = CairnJournalEntry(number: state.count, at: at, event: event)
                state.count += 1
                if !state.observers.isEmpty { announcement.entries.append(entry) }
                keep(entry, &state)
            }
            return announcement
        }
    }

    private func keep(_ entry: CairnJournalEntry, _ state: inout State) {
        guard capacity > 0 else { return }
        let entry = entry.kept(sharing: &state.client)
        state.bytes += entry.size
        state.entries.append(entry)
        while state.entries.count > capacity || (state.bytes > bytes && state.entries.count > 1) {
            state.bytes -= state.entries.removeFirst().size
        }
    }

    /// New entries, and who is to be told of them.
    struct Announcement: Sendable {
        var entries: [CairnJournalEntry] = []
        var observers: [@Sendable (CairnJournalEntry) -> Void] = []

        func deliver() {
            for observer in observers {
                for entry in entries { observer(entry) }
            }
        }
    }
}
