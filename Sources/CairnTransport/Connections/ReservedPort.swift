package import CairnModel
import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A port that refuses connections for as long as this lives: bound, so that nobody else gets it, and not listened on.
final class ReservedPort: Sendable {
    private let descriptor: Int32

    /// `nil` if the port cannot be had.
    ///
    /// - Parameter isV6Only: whether a port of IPv6 leaves that of IPv4 to others, as the server's own socket does.
    init?(_ endpoint: CairnIPEndpoint, isV6Only: Bool) {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        descriptor = socket(endpoint.address.isV6 ? AF_INET6 : AF_INET, stream, 0)
        guard descriptor >= 0, let name = try? endpoint.socketAddress else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var isOn: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // Connections to the port that have ended do not matter, nor does a socket of ours that still listens.
        for option in [SO_REUSEADDR, SO_REUSEPORT] { setsockopt(descriptor, SOL_SOCKET, option, &isOn, size) }
        if endpoint.address.isV6, isV6Only { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &isOn, size) }
        let descriptor = descriptor
        let status = name.withSockAddr { bind(descriptor, $0, socklen_t($1)) }
        guard status == 0 else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}

extension CairnIPEndpoint {
    /// Whether connections to it are accepted, which is found out by making one.
    var accepts: Bool {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        let descriptor = socket(address.isV6 ? AF_INET6 : AF_INET, stream, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        guard let name = try? socketAddress else { return false }
        return name.withSockAddr { connect(descriptor, $0, socklen_t($1)) } == 0
    }
}

extension CairnIPAddress {
    /// Whether this machine has the address, so that something can listen there.
    package var isHere: Bool { ReservedPort(CairnIPEndpoint(address: self, port: 0), isV6Only: true) != nil }
}
