import NIOCore

/// What a client says in its ClientHello (RFC 8446 §4.1.2) that decides which certificate it is shown.
package struct ClientHello: Hashable, Sendable {
    /// The name in the SNI (RFC 6066 §3); `nil` if there is none.
    package var serverName: String?
    /// What is offered by ALPN (RFC 7301 §3.1), the best first; empty if nothing is.
    package var applicationProtocols: [String] = []

    package init(serverName: String? = nil, applicationProtocols: [String] = []) {
        (self.serverName, self.applicationProtocols) = (serverName, applicationProtocols)
    }

    private static let serverNameExtension = 0
    private static let alpnExtension = 16

    /// Reads the body of the message; `nil` for one that ends too early.
    init?(body: ArraySlice<UInt8>) {
        var body = TLSReader(body)
        // Version and random; session id; cipher suites; compression methods.
        guard body.take(34) != nil, body.vector(1) != nil, body.vector(2) != nil, body.vector(1) != nil else {
            return nil
        }
        guard var extensions = body.vector(2).map({ TLSReader($0) }) else { return }
        while let type = extensions.number(2), let content = extensions.vector(2) {
            var list = TLSReader(content)
            guard var entries = list.vector(2).map({ TLSReader($0) }) else { continue }
            switch type {
            case Self.serverNameExtension:
                while let kind = entries.number(1), let name = entries.vector(2) {
                    if kind == 0 { serverName = String(decoding: name, as: UTF8.self) }
                }
            case Self.alpnExtension:
                while let name = entries.vector(1) {
                    applicationProtocols.append(String(decoding: name, as: UTF8.self))
                }
            default: continue
            }
        }
    }
}

/// Reads the ClientHello before anything is answered, so that it can be answered by what it says.
struct ClientHelloReader {
    enum Progress: Equatable {
        case incomplete
        case read(ClientHello)
        case unreadable
    }

    private(set) var progress = Progress.incomplete
    private var message = FirstHandshakeMessage()
    private static let clientHello: UInt8 = 1

    /// Takes the next bytes that the client sent.
    mutating func take(_ bytes: some Collection<UInt8>) {
        guard progress == .incomplete else { return }
        message.take(bytes)
        switch message.progress {
        case .incomplete: return
        case .read(Self.clientHello, let body): progress = ClientHello(body: body).map(Progress.read) ?? .unreadable
        case .read, .unreadable: progress = .unreadable
        }
    }
}

/// The first message of a handshake, put together from the records that it came in (RFC 8446 §5.1).
struct FirstHandshakeMessage {
    enum Progress {
        case incomplete
        case read(type: UInt8, body: ArraySlice<UInt8>)
        case unreadable
    }

    private(set) var progress = Progress.incomplete
    private var records: [UInt8] = []
    private var handshake: [UInt8] = []

    private static let handshakeRecord: UInt8 = 22
    /// More than any hello needs.
    private static let limit = 1 << 16

    mutating func take(_ bytes: some Collection<UInt8>) {
        guard case .incomplete = progress else { return }
        records += bytes
        if let first = records.first, first != Self.handshakeRecord { progress = .unreadable }
        while records.count >= 5, case .incomplete = progress {
            let length = Int(records[3]) << 8 | Int(records[4])
            guard records[0] == Self.handshakeRecord, handshake.count + length <= Self.limit else {
                progress = .unreadable
                return
            }
            guard records.count >= 5 + length else { return }
            handshake += records[5..<(5 + length)]
            records.removeFirst(5 + length)
            var message = TLSReader(handshake[...])
            if let type = message.number(1), let length = message.number(3), let body = message.take(length) {
                progress = .read(type: UInt8(type), body: body)
            }
        }
    }
}

/// Numbers and vectors of the TLS presentation language (RFC 8446 §3).
struct TLSReader {
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

/// Holds back what a client sends until its ClientHello is whole.
final class ClientHelloHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let decide: (ClientHello?) throws -> Void
    private var reader = ClientHelloReader()
    private var received: ByteBuffer?
    private var isDecided = false

    /// - Parameter decide: adds the handlers that follow; given `nil` for a client that speaks no TLS.
    init(_ decide: @escaping (ClientHello?) throws -> Void) { self.decide = decide }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDecided else { return context.fireChannelRead(data) }
        var part = unwrapInboundIn(data)
        reader.take(part.readableBytesView)
        received.setOrWriteBuffer(&part)
        let hello: ClientHello?
        switch reader.progress {
        case .incomplete: return
        case .read(let read): hello = read
        case .unreadable: hello = nil
        }
        isDecided = true
        do {
            try decide(hello)
        } catch {
            return context.close(promise: nil)
        }
        if let received { context.fireChannelRead(wrapInboundOut(received)) }
        received = nil
    }
}
