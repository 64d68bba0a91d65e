package import CairnModel
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The threads of one certificate authority: every socket and timer that it owns lives on one of them.
///
/// Nothing here is shared between instances, and nothing is global.
package final class EventLoops: Sendable {
    let group: any EventLoopGroup
    private let hasEnded = Mutex(false)

    /// Starts the threads.
    ///
    /// - Parameter threads: at least 1; one thread carries some ten thousand small requests a second.
    package init(threads: Int = 1) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
    }

    /// Closes whatever is still open on the threads, or on its way to one, and ends them.
    ///
    /// A second call does nothing.
    package func shutdown() async throws {
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        if isFirst {
            // A connection that was accepted may still be on its way to its thread, which has to be there to close it.
            for loop in group.makeIterator() { try? await loop.submit {}.get() }
        }
        try await group.shutdownGracefully()
    }
}

/// Does one thing on one of the threads, whenever it is time.
package final class Alarm: Sendable {
    private struct State {
        var scheduled: Scheduled<Void>?
        var isOff = false
    }

    private let loop: any EventLoop
    private let wait: @Sendable () -> Duration?
    private let action: @Sendable () -> Void
    private let state = Mutex(State())

    /// Makes an alarm that is not set yet.
    ///
    /// - Parameter wait: how long it is until `action` is to be done; `nil` if nothing is to be done.
    package init(
        on loops: EventLoops, wait: @escaping @Sendable () -> Duration?, action: @escaping @Sendable () -> Void
    ) {
        loop = loops.group.next()
        (self.wait, self.action) = (wait, action)
    }

    /// Looks anew how long it is.
    ///
    /// To be called when that has changed; after the action the alarm does so itself.
    package func set() {
        state.withLock { state in
            state.scheduled?.cancel()
            state.scheduled = nil
            // Asked for under the lock, so that of two calls the later one knows the latest.
            guard !state.isOff, let wait = wait() else { return }
            // Somebody who cannot keep his time must not be asked again and again.
            state.scheduled = loop.scheduleTask(in: TimeAmount(bounding: max(wait, .milliseconds(1)))) { [weak self] in
                self?.action()
                self?.set()
            }
        }
    }

    /// Whether it is going to do something.
    package var isSet: Bool { state.withLock { $0.scheduled != nil } }

    /// Does nothing any more, for good.
    package func turnOff() {
        state.withLock { state in
            state.scheduled?.cancel()
            state = State(isOff: true)
        }
    }
}

/// The machine's clock: the wall time at which it was made, and from then on the time that passed.
///
/// It never runs backwards, even if somebody sets the machine's wall clock. This is the only place that reads a clock.
package struct SystemClock: Sendable {
    private let origin: CairnInstant
    private let start: ContinuousClock.Instant

    package init() {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        origin = CairnInstant(sinceEpoch: .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec)))
        start = ContinuousClock.now
    }

    package var now: CairnInstant {
        origin + (ContinuousClock.now - start)
    }
}
