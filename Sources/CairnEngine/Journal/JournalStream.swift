package import CairnModel
import DequeModule
import Synchronization

// MARK: - One entry

extension CairnJournal {
    /// The first entry that satisfies a condition, waiting for one if necessary.
    ///
    /// ```swift
    /// let issued = await ca.journal.first(where: { $0.certificate != nil }, within: .minutes(5))
    /// let gone = await ca.journal.first { $0.request?.sent?.ending == .clientWentAway }
    /// ```
    /// Entries are tested when they are recorded, requests again once it is known what was sent.
    ///
    /// - Parameters:
    ///   - predicate: called with each entry, by the waiting task.
    ///   - timeout: how long to wait, on the CA's clock; a standing clock has to be moved that far. A reset restarts the
    ///     wait, as it does the clock and the journal. `nil` waits until the CA stops.
    /// - Returns: `nil` if the time is up, the CA has stopped or the task is cancelled.
    public func first(
        where predicate: (CairnJournalEntry) throws -> Bool, within timeout: Duration?,
        isolation: isolated (any Actor)? = #isolation
    ) async rethrows -> CairnJournalEntry? {
        let subscription = subscribe(to: [.made, .sent], within: timeout)
        defer { remove(subscription) }
        while let entry = await subscription.next(isolation: isolation) {
            if try predicate(entry) { return entry }
        }
        return nil
    }

    /// The first entry that satisfies a condition, waiting until the CA stops.
    public func first(
        where predicate: (CairnJournalEntry) throws -> Bool, isolation: isolated (any Actor)? = #isolation
    ) async rethrows -> CairnJournalEntry? {
        try await first(where: predicate, within: nil, isolation: isolation)
    }
}

// MARK: - All entries

extension CairnJournal: AsyncSequence {
    /// The existing entries, oldest first, then every new one, until the CA stops.
    ///
    /// A reader that is slower than the server misses entries that the journal has forgotten, which a gap in the
    /// numbers shows.
    public func makeAsyncIterator() -> Entries.AsyncIterator { Entries(journal: self).makeAsyncIterator() }

    /// The entries after a number, existing ones first: to continue where a reader has stopped.
    ///
    /// A number that no entry has had since the CA was started or reset means the beginning.
    public func entries(after number: Int) -> Entries { Entries(journal: self, after: number) }

    /// The requests whose delivery is known: existing ones first, then each as soon as it is.
    public var deliveries: Entries { Entries(journal: self, moment: .sent) }

    /// A sequence of entries, until the CA stops or the waiting task is cancelled.
    ///
    /// Any number of tasks can iterate; each gets all entries.
    public struct Entries: AsyncSequence, Sendable {
        let journal: CairnJournal
        var moment = Moment.made
        var after = -1

        /// Starts with the entries that exist now.
        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(place: AsyncIterator.Place(journal, moment, after: after))
        }

        /// An iterator for one task.
        public struct AsyncIterator: AsyncIteratorProtocol {
            /// Ends the subscription with the last copy of the iterator.
            final class Place {
                let journal: CairnJournal
                let subscription: Subscription

                init(_ journal: CairnJournal, _ moment: Moment, after number: Int) {
                    self.journal = journal
                    subscription = journal.subscribe(to: [moment], after: number)
                }

                deinit { journal.remove(subscription) }
            }

            let place: Place

            /// Waits for the next entry; `nil` once the CA has stopped or the task is cancelled.
            public mutating func next(
                isolation actor: isolated (any Actor)? = #isolation
            ) async -> CairnJournalEntry? {
                await place.subscription.next(isolation: actor)
            }

            /// Waits for the next entry.
            public mutating func next() async -> CairnJournalEntry? { await next(isolation: nil) }
        }
    }
}

// MARK: - Subscriptions

extension CairnJournal {
    /// Entries on their way to one task, as many at a time as the journal keeps.
    final class Subscription: Sendable {
        typealias Waiter = CheckedContinuation<CairnJournalEntry?, Never>
        /// To be called without any lock.
        typealias Wake = @Sendable () -> Void

        private struct State {
            var queue: BoundedEntries
            var waiter: Waiter?
            var deadline: CairnInstant?
            /// Whether nothing comes after what is in the queue.
            var isFinished = false
            var isCancelled = false
        }

        let moments: Set<Moment>
        /// How long it goes on by itself; `nil` for ever.
        private let timeout: Duration?
        private let state: Mutex<State>
        /// When it ends by itself; `nil` for never, and while the clock is being put back.
        var deadline: CairnInstant? { state.withLock { $0.deadline } }

        init(_ moments: Set<Moment>, queue: BoundedEntries, within timeout: Duration?) {
            (self.moments, self.timeout) = (moments, timeout)
            state = Mutex(State(queue: queue))
        }

