import Cairn
import Synchronization

/// Entries of the journal as server-sent events (HTML §9.2), for as long as somebody listens.
///
/// The `id` of an event is the number of its entry, and its name the kind. It comes when the entry is made, so that a request
/// has no `sent` as a rule. Who reads more slowly than the journal forgets gets an
/// event `gap` that says how many entries are missing.
final class JournalEvents: LiveSource {
    /// A comment, so that both sides notice when the other is gone.
    private static let pulse = CairnDelivery.Pulse(Array(":\n\n".utf8), every: .seconds(15))

    private let reader: CairnJournal.Reader
    private let isWanted: @Sendable (CairnJournalEntry) -> Bool
    /// How many events are still to be sent.
    private let left: Mutex<Int>

    private init(_ reader: CairnJournal.Reader, limit: Int, _ isWanted: @escaping @Sendable (CairnJournalEntry) -> Bool)
    {
        (self.reader, self.isWanted) = (reader, isWanted)
        left = Mutex(limit)
    }

    /// - Parameters:
    ///   - number: the entry to go on after; `nil` begins with what is kept.
    ///   - limit: how many events are sent before the body ends.
    static func body(
        of journal: CairnJournal, after number: Int?, limit: Int,
        _ isWanted: @escaping @Sendable (CairnJournalEntry) -> Bool
    ) -> CairnDelivery.LiveBody {
        CairnDelivery.LiveBody(pulse: pulse) { wake in
            JournalEvents(journal.read(after: number, wake: wake), limit: limit, isWanted)
        }
    }

    func next() -> LivePortion {
        left.withLock { left in
            while left > 0 {
                switch reader.next() {
                case .nothing: return .nothing
                case .end: return .end
                case .entry(let entry, let missed):
                    var text = missed > 0 ? "event: gap\ndata: {\"missed\":\(missed)}\n\n" : ""
                    if isWanted(entry) {
                        left -= 1
                        text += "id: \(entry.number)\nevent: \(entry.event.word)\ndata: \(entry.json.text())\n\n"
                    }
                    if !text.isEmpty { return .bytes(Array(text.utf8)) }
                }
            }
            return .end
        }
    }

    func close() { reader.cancel() }
}
