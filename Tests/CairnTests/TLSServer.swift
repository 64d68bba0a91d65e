import CairnOpenSSLJudge
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The smallest TLS server: on a free port of `127.0.0.1`, one handshake a connection.
final class TLSServer: Sendable {
    let port: Int
    private let socket: Int32
    private let state = Mutex(State())

    private struct State {
        var wire: WireServer?
        var names: [String] = []
        var isStopped = false
    }

    init() throws {
        socket = try Socket.stream()
        port = try Socket.listen(socket)
        Thread.detachNewThread { [self] in run() }
    }

    /// The SNI of each handshake so far.
    var names: [String] { state.withLock { $0.names } }

    /// Shakes hands in this way from now on; until then it hangs up.
    func answer(_ wire: WireServer) { state.withLock { $0.wire = wire } }

    func stop() {
        state.withLock { $0.isStopped = true }
        // Somebody has to knock, or it would wait for ever.
        if let knock = try? Socket.stream() {
            _ = try? Socket.connect(knock, port: port)
            close(knock)
        }
    }

    private func run() {
        // A client that hangs up must not end the tests.
        signal(SIGPIPE, SIG_IGN)
        while true {
            let connection = accept(socket, nil, nil)
            if state.withLock({ $0.isStopped }) || connection < 0 { break }
            if let name = try? state.withLock({ $0.wire })?.shakeHands(over: connection) {
                state.withLock { $0.names.append(name) }
            }
            close(connection)
        }
        close(socket)
    }
}
