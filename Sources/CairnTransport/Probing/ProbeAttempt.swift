import CairnValidation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One probe under way: it knows what it is waiting for, and delivers one outcome.
///
/// It belongs to its event loop.
final class ProbeAttempt<Outcome: Sendable> {
    /// What the probe is doing, as ``ProbeFailure`` names it.
    var step = "connecting"
    var connection: Connection?

    private let failure: (ProbeFailure) -> Outcome
    private var completion: ((Outcome) -> Void)?
    private var timer: Scheduled<Void>?

    init(
        on loop: any EventLoop, within timeout: Duration, failure: @escaping (ProbeFailure) -> Outcome,
        completion: @escaping (Outcome) -> Void
    ) {
        self.failure = failure
        self.completion = completion
        timer = loop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: timeout)) {
            self.fail(.timedOut(self.step))
        }
    }

    /// Delivers the outcome, unless there has been one, and takes leave of the server.
    func succeed(_ outcome: Outcome) {
        finish(outcome) { $0.closeInGoodOrder() }
    }

    func fail(_ reason: ProbeFailure) {
        finish(failure(reason)) { $0.hangUp() }
    }

    func fail(_ error: any Error) {
        guard let reason = ProbeFailure(error, step: step) else { return }
        fail(reason)
    }

    private func finish(_ outcome: Outcome, close: (Connection) -> Void) {
        guard let completion else { return }
        self.completion = nil
        timer?.cancel()
        timer = nil
        if let connection { close(connection) }
        connection = nil
        completion(outcome)
    }
}

extension ProbeFailure {
    /// What an error of the network stack means, or `nil` if the end of the connection will tell.
    init?(_ error: any Error, step: String) {
        switch error {
        case let error as NIOConnectionError:
            guard let cause = error.connectionErrors.first?.error else {
                self = .other("\(error)")
                return
            }
            self.init(cause, step: step)
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: self = .refused
            case ECONNRESET, EPIPE: self = .closed(step)
            case ETIMEDOUT: self = .timedOut(step)
            default: self = .other("\(error)")
            }
        case ChannelError.connectTimeout: self = .timedOut(step)
        case let error as ChannelError where error == .ioOnClosedChannel || error == .eof: self = .closed(step)
        case NIOSSLError.uncleanShutdown: return nil
        case NIOSSLError.handshakeFailed(.sslError(let stack)) where stack.first == .eofDuringHandshake:
            self = .closed(step)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .tls(TLSWords(error).description)
        case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection: self = .closed(step)
        case let error as HTTPParserError: self = .notHTTP("not an HTTP/1.1 response: \(error.words)")
        default: self = .other("\(error)")
        }
    }
}
