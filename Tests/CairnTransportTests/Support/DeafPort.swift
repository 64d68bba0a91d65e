import CairnModel
import NIOCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A port of `127.0.0.1` that refuses connections for as long as this object lives: bound, so that nobody else gets it, and
/// never listened on.
final class DeafPort {
    let endpoint: CairnIPEndpoint
    private let socket: Int32

    init() throws {
        #if canImport(Glibc)
            let stream = Int32(SOCK_STREAM.rawValue)
        #else
            let stream = SOCK_STREAM
        #endif
        #if canImport(Darwin)
            let socket = Darwin.socket(AF_INET, stream, 0)
        #elseif canImport(Musl)
            let socket = Musl.socket(AF_INET, stream, 0)
        #else
            let socket = Glibc.socket(AF_INET, stream, 0)
        #endif
        self.socket = socket
        let wanted = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        guard socket >= 0, wanted.withSockAddr({ bind(socket, $0, socklen_t($1)) }) == 0 else { throw NoPort() }
        // The structure of an address is in two modules, and which one is meant depends on the order of the files.
        var name = [UInt8](repeating: 0, count: 128)
        var length = socklen_t(name.count)
        let status = name.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { getsockname(socket, $0.baseAddress!, &length) }
        }
        guard status == 0 else { throw NoPort() }
        // The port is behind the two octets of the family, in network order.
        endpoint = CairnIPEndpoint(address: .loopbackV4, port: Int(name[2]) << 8 | Int(name[3]))
    }

    deinit { close(socket) }

    struct NoPort: Error {}
}

/// A loopback address that only the tests which bind a port a second time use, so that no other test takes the port
/// meanwhile.
///
/// Linux has all of `127.0.0.0/8`, other systems one address of it.
var quietAddress: CairnIPAddress {
    #if os(Linux)
        "127.77.7.7"
    #else
        .loopbackV4
    #endif
}
