public import CairnModel
import CairnTransport
import Synchronization

extension TestCA {
    /// How a CA's clock starts: at the present or at a fixed instant, running or standing.
    public enum ClockStart: Hashable, Sendable {
        /// Starts at the present and runs with real time.
        case running
        /// Stands at an instant until a test moves it.
        case standing(at: CairnInstant)
    }

    /// The clock of a CA.
    ///
    /// It decides when things expire.
    ///
    /// Tests move it. Everything that becomes due on the way has happened by the time the call returns.
    ///
    /// ```swift
    /// ca.clock.advance(by: .days(61))
    /// ca.clock.set(to: "2030-01-01T00:00:00Z")
    /// ```
    /// It can stand, run with real time, or run faster or slower, and be switched between these at any time:
    ///
    /// ```swift
    /// ca.clock.run(scale: 3600)  // an hour a second
    /// ca.clock.stop()
    /// ```
    /// It is also a `Clock` of the standard library, for code that takes one: see ``sleep(until:tolerance:)``.
    public final class Clock: Sendable {
        /// Whoever has to do things at their time.
        package struct Follower: Sendable {
            /// When the next of them is due.
            let nextDue: @Sendable () -> CairnInstant?
            /// Does what is due by now.
            let catchUp: @Sendable () -> Void
            /// Told when the clock has been moved, or goes on at another pace.
            var hasMoved: @Sendable () -> Void = {}

            package init(nextDue: @escaping @Sendable () -> CairnInstant?, catchUp: @escaping @Sendable () -> Void) {
                (self.nextDue, self.catchUp) = (nextDue, catchUp)
            }
        }

        /// A task that sleeps until an instant; it is woken with `false` if it has to look anew how long that is.
        private struct Sleeper {
            let deadline: CairnInstant
            let continuation: CheckedContinuation<Bool, any Error>
        }

        /// How it goes: what it showed at an instant of real time, and how fast it has gone since.
        private struct Course {
            var shown: CairnInstant
            /// In real time; of no account while it stands.
            var since: CairnInstant
            /// Seconds a second; 0 while it stands.
            var scale: Double

            init(_ start: TestCA.ClockStart, _ realTime: SystemClock) {
                switch start {
                case .running:
                    let now = realTime.now
                    (shown, since, scale) = (now, now, 1)
                case .standing(let instant): (shown, since, scale) = (instant, instant, 0)
                }
            }

            func now(_ realTime: SystemClock) -> CairnInstant {
                if scale == 0 { return shown }
                let elapsed = realTime.now - since
                return min(shown + (scale == 1 ? elapsed : elapsed * scale), .latestWritten)
            }

            mutating func show(_ instant: CairnInstant, _ realTime: SystemClock) {
                shown = instant
                if scale > 0 { since = realTime.now }
            }
        }

        private struct State {
            var course: Course
            /// How often it was stopped or made to run.
            var changes = 0
            var follower: Follower?
            /// By the numbers in which they fell asleep.
            var sleepers: [Int: Sleeper] = [:]
            var lastSleeper = 0
        }

        private let start: TestCA.ClockStart
        private let realTime = SystemClock()
        private let state: Mutex<State>

        package init(_ start: TestCA.ClockStart) {
            self.start = start
            state = Mutex(State(course: Course(start, realTime)))
        }

        /// The current instant.
        public var now: CairnInstant { state.withLock { $0.course.now(realTime) } }

        // MARK: Moving it

        /// Moves the clock by a duration, clamped to the range of timestamps: the years 0 to 9999 (RFC 3339 §1).
        ///
        /// Whatever becomes due on the way happens at its own time and in order, including its consequences. The clock
        /// can be moved back, but nothing that has happened is undone.
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
            state.withLock { $0.course.show(instant, realTime) }
        }

        /// Sets the clock to an instant; otherwise the same as ``advance(by:)``.
        ///
        /// A running clock continues from there.
        public func set(to instant: CairnInstant) {
            advance(by: instant - now)
        }

        // MARK: Its pace

        /// Seconds on this clock per second of real time; 0 while it stands.
        public var scale: Double { state.withLock { $0.course.scale } }

        /// Whether the clock is running.
        public var isRunning: Bool { scale > 0 }

