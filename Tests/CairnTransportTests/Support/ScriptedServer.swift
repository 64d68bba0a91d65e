import CairnModel
import NIOCore
import NIOPosix
import NIOSSL

@testable import CairnTransport

/// A server for probes that does one thing to whoever connects.
struct ScriptedServer {
    enum Script {
        /// Accepts, and says nothing.
        case silence
        case close
        /// Waits for the first bytes, answers with these, and may close then.
        case answer(String, closes: Bool)
    }

    let endpoint: CairnIPEndpoint
    private let channel: any Channel

    init(_ script: Script, tls: NIOSSLContext? = nil, on loops: EventLoops) async throws {
        channel = try await ServerBootstrap(group: loops.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
                    }
                    try channel.pipeline.syncOperations.addHandler(Actor(script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        endpoint = CairnIPEndpoint(address: .loopbackV4, port: channel.localAddress?.port ?? 0)
    }

    func close() async {
        try? await channel.close().get()
    }

    private final class Actor: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let script: Script

        init(_ script: Script) { self.script = script }

        func channelActive(context: ChannelHandlerContext) {
            if case .close = script { context.close(promise: nil) }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .answer(let text, let closes) = script else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            if closes { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
