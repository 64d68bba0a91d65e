package import CairnGateway
package import CairnModel
import NIOCore
import NIOPosix

/// An HTTP server: HTTP/1.1 and HTTP/2 over TLS, or plain HTTP/1.1.
///
/// Requests are answered on the event loop of their connection: the handler is called there, once for each whole request,
/// and must not wait.
package final class HTTPListener: Sendable {
    /// What the sockets are bound to, in the order of the configuration.
    package let endpoints: [CairnIPEndpoint]

    private let channels: [any Channel]
    private let connections: Connections

    private init(channels: [any Channel], endpoints: [CairnIPEndpoint], connections: Connections) {
        self.channels = channels
        self.endpoints = endpoints
        self.connections = connections
    }

    /// The first endpoint.
    package var localAddress: CairnIPEndpoint { endpoints[0] }

    /// Binds every address and begins to accept.
    ///
    /// - Throws: ``ListenError`` for a socket that cannot be bound, ``TLSIdentityError`` for an identity that cannot
    ///   serve.
    package static func start(
        _ configuration: Configuration, on loops: EventLoops,
        handler: @escaping @Sendable (CairnRequest) -> CairnDelivery
    ) async throws -> HTTPListener {
        let (group, connections) = (loops.group, Connections())
        let pipeline = try HTTPPipeline(configuration, connections: connections, handler: handler)
        let channels = try await bindTogether(
            configuration.addresses, port: configuration.port,
            binds: [
                { endpoint, isV6Only in
                    let bootstrap = ServerBootstrap(group: group.next(), childGroup: group)
                        .serverChannelOption(.backlog, value: 256)
                        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                        .pausingWhenExhausted(configuration.report)
                        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                        .childChannelInitializer { channel in
                            channel.eventLoop.makeCompletedFuture { try pipeline.configure(channel) }
                        }
                    if isV6Only { _ = bootstrap.serverChannelOption(.isV6Only, value: 1) }
                    return try await bootstrap.bind(to: endpoint.socketAddress).get()
                }
            ])
        return HTTPListener(
            channels: channels.map(\.channel), endpoints: channels.map(\.endpoint), connections: connections)
    }

    /// Closes the listening sockets and every connection, and returns when the last of them is closed.
    ///
    /// Answers that wait are never sent.
    package func shutdown() async {
        for channel in channels { try? await channel.close().get() }
        await connections.close()
    }
}