        /// Has its time begin at an instant; `nil` stops it.
        func begin(at now: CairnInstant?) {
            state.withLock { state in state.deadline = now.flatMap { now in timeout.map { now + $0 } } }
        }

        func push(_ entry: CairnJournalEntry) -> Wake? {
            state.withLock { state in
                guard !state.isFinished else { return nil }
                guard let waiter = state.waiter else {
                    state.queue.append(entry)
                    return nil
                }
                state.waiter = nil
                return { waiter.resume(returning: entry) }
            }
        }

        func finish() -> Wake? {
            state.withLock { state in
                state.isFinished = true
                guard let waiter = state.waiter else { return nil }
                state.waiter = nil
                return { waiter.resume(returning: nil) }
            }
        }

        func next(isolation: isolated (any Actor)?) async -> CairnJournalEntry? {
            await withTaskCancellationHandler {
                await withCheckedContinuation(isolation: isolation) { (waiter: Waiter) in
                    let wake: Wake? = state.withLock { state in
                        guard !state.isCancelled else { return { waiter.resume(returning: nil) } }
                        if let entry = state.queue.popFirst() { return { waiter.resume(returning: entry) } }
                        guard !state.isFinished else { return { waiter.resume(returning: nil) } }
                        precondition(state.waiter == nil, "one way through the journal is for one task")
                        state.waiter = waiter
                        return nil
                    }
                    wake?()
                }
            } onCancel: {
                let waiter = state.withLock { state in
                    state.isCancelled = true
                    defer { state.waiter = nil }
                    return state.waiter
                }
                waiter?.resume(returning: nil)
            }
        }
    }

    /// Brings what is kept, and then what comes, to one task.
    func subscribe(
        to moments: Set<Moment>, after number: Int = -1, within timeout: Duration? = nil
    ) -> Subscription {
        let (subscription, isDue, alarm) = state.withLock { state in
            // One place at least, or a journal that keeps nothing could hand nothing on.
            var queue = BoundedEntries(capacity: Swift.max(1, state.kept.capacity), byteLimit: state.kept.byteLimit)
            let number = number < state.count - state.base ? number : -1
            for entry in state.kept.entries where entry.number > number {
                if moments.contains(.made) || entry.request?.sent != nil { queue.append(entry) }
            }
            let subscription = Subscription(moments, queue: queue, within: timeout)
            if timeout != nil { subscription.begin(at: state.now()) }
            let isDue = timeout.map { $0 <= .zero } ?? false
            if !state.isFinished, !isDue { state.subscriptions.append(subscription) }
            return (subscription, isDue || state.isFinished, state.alarm)
        }
        if isDue { subscription.finish()?() } else if timeout != nil { alarm() }
        return subscription
    }

    /// How many tasks follow the journal now.
    package var waits: Int { state.withLock { $0.subscriptions.count } }

    func remove(_ subscription: Subscription) {
        state.withLock { state in state.subscriptions.removeAll { $0 === subscription } }
    }

    private func end(_ isOver: (inout State, Subscription) -> Bool) {
        let over = state.withLock { state in
            guard !state.subscriptions.isEmpty else { return [Subscription]() }
            let over = state.subscriptions.filter { isOver(&state, $0) }
            if !over.isEmpty { state.subscriptions.removeAll { ended in over.contains { $0 === ended } } }
            return over
        }
        for subscription in over { subscription.finish()?() }
    }

    /// Ends every wait for new entries: the CA has stopped.
    package func finish() {
        let readers = state.withLock { state in
            state.isFinished = true
            return state.readers
        }
        for reader in readers { reader.wake() }
        end { _, _ in true }
    }
}

// MARK: - Time

extension CairnJournal {
    /// Lets waits follow a clock.
    package func follow(_ now: @escaping @Sendable () -> CairnInstant) { state.withLock { $0.now = now } }

    /// When the first wait is over.
    var nextDue: CairnInstant? { state.withLock { $0.subscriptions.lazy.compactMap(\.deadline).min() } }

    /// Stops the time of all waits, while the clock is put back to the start.
    package func suspendWaits() { beginWaits(at: nil) }

    /// Has all waits begin anew: whatever the clock showed before, each lasts as long as it was to last.
    package func resumeWaits() {
        let (now, alarm) = state.withLock { ($0.now, $0.alarm) }
        beginWaits(at: now())
        alarm()
    }

    private func beginWaits(at now: CairnInstant?) {
        state.withLock { state in
            for subscription in state.subscriptions { subscription.begin(at: now) }
        }
    }

    /// Has `alarm` called whenever ``nextDue`` may have become earlier.
    func setAlarm(_ alarm: @escaping @Sendable () -> Void) { state.withLock { $0.alarm = alarm } }

    /// Ends the waits that are over at `now`.
    func advance(to now: CairnInstant) {
        end { _, subscription in subscription.deadline.map { $0 <= now } ?? false }
    }
}
