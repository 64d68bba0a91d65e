public import CairnModel
import DequeModule
import Synchronization

/// What clients did and should not have, in the order in which it was first seen.
///
/// ```swift
/// #expect(ca.journal.findings(atLeast: .should).isEmpty)
/// #expect(ca.journal.findings(.reusedNonce).isEmpty)
/// ```
/// Clients are judged when this is read, as if nothing came any more: what a client may still make good, by sending a request
/// again that was answered with `badNonce` or by answering an authorization that is pending, is a finding until it does. So
/// this is for when clients are done, before or after the CA is shut down. Of time it knows what the clock of the CA shows:
/// while that stands still, nobody is hasty.
///
/// Findings outlive the entries that show them, up to a thousand.
extension CairnJournal {
    /// All findings.
    public var findings: [CairnFinding] {
        state.withLock { state in
            // Of an answer that is under way, it is not known yet whether the client gets it.
            let entries = state.kept.entries
            let next = state.judge.next
            let unsettled = entries.firstIndex { entry in
                guard entry.number >= next, case .request(let request) = entry.event else { return false }
                return request.sent == nil
            }
            state.judgeRest(before: unsettled ?? entries.count)
            var judge = state.judge
            for entry in entries where entry.number >= judge.next { judge.see(entry) }
            judge.excuse(before: .max)
            return judge.conclusion
        }
    }

    /// The findings of certain kinds.
    public func findings(_ kinds: CairnFinding.Kind...) -> [CairnFinding] {
        findings.filter { kinds.contains($0.kind) }
    }

    /// The findings of a grade or above.
    public func findings(atLeast grade: CairnFinding.Grade) -> [CairnFinding] { findings.filter { $0.grade >= grade } }

    /// The findings about an account.
    public func findings(by account: CairnObjectID) -> [CairnFinding] { findings.filter { $0.account == account } }
}

extension CairnJournal.State {
    /// Keeps an entry; what is forgotten for it is judged before.
    mutating func keep(_ entry: CairnJournalEntry) {
        if kept.isFull { judgeOldest() }
        kept.append(entry) { forgotten in
            if forgotten.number >= judge.next { judge.see(forgotten) }
        }
    }

    /// Judges the entries that will be forgotten next, many at a time: with one at a time, the code of the judge and what it keeps
    /// in mind would have to come back into the processor's caches for each.
    private mutating func judgeOldest() {
        guard let first = kept.entries.first, first.number >= judge.next else { return }
        for index in 0..<min(256, kept.entries.count) {
            // Of an answer that is under way, it is not known yet whether the client gets it.
            if case .request(let request) = kept.entries[index].event, request.sent == nil { return }
            judge.see(kept.entries[index])
        }
    }

    /// Notes that orders and authorizations were forgotten by hand, which is nothing that a client did.
    mutating func excuse(_ ids: [String], before number: Int) {
        for id in ids { judge.excused.append((number, id)) }
        while judge.excused.count > 10_000 { judge.excused.removeFirst() }
    }

    /// Judges the entries before a place that are not judged yet.
    mutating func judgeRest(before end: Int) {
        guard let first = kept.entries.first?.number else { return }
        let (start, end) = (max(0, judge.next - first), min(end, kept.entries.count))
        guard start < end else { return }
        for index in start..<end { judge.see(kept.entries[index]) }
    }
}
