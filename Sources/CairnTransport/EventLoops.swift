import NIOCore
import NIOPosix
import Synchronization

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
