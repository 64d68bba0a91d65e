import CairnDNS
import NIOCore

/// Answers DNS messages over UDP: one message a datagram (RFC 1035 §4.2.1).
final class DNSDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let respond: DNSListener.Handler

    init(respond: @escaping DNSListener.Handler) { self.respond = respond }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        // What the system does not take is lost, as datagrams are, and must not pile up.
        guard context.channel.isWritable else { return }
        guard let answer = respond(Array(envelope.data.readableBytesView), .udp) else { return }
        let buffer = context.channel.allocator.buffer(bytes: answer)
        context.writeAndFlush(
            wrapOutboundOut(AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: buffer)), promise: nil)
    }

    /// The trouble of one peer is not that of the others.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Answers DNS messages over TCP: each has its length in two octets before it (RFC 1035 §4.2.2), and several may follow
/// one another (RFC 7766 §6.2.1).
final class DNSStreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: Connection
    private let respond: DNSListener.Handler
    private var received: ByteBuffer?
    /// As many octets of answers go out in one write, and perhaps one answer more.
    private static let batch = 16 << 10

    init(connection: Connection, respond: @escaping DNSListener.Handler) {
        self.connection = connection
        self.respond = respond
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        received.setOrWriteBuffer(&part)
        answer(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        answer(context)
        context.fireChannelWritabilityChanged()
    }

    /// Answers what came whole, as long as the client takes the answers.
    private func answer(_ context: ChannelHandlerContext) {
        var out = context.channel.allocator.buffer(capacity: 0)
        while context.channel.isWritable, let message = received?.readLengthPrefixedSlice(as: UInt16.self) {
            connection.exchangeBegan()
            if let answer = respond(Array(message.readableBytesView), .tcp), let length = UInt16(exactly: answer.count)
            {
                out.writeInteger(length)
                out.writeBytes(answer)
            }
            connection.exchangeEnded()
            guard out.readableBytes >= Self.batch else { continue }
            context.writeAndFlush(wrapOutboundOut(out), promise: nil)
            out = context.channel.allocator.buffer(capacity: 0)
        }
        if received?.readableBytes == 0 { received = nil }
        if out.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(out), promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.hangUp()
    }
}
