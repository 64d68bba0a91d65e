import NIOCore
import NIOHTTP1

/// One client of a load, on its own connection.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private(set) var client: ACMEClient
    private let load: Load
    private let host: String
    private var answer = Answer()
    private var context: ChannelHandlerContext?
    /// When the issuance that is on its way began.
    private var began: Int64 = 0

    init(_ client: ACMEClient, host: String, load: Load) {
        (self.client, self.host, self.load) = (client, host, load)
    }

    /// Issues certificates until the load has no more to hand out.
    func issue() {
        guard let context, load.claim() else { return load.finished() }
        began = Clocks.monotonic
        attempt { send(try client.order(), context) }
    }

    func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { send(client.start(), context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard answer.take(unwrapInboundIn(data)) else { return }
        attempt {
            switch try client.receive(answer) {
            case .send(let message): send(message, context)
            case .sendLater(let message):
                load.later { [weak self] in
                    if let self, let context = self.context { self.send(message, context) }
                }
            case .registered: load.registered()
            case .issued:
                load.issued(in: Clocks.monotonic - began)
                issue()
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        load.failed(Unexpected("the server closed a connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { load.failed(error) }

    private func send(_ message: Message, _ context: ChannelHandlerContext) {
        message.write(to: context, host: host)
    }

    private func attempt(_ step: () throws -> Void) {
        do { try step() } catch { load.failed(error) }
    }
}