        /// Stops the clock.
        public func stop() { go(at: 0) }

        /// Starts the clock from the instant it shows.
        ///
        /// In a CA without sockets nothing happens on its own: due work is done when a request arrives or the clock is
        /// moved.
        ///
        /// - Parameter scale: seconds on this clock per second of real time, 1 by default, clamped to
        ///   0.000001...1,000,000.
        public func run(scale: Double = 1) {
            go(at: scale.isNaN ? 1 : min(max(Self.scales.lowerBound, scale), Self.scales.upperBound))
        }

        /// How fast it can run.
        package static let scales = 0.000_001...1_000_000

        private func go(at scale: Double) {
            change { state in
                state.course.show(state.course.now(realTime), realTime)
                (state.course.scale, state.course.since) = (scale, realTime.now)
            }
        }

        /// Shows and does what it did at the start of the CA.
        func beginAnew() {
            change { $0.course = Course(start, realTime) }
        }

        /// Changes how it goes on; whoever waits for it looks anew how long that is.
        private func change(_ body: (inout State) -> Void) {
            let (follower, sleepers) = state.withLock { state in
                body(&state)
                state.changes += 1
                defer { state.sleepers = [:] }
                return (state.follower, Array(state.sleepers.values))
            }
            for sleeper in sleepers { sleeper.continuation.resume(returning: false) }
            follower?.hasMoved()
        }

        /// How long it is in real time until the clock shows an instant; `nil` if it stands.
        func wait(until instant: CairnInstant) -> Duration? {
            let (now, scale) = state.withLock { ($0.course.now(realTime), $0.course.scale) }
            return scale > 0 ? Self.realTime(of: instant - now, at: scale) : nil
        }

        /// How long some time takes, which is bounded so that no scale makes it more than can be written.
        fileprivate static func realTime(of duration: Duration, at scale: Double) -> Duration {
            min(duration, .days(4_000_000)) / scale
        }

        package func attach(_ follower: Follower) {
            state.withLock { $0.follower = follower }
        }

        /// Calls `action` after every move, once everything has happened that was due, and whenever the pace has changed.
        func afterMoves(_ action: @escaping @Sendable () -> Void) {
            state.withLock { $0.follower?.hasMoved = action }
        }
    }
}

// MARK: - The clock of the standard library

extension TestCA.Clock: _Concurrency.Clock {
    /// The resolution of instants: one nanosecond.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// Sleeps until the clock reaches an instant.
    ///
    /// A standing clock wakes sleepers when it is moved, after all due work, earliest deadline first. A running clock
    /// also wakes them as time passes.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(until deadline: CairnInstant, tolerance: Duration? = nil) async throws {
        while try await !nap(until: deadline, tolerance) {}
    }

    /// Sleeps until the clock shows an instant, or goes on at another pace: then it returns `false`.
    private func nap(until deadline: CairnInstant, _ tolerance: Duration?) async throws -> Bool {
        let (scale, changes) = state.withLock { ($0.course.scale, $0.changes) }
        guard scale > 0 else { return try await waitForMove(to: deadline, since: changes) }
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { try await self.waitForMove(to: deadline, since: changes) }
            group.addTask {
                // It may be moved back meanwhile.
                while case let now = self.now, deadline > now {
                    let time = Self.realTime(of: deadline - now, at: scale)
                    try await Task.sleep(for: min(time, .days(1)), tolerance: tolerance)
                }
                return true
            }
            defer { group.cancelAll() }
            return try await group.next() ?? true
        }
    }

    /// Waits until somebody moves the clock to an instant or past it.
    ///
    /// - Parameter changes: how often its pace had changed when the caller looked.
    /// - Returns: `false` if the pace has changed since.
    private func waitForMove(to deadline: CairnInstant, since changes: Int) async throws -> Bool {
        let number = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Bool, any Error>? = state.withLock { state in
                    // Under the lock, so that a cancellation is seen either here or by the handler below.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.course.now(realTime) >= deadline { return .success(true) }
                    if state.changes != changes { return .success(false) }
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
            let now = state.course.now(realTime)
            let due = state.sleepers.filter { $0.value.deadline <= now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value)
        }
        for sleeper in awake { sleeper.continuation.resume(returning: true) }
    }
}
