import CairnModel
import HeapModule

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
