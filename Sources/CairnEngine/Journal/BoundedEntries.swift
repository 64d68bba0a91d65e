import CairnCertificates
import CairnModel
import DequeModule

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
            case .revoked, .agreed: 0
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

    /// Notes what was really sent of an answer, and returns the entry; `nil` if it is not kept any more, or told already.
    mutating func complete(_ number: Int, _ report: CairnDeliveryReport) -> CairnJournalEntry? {
        // Numbers have no gaps but at the beginning.
        guard let first = entries.first?.number, number >= first, number - first < entries.count,
            case .request(var request) = entries[number - first].event, request.sent == nil
        else { return nil }
        request.sent = report
        entries[number - first].event = .request(request)
        return entries[number - first]
    }
}
