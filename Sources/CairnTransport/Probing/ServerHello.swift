import NIOCore

/// Reads which application protocol a server of TLS 1.2 chose.
///
/// There the ServerHello travels in the clear (RFC 5246 §7.4.1.3), so that the choice is known even of a handshake that
/// our TLS library will not finish.
package struct ServerHello {
    package enum Progress: Equatable {
        case incomplete
        /// The protocol, or `nil` if the server chose none.
        case read(applicationProtocol: String?)
        case unreadable
    }

    package private(set) var progress = Progress.incomplete
    private var message = FirstHandshakeMessage()

    package init() {}

    private static let serverHello: UInt8 = 2
    private static let alpnExtension = 16

    /// Takes the next bytes that the server sent.
    package mutating func take(_ bytes: some Collection<UInt8>) {
        guard progress == .incomplete else { return }
        message.take(bytes)
        switch message.progress {
        case .incomplete: return
        case .read(Self.serverHello, let body): parse(TLSReader(body))
        case .read, .unreadable: progress = .unreadable
        }
    }

    private mutating func parse(_ body: TLSReader) {
        var body = body
        // Version and random; session id; cipher suite and compression method.
        guard body.take(34) != nil, body.vector(1) != nil, body.take(3) != nil else {
            progress = .unreadable
            return
        }
        progress = .read(applicationProtocol: Self.applicationProtocol(in: body.vector(2)))
    }

    private static func applicationProtocol(in extensions: ArraySlice<UInt8>?) -> String? {
        guard var extensions = extensions.map({ TLSReader($0) }) else { return nil }
        while let type = extensions.number(2), let content = extensions.vector(2) {
            guard type == alpnExtension else { continue }
            var list = TLSReader(content)
            guard var names = list.vector(2).map({ TLSReader($0) }), let name = names.vector(1) else { return nil }
            return String(decoding: name, as: UTF8.self)
        }
        return nil
    }
}

/// Lets everything pass and reads the ServerHello on the way.
final class ServerHelloObserver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private(set) var hello = ServerHello()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hello.take(unwrapInboundIn(data).readableBytesView)
        context.fireChannelRead(data)
    }
}
