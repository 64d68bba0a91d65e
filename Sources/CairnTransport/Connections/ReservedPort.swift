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
        descriptor = endpoint.address.openStreamSocket()
        guard descriptor >= 0, let name = try? endpoint.socketAddress else { return nil }
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
    /// Whether connections to it are refused, which is found out by trying one for a tenth of a second at most.
    ///
    /// Where no answer comes in that time, some socket listens that takes in no more.
    var isRefusing: Bool {
        let descriptor = address.openStreamSocket()
        guard descriptor >= 0, let name = try? socketAddress else { return true }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        if name.withSockAddr({ connect(descriptor, $0, socklen_t($1)) }) == 0 { return false }
        guard errno == EINPROGRESS else { return true }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, 100) == 1 else { return false }
        var (reason, size): (Int32, socklen_t) = (0, socklen_t(MemoryLayout<Int32>.size))
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &reason, &size)
        return reason != 0
    }
}

extension CairnIPAddress {
    /// A socket of TCP that programs started from here do not get; negative if there is none to be had.
    fileprivate func openStreamSocket() -> Int32 {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        let descriptor = socket(isV6 ? AF_INET6 : AF_INET, stream, 0)
        if descriptor >= 0 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        return descriptor
    }

    /// Whether this machine has the address, so that something can listen there.
    package var isHere: Bool { ReservedPort(CairnIPEndpoint(address: self, port: 0), isV6Only: true) != nil }
}
