public import CairnModel
import CairnTransport
import Synchronization

extension TestCA {
    /// What the clock of a CA shows when it starts, and whether it goes on.
    public enum ClockStart: Hashable, Sendable {
        /// The present, and on from there with real time.
        case running
        /// That instant, until a test moves it.
        case standing(at: CairnInstant)
    }

    /// The clock of one CA, which decides when things expire.
    ///
    /// A test moves it forward; whatever became due on the way has happened when the move returns.
    ///
    /// ```swift
    /// ca.clock.advance(by: .days(61))
    /// ca.clock.set(to: "2030-01-01T00:00:00Z")
    /// ```
    ///
    /// It is also a `Clock` of the standard library, for code that takes one: see ``sleep(until:tolerance:)``.
    public final class Clock: Sendable {
        /// Whoever has to do things at their time.
        package struct Follower: Sendable {
            /// When the next of them is due.
            let nextDue: @Sendable () -> CairnInstant?
            /// Does what is due by now.
            let catchUp: @Sendable () -> Void
            /// Told when the clock has been moved.
            var hasMoved: @Sendable () -> Void = {}

            package init(nextDue: @escaping @Sendable () -> CairnInstant?, catchUp: @escaping @Sendable () -> Void) {
                (self.nextDue, self.catchUp) = (nextDue, catchUp)
            }
        }

        /// A task that sleeps until an instant.
        private struct Sleeper {
            let deadline: CairnInstant
            let continuation: CheckedContinuation<Void, any Error>
        }

        private struct State {
            /// What has to be added to the source.
            var offset = Duration.zero
            var follower: Follower?
            /// By the numbers in which they fell asleep.
            var sleepers: [Int: Sleeper] = [:]
            var lastSleeper = 0
        }

        private let source: @Sendable () -> CairnInstant
        private let state = Mutex(State())

        package init(_ start: TestCA.ClockStart) {
            switch start {
            case .running:
                let clock = SystemClock()
                source = { clock.now }
                isRunning = true
            case .standing(let instant):
                source = { instant }
                isRunning = false
            }
        }

        /// What the clock shows.
        public var now: CairnInstant {
            let offset = state.withLock { $0.offset }
            return source() + offset
        }

        /// Moves the clock by some time, but no further than timestamps go: from the year 0 to the end of 9999 (RFC 3339 §1).
        ///
        /// On its way it stops wherever something is due, so that things happen at their time and in their order, including
        /// those that only follow from others. It can be moved back, but nothing that has happened is undone.
        public func advance(by duration: Duration) {
            let follower = state.withLock { $0.follower }
            let end = min(max(.earliestWritten, now + duration), .latestWritten)
            // What follows from something at the same instant is done there too. It must come to an end.
            var (last, repetitions): (CairnInstant?, Int) = (nil, 0)
            while let follower, let due = follower.nextDue(), due <= end, repetitions < 1_000 {
                if due > now { show(due) }
                follower.catchUp()
                let hasMoved = last.map { due > $0 } ?? true
                (last, repetitions) = (due, hasMoved ? 0 : repetitions + 1)
            }
            show(end)
            follower?.catchUp()
            follower?.hasMoved()
            wakeSleepers()
        }

        private func show(_ instant: CairnInstant) {
            state.withLock { $0.offset = instant - source() }
        }

        /// Sets the clock to an instant, as ``advance(by:)`` would.
        ///
        /// A clock that runs goes on from there.
        public func set(to instant: CairnInstant) {
            advance(by: instant - now)
        }

        /// Whether the clock goes on by itself.
        package let isRunning: Bool

        package func attach(_ follower: Follower) {
            state.withLock { $0.follower = follower }
        }

        /// Calls `action` after every move, once everything has happened that was due.
        func afterMoves(_ action: @escaping @Sendable () -> Void) {
            state.withLock { $0.follower?.hasMoved = action }
        }
    }
}

// MARK: - The clock of the standard library

extension TestCA.Clock: _Concurrency.Clock {
    /// The finest step that an instant has.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// Sleeps until the clock shows an instant.
    ///
    /// A clock that stands wakes its sleepers when it is moved, after everything has happened that was due, and those with
    /// the earliest deadline first. A clock that runs wakes them as time passes, too.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(until deadline: CairnInstant, tolerance: Duration? = nil) async throws {
        guard isRunning else { return try await waitForMove(to: deadline) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.waitForMove(to: deadline) }
            group.addTask {
                // It may be moved back meanwhile.
                while deadline > self.now {
                    try await Task.sleep(for: min(deadline - self.now, .days(1)), tolerance: tolerance)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Waits until somebody moves the clock to an instant or past it.
    private func waitForMove(to deadline: CairnInstant) async throws {
        let number = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    // Under the lock, so that a cancellation is seen either here or by the handler below.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if source() + state.offset >= deadline { return .success(()) }
                    state.sleepers[number] = Sleeper(deadline: deadline, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: number) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// How many tasks sleep.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    private func wakeSleepers() {
        let awake = state.withLock { state in
            let now = source() + state.offset
            let due = state.sleepers.filter { $0.value.deadline <= now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value)
        }
        for sleeper in awake { sleeper.continuation.resume() }
    }
}
