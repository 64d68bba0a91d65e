import CairnGateway
import CairnModel
import HTTPTypes
import NIOCore
import NIOHTTP1

/// What the head of an HTTP/1 request says.
struct HTTP1RequestHead {
    var request: HTTPRequest
    /// Whether the connection may carry another request after this one (RFC 9112 §9.3).
    var isPersistent: Bool
    /// Whether an HTTP/1.0 client must be told that the connection stays open.
    var announcesPersistence: Bool
    /// Whether the client knows chunks (RFC 9112 §7.1); to HTTP/1.0 a body without a length ends with its connection.
    var knowsChunks: Bool
    /// Whether the client waits for an interim response before it sends the body (RFC 9110 §10.1.1).
    var expectsContinue: Bool
    /// The length that the client announced.
    var contentLength: Int?

    /// Reads a head that is well formed, and refuses one that no request may have.
    init(_ head: HTTPRequestHead, _ exchange: HTTPExchange) throws(HTTPRefusal) {
        guard head.version.major == 1 else {
            throw HTTPRefusal(
                .httpVersionNotSupported, "expected HTTP/1.0 or HTTP/1.1, got \(head.version) (RFC 9112 §2.3)")
        }
        guard let method = HTTPRequest.Method(rawValue: head.method.rawValue) else {
            throw HTTPRefusal(.badRequest, "the method is not a token (RFC 9110 §9.1)")
        }
        var fields = HTTPFields()
        fields.reserveCapacity(head.headers.count)
        var host: String?
        for (name, value) in head.headers {
            guard let name = HTTPField.Name(name) else {
                throw HTTPRefusal(.badRequest, "a field name is not a token (RFC 9110 §5.1)")
            }
            if name == Self.host {
                guard host == nil else {
                    throw HTTPRefusal(.badRequest, "expected one Host field, got several (RFC 9112 §3.2)")
                }
                host = value
            } else {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        if host == nil, head.version.minor > 0 {
            throw HTTPRefusal(.badRequest, "expected a Host field, got none (RFC 9112 §3.2)")
        }
        try exchange.check(target: head.uri)
        let target = RequestTarget(head.uri)
        request = HTTPRequest(
            method: method, scheme: exchange.scheme, authority: target.authority ?? host, path: target.path,
            headerFields: fields
        )
        // After a request to upgrade, or for a tunnel, the parser reads no further request from the connection.
        isPersistent = head.isKeepAlive && fields[.upgrade] == nil && method != .connect
        announcesPersistence = head.version.minor == 0
        knowsChunks = head.version.minor > 0
        expectsContinue = head.version.minor > 0 && fields[.expect]?.isSameIgnoringCase(as: "100-continue") == true
        contentLength = fields[.contentLength].flatMap { Int($0) }
    }

    private static let host = HTTPField.Name("Host")
}

/// The request-target of a request line (RFC 9112 §3.2).
private struct RequestTarget {
    /// The authority of the absolute form, which goes before `Host` (RFC 9112 §3.2.2).
    var authority: String?
    var path: String

    init(_ text: String) {
        path = text
        guard text.utf8.first != UInt8(ascii: "/") else { return }
        let bytes = text.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            return
        }
        let rest = text[bytes.index(colon, offsetBy: 3)...]
        let end = rest.utf8.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        authority = String(rest[..<end])
        path = rest[end...].first == "/" ? String(rest[end...]) : "/" + rest[end...]
    }
}

/// What a response says about its connection (RFC 9112 §9.3).
enum ConnectionOption {
    case close
    case keepAlive
}

extension ByteBuffer {
    /// Writes the status line and header fields of a response.
    mutating func writeHTTP1Head(of delivery: CairnDelivery, option: ConnectionOption?, isChunked: Bool = false) {
        let status = delivery.head.status
        writeStaticString("HTTP/1.1 ")
        writeString(String(status.code))
        writeStaticString(" ")
        writeString(
            status.reasonPhrase.isEmpty
                ? HTTPResponseStatus(statusCode: status.code).reasonPhrase : status.reasonPhrase)
        writeStaticString("\r\n")
        for field in delivery.head.headerFields {
            writeString(field.name.rawName)
            writeStaticString(": ")
            _ = field.withUnsafeBytesOfValue { writeBytes($0) }
            writeStaticString("\r\n")
        }
        if delivery.needsContentLength {
            writeStaticString("Content-Length: ")
            writeString(String(delivery.body.count))
            writeStaticString("\r\n")
        }
        if isChunked { writeStaticString("Transfer-Encoding: chunked\r\n") }
        if delivery.head.headerFields[.connection] == nil {
            switch option {
            case .close: writeStaticString("Connection: close\r\n")
            case .keepAlive: writeStaticString("Connection: keep-alive\r\n")
            case nil: break
            }
        }
        writeStaticString("\r\n")
    }
}

extension HTTPRefusal {
    /// What to answer to a client whose bytes are no HTTP/1 request.
    init(_ error: HTTPParserError, _ sketch: HTTP1Beginning.Sketch) {
        switch error {
        case .headerOverflow:
            self.init(.requestHeaderFieldsTooLarge, "the header fields are too many or too long (RFC 6585 §5)")
        case _ where sketch.hasBareLineFeed:
            self.init(
                .badRequest, "not an HTTP/1.1 request: expected lines that end with CR LF, got LF alone (RFC 9112 §2.2)"
            )
        case .invalidVersion:
            self.init(.httpVersionNotSupported, "expected HTTP/1.0 or HTTP/1.1 (RFC 9112 §2.3)")
        default:
            self.init(.badRequest, "not an HTTP/1.1 request: \(error.words)")
        }
        head = sketch.head
    }
}

extension HTTPParserError {
    /// What the parser stumbled over.
    var words: String {
        switch self {
        case .invalidEOFState, .closedConnection: "it ends too early (RFC 9112 §8)"
        case .headerOverflow: "the header fields are too long"
        case .invalidVersion: "the version is not HTTP/1.0 or HTTP/1.1 (RFC 9112 §2.3)"
        case .invalidStatus: "the status line has no three-digit code (RFC 9112 §4)"
        case .invalidMethod: "the method is unknown (RFC 9112 §3.1)"
        case .invalidURL: "the request target is malformed (RFC 9112 §3.2)"
        case .invalidHeaderToken: "a header field is malformed (RFC 9112 §5)"
        case .invalidContentLength: "Content-Length is not a number (RFC 9110 §8.6)"
        case .unexpectedContentLength: "Content-Length is repeated or comes with Transfer-Encoding (RFC 9112 §6.3)"
        case .invalidChunkSize: "a chunk size is not hexadecimal (RFC 9112 §7.1)"
        case .invalidConstant: "it does not begin with \"HTTP/\" (RFC 9112 §4)"
        case .lfExpected, .strictModeAssertion: "a line does not end with CR LF (RFC 9112 §2.2)"
        default: "its framing is malformed (RFC 9112 §2)"
        }
    }
}
