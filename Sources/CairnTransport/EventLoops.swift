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
    private let state = Mutex(State())

    private struct State {
        var hasEnded = false
        /// How much is under way that needs the threads.
        var uses = 0
        /// Whoever waits for that to be done.
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Starts the threads.
    ///
    /// - Parameter threads: at least 1; one thread carries some ten thousand small requests a second.
    package init(threads: Int = 1) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
    }

    /// Keeps the threads from ending until ``release()``; `false` if their end has begun, and nothing may be given to them.
    ///
    /// A socket must not be opened on a thread that ends meanwhile.
    package func hold() -> Bool {
        state.withLock { state in
            if !state.hasEnded { state.uses += 1 }
            return !state.hasEnded
        }
    }

    /// Ends what one ``hold()`` that was `true` began.
    package func release() {
        let waiting = state.withLock { state in
            state.uses -= 1
            guard state.uses == 0 else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits for what is under way, closes whatever is still open on the threads, or on its way to one, and ends them.
    ///
    /// A second call does nothing.
    package func shutdown() async throws {
        let isFirst = state.withLock { state in
            defer { state.hasEnded = true }
            return !state.hasEnded
        }
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.uses > 0 { state.waiting.append(continuation) }
                return state.uses == 0
            }
            if isIdle { continuation.resume() }
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
