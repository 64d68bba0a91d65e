import NIOCore
import NIOPosix

/// The threads of one certificate authority: every socket and timer that it owns lives on one of them.
///
/// Nothing here is shared between instances, and nothing is global.
package final class EventLoops: Sendable {
    let group: any EventLoopGroup

    /// Starts the threads.
    ///
    /// - Parameter threads: at least 1; one thread carries some ten thousand small requests a second.
    package init(threads: Int = 1) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, threads))
    }

    /// Closes whatever is still open on the threads and ends them.
    ///
    /// A second call does nothing.
    package func shutdown() async throws {
        try await group.shutdownGracefully()
    }
}
