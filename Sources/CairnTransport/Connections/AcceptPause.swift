import NIOCore
import NIOPosix

extension ServerBootstrap {
    /// Has the socket pause for a second where no connection can be accepted, because descriptors or memory are exhausted.
    ///
    /// Without that it would be readable at once, again and again. Who waits in the queue of the system is accepted later.
    ///
    /// - Parameter report: is told once for each cause, in a sentence.
    func pausingWhenExhausted(_ report: @escaping @Sendable (String) -> Void) -> ServerBootstrap {
        serverChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    AcceptBackoffHandler(), AcceptReport(report),
                ])
            }
        }
    }
}

/// Tells why a socket cannot accept connections.
final class AcceptReport: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let report: @Sendable (String) -> Void
    private var told: Set<CInt> = []

    init(_ report: @escaping @Sendable (String) -> Void) { self.report = report }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return context.fireErrorCaught(error) }
        guard told.insert(error.errnoCode).inserted else { return }
        let place = context.channel.localAddress.map { " at \($0)" } ?? ""
        report("no connection can be accepted\(place) at the moment, and accepting pauses: \(error)")
    }
}
