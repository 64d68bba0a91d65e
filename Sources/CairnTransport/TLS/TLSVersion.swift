import NIOSSL

/// A version of TLS that the server speaks.
package enum TLSVersion: Hashable, Sendable, Comparable {
    case v12
    case v13

    var nio: NIOSSL.TLSVersion {
        switch self {
        case .v12: .tlsv12
        case .v13: .tlsv13
        }
    }
}
