import NIOSSL

/// An error of the TLS library, in words that help.
struct TLSWords: CustomStringConvertible {
    let description: String

    /// What the library says of a certificate whose key usage does not go with what its key has to do.
    static let keyUsage = "KEY_USAGE_BIT_INCORRECT"

    init(_ error: any Error) {
        description =
            switch error {
            case NIOSSLError.handshakeFailed(let cause), NIOSSLError.shutdownFailed(let cause): Self.words(for: cause)
            case NIOSSLError.noCertificateToValidate: "the server showed no certificate"
            case NIOSSLError.uncleanShutdown: "the connection ended without close_notify (RFC 8446 §6.1)"
            case let error as BoringSSLError: Self.words(for: error)
            default: "\(error)"
            }
    }

    private static func words(for error: BoringSSLError) -> String {
        switch error {
        case .sslError(let stack), .unknownError(let stack), .invalidSNIName(let stack), .failedToSetALPN(let stack):
            stack.first.map { words(for: reason(in: $0.description)) } ?? "TLS failed"
        case .zeroReturn: "the server closed the TLS connection (close_notify)"
        case .syscallError: "the connection ended during the handshake"
        default: "\(error)"
        }
    }

    /// The library's name of the reason, the word after `OPENSSL_internal:`.
    private static func reason(in text: String) -> String {
        let marker = "OPENSSL_internal:"
        guard let start = text.firstRange(of: marker)?.upperBound else { return text }
        return String(text[start...].prefix { $0 != " " && $0 != ":" })
    }

    private static func words(for reason: String) -> String {
        if let range = reason.firstRange(of: "_ALERT_") {
            return "the server sent the alert \(reason[range.upperBound...].lowercased()) (RFC 8446 §6.2)"
        }
        return switch reason {
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST": "the server does not speak TLS on this port (\(reason))"
        case "UNSUPPORTED_PROTOCOL": "the server speaks no TLS version that is offered (\(reason))"
        default: reason
        }
    }
}
