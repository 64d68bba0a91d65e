import CairnGateway
import CairnModel
import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import NIOTLS

/// What is put into the channel of each accepted connection.
struct HTTPPipeline: Sendable {
    private let exchange: HTTPExchange
    private let contexts: ServerContexts?
    private let connections: Connections
    private let limits: ConnectionLimits
    private let headerLimit: Int
    private let accept: (@Sendable (_ number: Int, CairnIPAddress?) -> ConnectionVerdict?)?

    init(
        _ configuration: HTTPListener.Configuration, connections: Connections,
        handler: @escaping @Sendable (CairnRequest) -> CairnDelivery
    ) throws(TLSIdentityError) {
        exchange = HTTPExchange(
            scheme: configuration.tls == nil ? "http" : "https", bodyLimit: configuration.bodyLimit, respond: handler,
            refuse: configuration.refuse, reports: configuration.deliveries)
        contexts = try configuration.tls.map { (tls) throws(TLSIdentityError) in try ServerContexts(tls) }
        self.connections = connections
        limits = configuration.limits
        headerLimit = configuration.headerLimit
        accept = configuration.accept
    }

    /// Prepares an accepted channel, on its event loop.
    func configure(_ channel: any Channel) throws {
        let connection = Connection(limits)
        guard connections.add(connection, of: channel) else { throw ChannelError.eof }
        connection.accept = accept
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(connection)
        guard let contexts else { return try configureHTTP1(channel, connection, exchange) }
        connection.handshakeBegan()
        try pipeline.addHandler(
            FirstOctet { isTLS in
                if isTLS, connection.endsHandshake() {
                    return
                } else if isTLS {
                    try configureTLS(channel, connection, try contexts.context(connection.verdict))
                } else {
                    connection.phaseEnded()
                    try configureHTTP1(channel, connection, exchange.withoutTLS)
                }
            })
    }

    private func configureTLS(_ channel: any Channel, _ connection: Connection, _ context: NIOSSLContext) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: context))
        try pipeline.addHandler(
            ApplicationProtocolNegotiationHandler { result, channel in
                channel.eventLoop.makeCompletedFuture {
                    connection.phaseEnded()
                    guard connection.verdict != .reset(.connected) else { return connection.reset() }
                    if case .negotiated("h2") = result {
                        try configureHTTP2(channel, connection)
                    } else {
                        try configureHTTP1(channel, connection, exchange)
                    }
                }
            })
    }

    func configureHTTP1(_ channel: any Channel, _ connection: Connection, _ exchange: HTTPExchange) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerLimit
        limits.maxHeaderListSize = headerLimit
        let beginning = HTTP1Beginning(connection: connection)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([
            Intake(), beginning, ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits)),
            HTTP1Handler(exchange: exchange, connection: connection, beginning: beginning),
        ])
    }

    /// - Parameter exchange: who answers; by default whoever answers all connections.
    func configureHTTP2(_ channel: any Channel, _ connection: Connection, _ exchange: HTTPExchange? = nil) throws {
        let exchange = exchange ?? self.exchange
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 100),
            HTTP2Setting(parameter: .maxHeaderListSize, value: headerLimit),
        ]
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([Intake(), HTTP2Border(connection: connection)])
        let connection = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        _ = try pipeline.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: configuration, streamConfiguration: .init()
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(
                    HTTP2StreamHandler(exchange: exchange, connection: connection.value))
            }
        }
    }
}

/// Tells by the first octet of a connection whether a client speaks TLS or sends HTTP to the wrong port.
///
/// A TLS record begins with its type, 22 for a handshake (RFC 8446 §5.1); a request line begins with a letter.
final class FirstOctet: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let decide: (_ isTLS: Bool) throws -> Void
    private var isDecided = false

    /// - Parameter decide: adds the handlers that follow.
    init(_ decide: @escaping (_ isTLS: Bool) throws -> Void) { self.decide = decide }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isDecided, let octet = unwrapInboundIn(data).readableBytesView.first {
            isDecided = true
            do {
                try decide(!(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet))
            } catch {
                return context.close(promise: nil)
            }
        }
        context.fireChannelRead(data)
    }
}
