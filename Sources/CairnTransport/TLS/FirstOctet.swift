import NIOCore

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
