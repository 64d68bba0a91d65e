package import CairnModel
import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Why no socket could listen.
package struct ListenError: Error, Hashable {
    package enum Reason: Hashable, Sendable {
        case addressInUse
        /// Ports below 1024 belong to the superuser on most systems.
        case permissionDenied
        /// No interface of this machine has the address.
        case addressNotAvailable
        /// Anything else, in the words of the operating system.
        case other(String)
    }

    package var reason: Reason
    package var endpoint: CairnIPEndpoint

    package init(_ reason: Reason, at endpoint: CairnIPEndpoint) {
        self.reason = reason
        self.endpoint = endpoint
    }

    init(_ error: any Error, at endpoint: CairnIPEndpoint) {
        self.endpoint = endpoint
        reason =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: .addressInUse
            case EACCES, EPERM: .permissionDenied
            case EADDRNOTAVAIL, EAFNOSUPPORT: .addressNotAvailable
            default: .other("\(error)")
            }
    }
}

extension ListenError: CustomStringConvertible {
    package var description: String {
        switch reason {
        case .addressInUse: "address \(endpoint) is already in use"
        case .permissionDenied: "no permission to listen on address \(endpoint)"
        case .addressNotAvailable: "address \(endpoint) is not available on this machine"
        case .other(let text): "cannot listen on address \(endpoint): \(text)"
        }
    }
}
