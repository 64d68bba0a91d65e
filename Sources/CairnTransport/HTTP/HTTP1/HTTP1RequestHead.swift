import CairnModel
import HTTPTypes
import NIOHTTP1

/// What the head of an HTTP/1 request says.
struct HTTP1RequestHead {
    var request: HTTPRequest
    /// Whether the connection may carry another request after this one (RFC 9112 §9.3).
    var isPersistent: Bool
    /// Whether an HTTP/1.0 client must be told that the connection stays open.
    var announcesPersistence: Bool
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
