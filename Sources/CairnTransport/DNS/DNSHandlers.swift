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

    init(connection: Connection, respond: @escaping DNSListener.Handler) {
        self.connection = connection
        self.respond = respond
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        received.setOrWriteBuffer(&part)
        var out = context.channel.allocator.buffer(capacity: 0)
        while let message = received?.readLengthPrefixedSlice(as: UInt16.self) {
            connection.exchangeBegan()
            if let answer = respond(Array(message.readableBytesView), .tcp), let length = UInt16(exactly: answer.count)
            {
                out.writeInteger(length)
                out.writeBytes(answer)
            }
            connection.exchangeEnded()
        }
        if received?.readableBytes == 0 { received = nil }
        if out.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(out), promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.hangUp()
    }
}
