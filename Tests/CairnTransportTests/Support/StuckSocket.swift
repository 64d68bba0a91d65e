import NIOCore
import NIOEmbedded

/// A socket whose client sends all that it has, and reads nothing until it is told to.
///
/// It does what NIO's sockets do: it reads when it is asked, a piece at a time, and is not writable while more than 64 KiB
/// wait to be sent. What it counts is what the server keeps.
final class StuckSocket: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// As much as the allocators of NIO give to one read at most.
    static let readSize = 64 << 10
    static let highWaterMark = 64 << 10

    private let channel: EmbeddedChannel
    private var input: [UInt8] = []
    private var context: ChannelHandlerContext?
    /// Octets that the server has read from the client.
    private(set) var read = 0
    /// Octets that the server has sent and the client has not read.
    private(set) var pending = 0
    /// What the client has read.
    private(set) var received: [UInt8] = []
    private var unread: [UInt8] = []
    private(set) var isOutputClosed = false
    private var isScheduled = false

    init(_ channel: EmbeddedChannel) { self.channel = channel }

    /// A channel that is connected, with the socket as the handler that is nearest to it.
    static func connected() throws -> (EmbeddedChannel, StuckSocket) {
        let channel = EmbeddedChannel()
        let socket = StuckSocket(channel)
        try channel.pipeline.syncOperations.addHandler(socket)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, socket)
    }

    /// How many octets of the client wait for the server to read them.
    var unsent: Int { input.count }

    /// Has the client send.
    func send(_ octets: [UInt8]) {
        input += octets
        channel.read()
        channel.embeddedEventLoop.run()
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Has the client read all that was sent to it.
    func drain() {
        received += unread
        (unread, pending) = ([], 0)
        if !channel.isWritable {
            channel.isWritable = true
            channel.pipeline.fireChannelWritabilityChanged()
        }
        channel.embeddedEventLoop.run()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        guard !isScheduled else { return }
        isScheduled = true
        channel.embeddedEventLoop.execute {
            self.isScheduled = false
            self.deliver()
        }
    }

    private func deliver() {
        guard let context, channel.isActive, !input.isEmpty else { return }
        let part = input.prefix(Self.readSize)
        input.removeFirst(part.count)
        read += part.count
        context.fireChannelRead(wrapInboundOut(ByteBuffer(bytes: part)))
        context.fireChannelReadComplete()
        channel.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        unread += part.readableBytesView
        pending += part.readableBytes
        promise?.succeed()
        if pending > Self.highWaterMark, channel.isWritable {
            channel.isWritable = false
            channel.pipeline.fireChannelWritabilityChanged()
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            isOutputClosed = true
            promise?.succeed()
        } else {
            context.close(mode: mode, promise: promise)
        }
    }
}
