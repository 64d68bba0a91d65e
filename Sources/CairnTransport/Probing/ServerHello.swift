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
    private var records: [UInt8] = []
    private var handshake: [UInt8] = []

    package init() {}

    private static let handshakeRecord: UInt8 = 22
    private static let serverHello: UInt8 = 2
    private static let alpnExtension = 16
    /// More than any ServerHello needs.
    private static let limit = 1 << 16

    /// Takes the next bytes that the server sent.
    package mutating func take(_ bytes: some Collection<UInt8>) {
        guard progress == .incomplete else { return }
        records += bytes
        while records.count >= 5 {
            let length = Int(records[3]) << 8 | Int(records[4])
            guard records[0] == Self.handshakeRecord, handshake.count + length <= Self.limit else {
                progress = .unreadable
                return
            }
            guard records.count >= 5 + length else { return }
            handshake += records[5..<(5 + length)]
            records.removeFirst(5 + length)
            parse()
            guard progress == .incomplete else { return }
        }
    }

    private mutating func parse() {
        var message = Reader(handshake[...])
        guard let type = message.number(1), let length = message.number(3) else { return }
        guard type == Self.serverHello else {
            progress = .unreadable
            return
        }
        guard var body = message.take(length).map({ Reader($0) }) else { return }
        // Version and random; session id; cipher suite and compression method.
        guard body.take(34) != nil, body.vector(1) != nil, body.take(3) != nil else {
            progress = .unreadable
            return
        }
        progress = .read(applicationProtocol: Self.applicationProtocol(in: body.vector(2)))
    }

    private static func applicationProtocol(in extensions: ArraySlice<UInt8>?) -> String? {
        guard var extensions = extensions.map({ Reader($0) }) else { return nil }
        while let type = extensions.number(2), let content = extensions.vector(2) {
            guard type == alpnExtension else { continue }
            var list = Reader(content)
            guard var names = list.vector(2).map({ Reader($0) }), let name = names.vector(1) else { return nil }
            return String(decoding: name, as: UTF8.self)
        }
        return nil
    }

    /// Numbers and vectors of the TLS presentation language (RFC 5246 §4).
    private struct Reader {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        mutating func number(_ width: Int) -> Int? {
            take(width)?.reduce(0) { $0 << 8 | Int($1) }
        }

        mutating func vector(_ width: Int) -> ArraySlice<UInt8>? {
            number(width).flatMap { take($0) }
        }
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
