import Glibc

/// A server that is measured.
enum Contestant: String, CaseIterable, Sendable {
    case cairn, pebble
}

/// Where the programs are, and what they need to start.
struct Stable {
    let cairn: String
    let pebble: String
    /// The TLS identity of Pebble's listener; that of Cairn, so that handshakes cost both the same.
    let certificate: String
    let privateKey: String
    /// A folder for configuration files.
    let folder: String

    /// How to start a server on that port of 127.0.0.1, as quick to say yes as it can be told to be.
    func launch(_ contestant: Contestant, port: Int) throws -> Launch {
        switch contestant {
        case .cairn:
            return Launch(
                executable: cairn,
                arguments: [
                    "--acme-port", "\(port)", "--management-port", "0", "--dns-port", "0", "--always-valid", "--seed",
                    "1",
                ])
        case .pebble:
            let config = "\(folder)/pebble-\(port).json"
            try writeConfiguration(to: config, port: port)
            return Launch(
                executable: pebble, arguments: ["-config", config],
                environment: [
                    "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_VA_ALWAYS_VALID": "1", "PEBBLE_WFE_NONCEREJECT": "0",
                    "PEBBLE_AUTHZREUSE": "0",
                ])
        }
    }

    private func writeConfiguration(to path: String, port: Int) throws {
        let text = """
            {"pebble": {
              "listenAddress": "127.0.0.1:\(port)",
              "managementListenAddress": "127.0.0.1:\(try freePort())",
              "certificate": "\(certificate)",
              "privateKey": "\(privateKey)",
              "httpPort": 5002,
              "tlsPort": 5001,
              "ocspResponderURL": "",
              "externalAccountBindingRequired": false
            }}
            """
        guard let file = fopen(path, "w") else { throw Unexpected("cannot write \(path)") }
        defer { fclose(file) }
        fputs(text, file)
    }
}

/// A port of 127.0.0.1 that nobody listens on.
func freePort() throws -> Int {
    let listener = try openSocket()
    defer { close(listener) }
    var address = loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(listener, address, length) == 0 ? getsockname(listener, address, &length) : -1
        }
    }
    guard status == 0 else { throw Unexpected("cannot find a free port") }
    return Int(UInt16(bigEndian: address.sin_port))
}

/// Connects once: a connected socket, or `nil` if nobody listens.
func connectOnce(port: Int) throws -> Int32? {
    let connection = try openSocket()
    var address = loopback(port: port)
    let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            connect(connection, address, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    if status == 0 { return connection }
    close(connection)
    return nil
}

private func openSocket() throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Unexpected("cannot open a socket") }
    return descriptor
}

private func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return address
}
