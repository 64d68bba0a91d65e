import ACME
import HeapModule

/// What is due, and when.
///
/// Reading an object never changes it: time changes it, through this schedule, before any command or read at a later
/// instant is carried out.
struct Schedule: Sendable {
    enum Task: Sendable {
        case expireOrder(Order.ID)
        case expireAuthorization(Authorization.ID)
    }

    private struct Entry: Comparable, Sendable {
        let due: Instant
        /// Tasks that are due at the same instant are done in the order in which they were added.
        let number: Int
        let task: Task

        static func < (lhs: Entry, rhs: Entry) -> Bool { (lhs.due, lhs.number) < (rhs.due, rhs.number) }
        static func == (lhs: Entry, rhs: Entry) -> Bool { lhs.number == rhs.number }
    }

    private var entries = Heap<Entry>()
    private var count = 0

    mutating func add(_ task: Task, at due: Instant) {
        entries.insert(Entry(due: due, number: count, task: task))
        count += 1
    }

    /// Takes out the next task that is due at `now`, and says when it was due.
    mutating func next(at now: Instant) -> (task: Task, due: Instant)? {
        guard let first = entries.min, first.due <= now else { return nil }
        entries.removeMin()
        return (first.task, first.due)
    }
}
