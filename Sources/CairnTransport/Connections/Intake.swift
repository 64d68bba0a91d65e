import NIOCore

/// Hands on what came from the client: in small portions, and none while the handlers above do not ask for more or the client
/// does not read what it was sent.
///
/// What is not read stops the reading. That bounds what one connection can make the server keep, whatever is spoken on it:
/// the octets of one read from the socket here, what becomes of one portion above, and the answers up to the high-water mark of
/// the channel and one more below.
final class Intake: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer

    /// The most that is handed on at once, in octets: a request and its header fields as they usually come.
    static let portion = 4096

    private var held = ByteBuffer()
    /// Whether the handlers above have asked, and nobody below has been asked for it yet.
    private var isAsked = false
    private var isHandingOn = false

    /// How many octets wait here.
    var heldBytes: Int { held.readableBytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        if held.readableBytes == 0 {
            // It was asked for, or it would not have been read.
            guard part.readableBytes > Self.portion || isHandingOn || !context.channel.isWritable else {
                return context.fireChannelRead(data)
            }
            isAsked = true
            held = part
        } else {
            held.writeBuffer(&part)
        }
        handOn(context)
    }

    func read(context: ChannelHandlerContext) {
        // As a rule nothing waits here.
        if held.readableBytes == 0, !isHandingOn, context.channel.isWritable {
            isAsked = false
            return context.read()
        }
        isAsked = true
        handOn(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.fireChannelWritabilityChanged()
        handOn(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        held = ByteBuffer()
        context.fireChannelInactive()
    }

    private func handOn(_ context: ChannelHandlerContext) {
        guard !isHandingOn else { return }
        isHandingOn = true
        defer { isHandingOn = false }
        while isAsked, context.channel.isWritable,
            let portion = held.readSlice(length: min(Self.portion, held.readableBytes)), portion.readableBytes > 0
        {
            isAsked = false
            context.fireChannelRead(wrapInboundOut(portion))
            context.fireChannelReadComplete()
            // The handlers above say whether they want more by what they make of this: it comes back as `read`. The last
            // portion asks too, since whoever read it from the socket has asked long ago.
            context.channel.read()
        }
        guard held.readableBytes == 0 else { return }
        held = ByteBuffer()
        guard isAsked, context.channel.isWritable else { return }
        isAsked = false
        context.read()
    }
}
