public import ACME
import Synchronization
import Transport

/// The clock of one CA.
///
/// Everything that expires follows it.
///
/// A test moves it forward; what became due on the way has happened when the move returns.
public final class TestClock: Sendable {
    private struct State {
        /// What has to be added to the source.
        var offset = Duration.zero
        /// Called after every move.
        var follow: @Sendable (Instant) -> Void = { _ in }
    }

    private let source: @Sendable () -> Instant
    private let state = Mutex(State())

    init(_ start: ClockStart) {
        switch start {
        case .running:
            let clock = SystemClock()
            source = { clock.now }
        case .standing(let instant):
            source = { instant }
        }
    }

    /// What the clock shows.
    public var now: Instant {
        let offset = state.withLock { $0.offset }
        return source() + offset
    }

    /// Moves the clock by some time.
    ///
    /// Moving it back is possible, but nothing that has happened is undone.
    public func advance(by duration: Duration) {
        let follow = state.withLock { state in
            state.offset += duration
            return state.follow
        }
        follow(now)
    }

    /// Sets the clock to an instant.
    ///
    /// A clock that runs goes on from there.
    public func set(to instant: Instant) {
        advance(by: instant - now)
    }

    func follow(_ follow: @escaping @Sendable (Instant) -> Void) {
        state.withLock { $0.follow = follow }
    }
}
