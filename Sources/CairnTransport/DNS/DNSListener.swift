package import CairnDNS
package import CairnModel
import NIOCore
import NIOPosix

/// Sockets for DNS: UDP and TCP on the same port (RFC 1035 §4.2, RFC 7766).
///
/// What the messages say is the business of the handler, which is called on the event loop and must not wait.
package final class DNSListener: Sendable {
    /// A message comes in; the answer goes out the same way, or nothing if it is `nil`.
    package typealias Handler = @Sendable (_ message: [UInt8], _ transport: CairnDNSTable.Transport) -> [UInt8]?

    /// What the sockets are bound to, one for each address.
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

    /// How a DNS server listens.
    package struct Configuration: Sendable {
        /// Where to listen; all addresses share the port.
        ///
        /// Default: 127.0.0.1.
        package var addresses: [CairnIPAddress]
        /// The port; 0, the default, lets the system choose.
        package var port: Int
        /// A TCP connection without an answered query for so long is closed; it may take twice as long (RFC 7766 §6.2.3).
        ///
        /// Default: 30 seconds.
        package var idleTimeout: Duration
        /// Is told, in a sentence, what hinders the server; called on an event loop.
        package var report: @Sendable (String) -> Void

        package init(
            addresses: [CairnIPAddress] = [.loopbackV4], port: Int = 0, idleTimeout: Duration = .seconds(30),
            report: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            (self.addresses, self.port, self.idleTimeout, self.report) = (addresses, port, idleTimeout, report)
        }
    }

    /// Binds both sockets of every address and begins to answer.
    ///
    /// - Throws: ``ListenError``.
    package static func start(
        _ configuration: Configuration = Configuration(), on loops: EventLoops, handler: @escaping Handler
    ) async throws -> DNSListener {
        let (group, connections) = (loops.group, Connections())
        let channels = try await bindTogether(
            configuration.addresses, port: configuration.port,
            binds: [
                { endpoint, isV6Only in
                    let bootstrap = DatagramBootstrap(group: group.next())
                        .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_535))
                        .channelInitializer { channel in
                            channel.eventLoop.makeCompletedFuture {
                                try channel.pipeline.syncOperations.addHandler(DNSDatagramHandler(respond: handler))
                            }
                        }
                    if isV6Only { _ = bootstrap.channelOption(.isV6Only, value: 1) }
                    return try await bootstrap.bind(to: endpoint.socketAddress).get()
                },
                { endpoint, isV6Only in
                    let bootstrap = ServerBootstrap(group: group.next(), childGroup: group)
                        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                        .pausingWhenExhausted(configuration.report)
                        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                        .childChannelInitializer { channel in
                            channel.eventLoop.makeCompletedFuture {
                                let connection = Connection(ConnectionLimits(idle: configuration.idleTimeout))
                                guard connections.add(connection, of: channel) else { throw ChannelError.eof }
                                try channel.pipeline.syncOperations.addHandlers([
                                    connection, Intake(), DNSStreamHandler(connection: connection, respond: handler),
                                ])
                            }
                        }
                    if isV6Only { _ = bootstrap.serverChannelOption(.isV6Only, value: 1) }
                    return try await bootstrap.bind(to: endpoint.socketAddress).get()
                },
            ])
        let endpoints = stride(from: 0, to: channels.count, by: 2).map { channels[$0].endpoint }
        return DNSListener(channels: channels.map(\.channel), endpoints: endpoints, connections: connections)
    }

    /// Closes the sockets and every connection, and returns when the last of them is closed.
    package func shutdown() async {
        for channel in channels { try? await channel.close().get() }
        await connections.close()
    }
}
