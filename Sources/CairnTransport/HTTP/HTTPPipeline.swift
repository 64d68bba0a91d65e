import CairnGateway
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import NIOTLS

/// What is put into the channel of each accepted connection.
struct HTTPPipeline: Sendable {
    private let exchange: HTTPExchange
    private let context: NIOSSLContext?
    private let connections: Connections
    private let idleTimeout: Duration
    private let lingerTimeout: Duration
    private let headerLimit: Int

    init(
        _ configuration: HTTPListener.Configuration, connections: Connections,
        handler: @escaping @Sendable (Request) -> Delivery
    ) throws(TLSIdentityError) {
        exchange = HTTPExchange(
            scheme: configuration.tls == nil ? "http" : "https", bodyLimit: configuration.bodyLimit, respond: handler,
            refuse: configuration.refuse)
        context = try configuration.tls.map { (tls) throws(TLSIdentityError) in
            try tls.identity.serverContext(
                versions: tls.versions, applicationProtocols: tls.offersHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"])
        }
        self.connections = connections
        idleTimeout = configuration.idleTimeout
        lingerTimeout = configuration.lingerTimeout
        headerLimit = configuration.headerLimit
    }

    /// Prepares an accepted channel, on its event loop.
    func configure(_ channel: any Channel) throws {
        let connection = Connection(idleTimeout: idleTimeout, lingerTimeout: lingerTimeout)
        guard connections.add(connection, of: channel) else { throw ChannelError.eof }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(connection)
        guard let context else { return try configureHTTP1(channel, connection) }
        try pipeline.addHandler(NIOSSLServerHandler(context: context))
        try pipeline.addHandler(
            ApplicationProtocolNegotiationHandler { result, channel in
                channel.eventLoop.makeCompletedFuture {
                    if case .negotiated("h2") = result {
                        try configureHTTP2(channel, connection)
                    } else {
                        try configureHTTP1(channel, connection)
                    }
                }
            })
    }

    private func configureHTTP1(_ channel: any Channel, _ connection: Connection) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerLimit
        limits.maxHeaderListSize = headerLimit
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)))
        try pipeline.addHandler(HTTP1Handler(exchange: exchange, connection: connection))
    }

    private func configureHTTP2(_ channel: any Channel, _ connection: Connection) throws {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 100),
            HTTP2Setting(parameter: .maxHeaderListSize, value: headerLimit),
        ]
        let connection = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: configuration, streamConfiguration: .init()
        ) { [exchange] stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(
                    HTTP2StreamHandler(exchange: exchange, connection: connection.value))
            }
        }
    }
}
