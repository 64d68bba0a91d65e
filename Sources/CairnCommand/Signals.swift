import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The signals that end the executable: SIGINT, SIGTERM and SIGHUP.
///
/// They are blocked before there is a second thread, and so in every thread; the first thread does nothing but wait for them.
/// One that comes at any moment stays pending until it is taken, so none is ever lost. The first ends the process in good
/// order, the second at once.
final class Signals: Sendable {
    private enum State {
        case none
        case waiting(CheckedContinuation<Void, Never>)
        case come
    }

    private let state = Mutex(State.none)

    /// Runs `body` on other threads, and waits for signals on this one.
    ///
    /// It has to be the first thing that the process does. The main thread must not be left to the runtime, which would let
    /// it take the signals that are blocked elsewhere.
    static func run(_ body: @escaping @Sendable (Signals) async -> Void) -> Never {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        // `nohup` ignores it, and then it shall not end anything.
        if !isIgnored(SIGHUP) { sigaddset(&set, SIGHUP) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let signals = Signals()
        Task.detached {
            await body(signals)
            exit(0)
        }
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
        signals.notify()
        while sigwait(&set, &number) != 0 {}
        _exit(128 + number)
    }

    /// Returns when the first has come.
    func wait() async {
        await withCheckedContinuation { continuation in
            let hasCome = state.withLock { state in
                if case .come = state { return true }
                state = .waiting(continuation)
                return false
            }
            if hasCome { continuation.resume() }
        }
    }

    private func notify() {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state = .come }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume()
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        #if canImport(Darwin)
            let handler = action.__sigaction_u.__sa_handler
        #elseif canImport(Musl)
            let handler = action.__sa_handler.sa_handler
        #else
            let handler = action.__sigaction_handler.sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
