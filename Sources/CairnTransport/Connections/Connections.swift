import NIOCore
import Synchronization

/// The open connections of one listener, on whatever event loops they live.
final class Connections: Sendable {
    private struct State {
        var isClosing = false
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
        let isAdded = state.withLock { state in
            guard !state.isClosing else { return false }
            state.open[id] = (channel, bound)
            return true
        }
        if isAdded {
            channel.closeFuture.whenComplete { _ in
                self.state.withLock { _ = $0.open.removeValue(forKey: id) }
            }
        }
        return isAdded
    }

    /// Hangs up on everybody, lets nobody in any more, and returns when every socket is closed.
    func close() async {
        let open = state.withLock { state in
            state.isClosing = true
            return Array(state.open.values)
        }
        for (channel, connection) in open {
            channel.eventLoop.execute { connection.value.hangUp() }
        }
        for (channel, _) in open {
            try? await channel.closeFuture.get()
        }
    }
}
