import NIOCore

/// What NIO's HTTP/2 leaves to whoever uses it, at its border to the octets.
///
/// - What the server announces in its SETTINGS holds from the first frame. A client may send requests before it has
///   acknowledged them, or read them, and until the acknowledgement NIO would hold it to limits of its own (RFC 9113 §6.5.3).
///   So the acknowledgement is handed on at once, and the client's own is left out when it comes.
/// - After a connection error there is one GOAWAY, and then the connection closes (RFC 9113 §5.4.1).
final class HTTP2Border: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: Connection
    private var inbound = FrameSplitter(preface: 24)
    private var outbound = FrameSplitter(preface: 0)
    private var hasSettings = false
    private var hasAcknowledgement = false
    private var isGoingAway = false

    init(connection: Connection) { self.connection = connection }

    // MARK: What comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isGoingAway else { return }
        // Once the acknowledgement has come there is nothing more to look for.
        guard !hasAcknowledgement else { return context.fireChannelRead(data) }
        var part = unwrapInboundIn(data)
        var out = context.channel.allocator.buffer(capacity: part.readableBytes + 9)
        inbound.split(&part) { piece in
            switch piece {
            case .octets(var octets): out.writeBuffer(&octets)
            case .frame(let head, var octets):
                if head.isAcknowledgement, hasSettings, !hasAcknowledgement {
                    hasAcknowledgement = true
                    return
                }
                out.writeBuffer(&octets)
            case .endOfFrame(let head):
                guard head.isSettings, !hasSettings else { return }
                hasSettings = true
                out.writeBytes([0, 0, 0, 4, 1, 0, 0, 0, 0])
            }
        }
        if out.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(out)) }
    }

    // MARK: What goes

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isGoingAway else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        var part = unwrapOutboundIn(data)
        outbound.split(&part) { piece in
            if case .frame(let head, _) = piece, head.isGoAway { isGoingAway = true }
        }
        context.write(data, promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        if isGoingAway { connection.closeInGoodOrder() }
    }
}

/// Finds the heads of frames in a stream of octets (RFC 9113 §4.1).
private struct FrameSplitter {
    struct Head {
        var octets: [UInt8] = []

        var length: Int { octets[..<3].reduce(0) { $0 << 8 | Int($1) } }
        var isSettings: Bool { octets[3] == 4 && octets[4] & 1 == 0 }
        var isAcknowledgement: Bool { octets[3] == 4 && octets[4] & 1 == 1 && length == 0 }
        var isGoAway: Bool { octets[3] == 7 }
    }

    enum Piece {
        /// Of the preface, or of the payload of a frame.
        case octets(ByteBuffer)
        /// The whole head of a frame, in its octets too.
        case frame(Head, ByteBuffer)
        /// The payload of the frame has been handed out.
        case endOfFrame(Head)
    }

    /// How many octets are still to be passed over, of the preface or of a payload.
    private var rest: Int
    private var head = Head()

    init(preface: Int) { rest = preface }

    mutating func split(_ buffer: inout ByteBuffer, _ body: (Piece) -> Void) {
        while buffer.readableBytes > 0 {
            if rest > 0 {
                guard let part = buffer.readSlice(length: min(rest, buffer.readableBytes)) else { return }
                rest -= part.readableBytes
                body(.octets(part))
            } else {
                guard let part = buffer.readBytes(length: min(9 - head.octets.count, buffer.readableBytes)) else {
                    return
                }
                head.octets += part
                guard head.octets.count == 9 else { return }
                rest = head.length
                body(.frame(head, ByteBuffer(bytes: head.octets)))
            }
            if rest == 0, head.octets.count == 9 {
                body(.endOfFrame(head))
                head = Head()
            }
        }
    }
}
