import CairnModel

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
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) | getsockname(socket, address, &length)
            }
        }
        guard socket >= 0, status == 0 else { throw NoPort() }
        endpoint = CairnIPEndpoint(address: .loopbackV4, port: Int(UInt16(bigEndian: name.sin_port)))
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
