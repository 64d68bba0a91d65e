package import CairnDNS
package import CairnModel
import NIOCore
import NIOPosix

/// Sockets for DNS: UDP and TCP on the same port (RFC 1035 §4.2, RFC 7766).
///
/// What the messages say is the business of the handler, which is called on the event loop and must not wait.
package struct DNSListener: Listener {
    /// A message comes in; the answer goes out the same way when its time has come, or nothing if it is `nil`.
    package typealias Handler =
        @Sendable (_ message: [UInt8], _ transport: CairnDNSTable.Transport, _ client: CairnIPEndpoint?) -> DNSReply?

    package let sockets: ListeningSockets

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
        let sockets = try await ListeningSockets(
            configuration.addresses, port: configuration.port, connections: connections,
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
                    try await ServerBootstrap.accepting(on: group, report: configuration.report) { channel in
                        let connection = Connection(ConnectionLimits(idle: configuration.idleTimeout))
                        guard connections.add(connection, of: channel) else { throw ChannelError.eof }
                        try channel.pipeline.syncOperations.addHandlers([
                            connection, Intake(), DNSStreamHandler(connection: connection, respond: handler),
                        ])
                    }.bind(to: endpoint, isV6Only: isV6Only)
                },
            ])
        return DNSListener(sockets: sockets)
    }
}

/// Answers DNS messages over UDP: one message a datagram (RFC 1035 §4.2.1).
final class DNSDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let respond: DNSListener.Handler
    /// How many answers wait until their time has come.
    private var late = 0
    /// What comes while so many wait is lost.
    private static let mostLate = 10_000

    init(respond: @escaping DNSListener.Handler) { self.respond = respond }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        // What the system does not take is lost, as datagrams are, and must not pile up.
        guard context.channel.isWritable, late < Self.mostLate else { return }
        let client = CairnIPEndpoint(envelope.remoteAddress)
        guard let reply = respond(Array(envelope.data.readableBytesView), .udp, client) else { return }
        let answers = reply.messages.map { message in
            AddressedEnvelope(
                remoteAddress: envelope.remoteAddress, data: context.channel.allocator.buffer(bytes: message))
        }
        guard reply.delay > .zero else { return Self.send(answers, on: context.channel) }
        late += 1
        let channel = context.channel
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: reply.delay)) {
            self.late -= 1
            Self.send(answers, on: channel)
        }
    }

    private static func send(_ answers: [AddressedEnvelope<ByteBuffer>], on channel: any Channel) {
        for answer in answers { channel.writeAndFlush(answer, promise: nil) }
    }

    /// The trouble of one peer is not that of the others.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Answers DNS messages over TCP: each has its length in two octets before it (RFC 1035 §4.2.2), and several may follow
/// one another (RFC 7766 §6.2.1).
final class DNSStreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: Connection
    private let respond: DNSListener.Handler
    private var received: ByteBuffer?
    /// As many octets of answers go out in one write, and perhaps one answer more.
    private static let batch = 16 << 10
    /// How many answers wait until their time has come.
    private var late = 0
    /// While so many wait, nothing more is read.
    private static let mostLate = 128
    private var isAsked = false

    init(connection: Connection, respond: @escaping DNSListener.Handler) {
        self.connection = connection
        self.respond = respond
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        received.setOrWriteBuffer(&part)
        answerWholeMessages(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        answerWholeMessages(context)
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        isAsked = late >= Self.mostLate
        if !isAsked { context.read() }
    }

    /// Answers what came whole, as long as the client takes the answers.
    private func answerWholeMessages(_ context: ChannelHandlerContext) {
        var out = context.channel.allocator.buffer(capacity: 0)
        while context.channel.isWritable, late < Self.mostLate,
            let message = received?.readLengthPrefixedSlice(as: UInt16.self)
        {
            connection.exchangeBegan()
            let client = CairnIPEndpoint(context.remoteAddress)
            let reply = respond(Array(message.readableBytesView), .tcp, client)
            if let reply, reply.delay > .zero {
                answerLater(reply, context)
                continue
            }
            if let reply { Self.write(reply, to: &out) }
            connection.exchangeEnded()
            guard out.readableBytes >= Self.batch else { continue }
            context.writeAndFlush(wrapOutboundOut(out), promise: nil)
            out = context.channel.allocator.buffer(capacity: 0)
        }
        if received?.readableBytes == 0 { received = nil }
        if out.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(out), promise: nil) }
    }

    /// Other answers may go before a late one (RFC 7766 §7).
    private func answerLater(_ reply: DNSReply, _ context: ChannelHandlerContext) {
        late += 1
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: reply.delay)) {
            self.late -= 1
            self.connection.exchangeEnded()
            guard context.channel.isActive else { return }
            var out = context.channel.allocator.buffer(capacity: 0)
            Self.write(reply, to: &out)
            context.writeAndFlush(self.wrapOutboundOut(out), promise: nil)
            self.answerWholeMessages(context)
            if self.isAsked { self.read(context: context) }
        }
    }

    private static func write(_ reply: DNSReply, to buffer: inout ByteBuffer) {
        for message in reply.messages {
            guard let length = UInt16(exactly: message.count) else { continue }
            buffer.writeInteger(length)
            buffer.writeBytes(message)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.hangUp()
    }
}
