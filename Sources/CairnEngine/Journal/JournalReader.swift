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

        private struct Place {
            /// The number of the last entry; `nil` at the beginning of what is kept.
            var last: Int?
            /// Where the numbers began.
            var base: Int
        }

        private let journal: CairnJournal
        private let place: Mutex<Place>

        fileprivate init(_ journal: CairnJournal, after number: Int?, base: Int) {
            self.journal = journal
            place = Mutex(Place(last: number, base: base))
        }

        package func next() -> Step {
            place.withLock { place in
                journal.state.withLock { state in
                    // The CA has begun anew, and so does whoever reads.
                    if place.base != state.base { place = Place(last: nil, base: state.base) }
                    guard let entry = state.kept.first(after: place.last ?? -1) else {
                        return state.isFinished ? .end : .nothing
                    }
                    let missed = place.last.map { entry.number - $0 - 1 } ?? 0
                    place.last = entry.number
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
    ///   - number: the entry to go on after; `nil`, and one that was never made, begin with what is kept.
    ///   - wake: is called with each new entry, without any lock, until ``Reader/cancel()``; it must be quick.
    package func read(after number: Int?, wake: @escaping @Sendable () -> Void) -> Reader {
        state.withLock { state in
            // A number that is still to come is one of another CA, or of before a reset.
            let number = number.flatMap { $0 < state.count - state.base ? $0 : nil }
            let reader = Reader(self, after: number, base: state.base)
            state.readers.append(Listening(reader: reader, wake: wake))
            return reader
        }
    }

    /// How many entries were made since the start: the number of the next one.
    package var count: Int { state.withLock { $0.count - $0.base } }
}

extension BoundedEntries {
    /// The oldest entry with a higher number.
    func first(after number: Int) -> CairnJournalEntry? {
        // Numbers have no gaps but at the beginning.
        guard let first = entries.first?.number else { return nil }
        guard number >= first else { return entries.first }
        let index = number - first
        return index < entries.count - 1 ? entries[index + 1] : nil
    }
}
