import NIOCore
import Synchronization

/// The open connections of one listener, on whatever event loops they live.
final class Connections: Sendable {
    private struct State {
        var isClosing = false
        /// How many were ever let in.
        var count = 0
        var open: [ObjectIdentifier: (channel: any Channel, connection: NIOLoopBound<Connection>)] = [:]
    }

    private let state = Mutex(State())

    /// Whether nobody is let in any more.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Adds a connection until its channel closes.
    ///
    /// `false` if the listener is closing: the caller must refuse it.
    func add(_ connection: Connection, of channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let number: Int? = state.withLock { state in
            guard !state.isClosing else { return nil }
            state.open[id] = (channel, bound)
            state.count += 1
            return state.count
        }
        if let number {
            connection.number = number
            channel.closeFuture.whenComplete { _ in
                self.state.withLock { _ = $0.open.removeValue(forKey: id) }
            }
        }
        return number != nil
    }

    /// Hangs up on everybody, lets nobody in any more, and returns when every socket is closed.
    func close() async {
        let open = state.withLock { state in
            state.isClosing = true
            return Array(state.open.values)
        }
        for (channel, connection) in open {
            channel.eventLoop.execute { connection.value.stop() }
        }
        for (channel, _) in open {
            try? await channel.closeFuture.get()
        }
    }
}
