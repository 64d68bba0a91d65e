import HTTPTypes
import NIOHTTP1

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
