import HTTPTypes
import NIOCore

/// Remembers how an HTTP/1 request began, until its head is complete: what can be said of it if it never is.
///
/// The parser tells that it stumbled, but not over what; a client that is to learn from the refusal, and to find a fresh
/// nonce in it, has to be told more.
final class HTTP1Beginning: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: Connection
    /// What is to be done when the rest of a head does not come in time.
    var timedOut: () -> Void = {}
    private var isInHead = true
    /// The first portion of the request.
    private var beginning: ByteBuffer?

    init(connection: Connection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isInHead else { return context.fireChannelRead(data) }
        if beginning == nil { beginning = unwrapInboundIn(data) }
        context.fireChannelRead(data)
        if isInHead, beginning != nil { connection.headBegan { [timedOut] in timedOut() } }
    }

    /// The parser has read the head.
    func headEnded() {
        (isInHead, beginning) = (false, nil)
        connection.phaseEnded()
    }

    /// The parser has read the whole request: what comes now is the next one.
    func requestEnded() { isInHead = true }

    /// What is known of the request whose head is being read.
    var sketch: Sketch { Sketch(beginning.map { Array($0.readableBytesView.prefix(Intake.portion)) } ?? []) }
}

extension HTTP1Beginning {
    /// The first lines of a request, read leniently.
    struct Sketch {
        var method: HTTPRequest.Method?
        /// The target as it came.
        var target: String?
        var authority: String?
        /// Whether a line ends with LF alone (RFC 9112 §2.2).
        var hasBareLineFeed = false

        init(_ octets: [UInt8]) {
            let lines = octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            guard let first = lines.first, let (method, target) = Self.beginning(of: first) else { return }
            (self.method, self.target) = (method, target)
            for line in lines.dropLast() where line.last != UInt8(ascii: "\r") {
                hasBareLineFeed = true
                break
            }
            for line in lines.dropFirst().dropLast() {
                let text = String(decoding: line, as: UTF8.self)
                let name = text.utf8.prefix { $0 != UInt8(ascii: ":") }
                guard Substring(name).lowercased() == "host" else { continue }
                let value = text.utf8.dropFirst(name.count + 1).filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }
                authority = String(decoding: value, as: UTF8.self)
                break
            }
        }

        /// What is known of the head; `nil` if that is nothing.
        var head: HTTPRequest? {
            method.map { HTTPRequest(method: $0, scheme: nil, authority: authority, path: target) }
        }

        /// Method and target of a request line: a token, a target and the name of the protocol (RFC 9112 §3).
        private static func beginning(of line: ArraySlice<UInt8>) -> (HTTPRequest.Method, target: String)? {
            let words = line.drop { $0 == 0x0d }.split { $0 == 0x20 || $0 == 0x0d }
            guard words.count >= 2, words.count == 2 || words[2].starts(with: "HTTP/".utf8),
                let method = HTTPRequest.Method(rawValue: String(decoding: words[0], as: UTF8.self))
            else { return nil }
            return (method, String(decoding: words[1], as: UTF8.self))
        }
    }
}
