import DequeModule
import Synchronization

extension CairnJournal {
    /// A way through the journal for somebody who is called when there is something, and takes one entry after the other when
    /// he has room for it.
    ///
    /// It keeps a number and no entries: whoever is slow misses what the journal forgets, and is told how much that was.
    package final class Reader: Sendable {
        package enum Step: Sendable {
            /// - Parameter missed: how many entries before it are not kept any more.
            case entry(CairnJournalEntry, missed: Int)
            /// Nothing at present.
            case nothing
            /// Nothing ever again: the CA has stopped.
            case end
        }

        private let journal: CairnJournal
        /// The number of the last entry; `nil` at the beginning of what is kept.
        private let last: Mutex<Int?>

        fileprivate init(_ journal: CairnJournal, after number: Int?) {
            self.journal = journal
            last = Mutex(number)
        }

        package func next() -> Step {
            last.withLock { last in
                journal.state.withLock { state in
                    guard let entry = state.kept.first(after: last ?? -1) else {
                        return state.isFinished ? .end : .nothing
                    }
                    let missed = last.map { entry.number - $0 - 1 } ?? 0
                    last = entry.number
                    return .entry(entry, missed: missed)
                }
            }
        }

        /// Is called no more.
        package func cancel() {
            journal.state.withLock { state in state.readers.removeAll { $0.reader === self } }
        }
    }

    /// Somebody who reads, and how he is called.
    struct Listening {
        let reader: Reader
        let wake: Subscription.Wake
    }

    /// Begins to read.
    ///
    /// - Parameters:
    ///   - number: the entry to go on after; `nil` begins with what is kept.
    ///   - wake: is called with each new entry, without any lock, until ``Reader/cancel()``; it must be quick.
    package func read(after number: Int?, wake: @escaping @Sendable () -> Void) -> Reader {
        let reader = Reader(self, after: number)
        state.withLock { $0.readers.append(Listening(reader: reader, wake: wake)) }
        return reader
    }

    /// How many entries were ever made: the number of the next one.
    package var count: Int { state.withLock { $0.count } }
}

extension BoundedEntries {
    /// The oldest entry with a higher number.
    func first(after number: Int) -> CairnJournalEntry? {
        // Numbers have no gaps but at the beginning.
        guard let first = entries.first?.number else { return nil }
        let index = max(0, number - first + 1)
        return index < entries.count ? entries[index] : nil
    }
}
