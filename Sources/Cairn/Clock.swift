public import CairnModel
import CairnTransport
import Synchronization

extension TestCA {
    /// The clock of one CA.
    ///
    /// Everything that expires follows it.
    ///
    /// A test moves it forward; what became due on the way has happened when the move returns.
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

        private struct State {
            /// What has to be added to the source.
            var offset = Duration.zero
            var follower: Follower?
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
        /// On its way it stops wherever something is due, so that things happen at their time and in their order, those
        /// included that only follow from others. Moving it back is possible, but nothing that has happened is undone.
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
        }

        private func show(_ instant: CairnInstant) {
            state.withLock { $0.offset = instant - source() }
        }

        /// Sets the clock to an instant.
        ///
        /// A clock that runs goes on from there.
        public func set(to instant: CairnInstant) {
            advance(by: instant - now)
        }

        /// Whether the clock goes on by itself.
        let isRunning: Bool

        package func attach(_ follower: Follower) {
            state.withLock { $0.follower = follower }
        }

        /// Calls `action` after every move, once everything has happened that was due.
        func afterMoves(_ action: @escaping @Sendable () -> Void) {
            state.withLock { $0.follower?.hasMoved = action }
        }
    }
}
