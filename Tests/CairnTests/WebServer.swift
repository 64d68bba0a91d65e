import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The smallest web server: on a free port of `127.0.0.1`, one request a connection, each file at its path.
final class WebServer: Sendable {
    private struct State {
        var files: [String: String] = [:]
        var hosts: [String] = []
        var isStopped = false
    }

    struct Failure: Error { let call: String }

    let port: Int
    private let socket: Int32
    private let state = Mutex(State())

    init() throws {
        socket = try Socket.stream()
        port = try Socket.listen(socket)
        Thread.detachNewThread { [self] in run() }
    }

    /// The `Host` fields of the requests so far.
    var hosts: [String] { state.withLock { $0.hosts } }

    func serve(_ text: String, at path: String) { state.withLock { $0.files[path] = text } }

    func stop() {
        state.withLock { $0.isStopped = true }
        // Somebody has to knock, or it would wait for ever.
        if let knock = try? Socket.stream() {
            _ = try? Socket.connect(knock, port: port)
            close(knock)
        }
    }

    private func run() {
        while true {
            let connection = accept(socket, nil, nil)
            if state.withLock({ $0.isStopped }) || connection < 0 { break }
            answer(connection)
            close(connection)
        }
        close(socket)
    }

    private func answer(_ connection: Int32) {
        var request = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !request.contains("\r\n\r\n") {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            request += String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        let path = request.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let host = request.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix("host: ") }
        let file = state.withLock { state in
            state.hosts.append(host.map { String($0.dropFirst(6)) } ?? "")
            return state.files[path]
        }
        let status = file == nil ? "404 Not Found" : "200 OK"
        let text =
            "HTTP/1.1 \(status)\r\nContent-Length: \(file?.utf8.count ?? 0)\r\nConnection: close\r\n\r\n\(file ?? "")"
        _ = send(connection, text, text.utf8.count, 0)
    }
}

/// Sockets on `127.0.0.1` with a deadline for every call.
enum Socket {
    static func stream() throws -> Int32 { try make(isStream: true) }
    static func datagram() throws -> Int32 { try make(isStream: false) }

    private static func make(isStream: Bool) throws -> Int32 {
        #if canImport(Glibc)
            let type = Int32((isStream ? SOCK_STREAM : SOCK_DGRAM).rawValue)
        #else
            let type = isStream ? SOCK_STREAM : SOCK_DGRAM
        #endif
        let descriptor = socket(AF_INET, type, 0)
        guard descriptor >= 0 else { throw WebServer.Failure(call: "socket") }
        return descriptor
    }

    /// Binds to a free port, and tells which.
    static func listen(_ descriptor: Int32) throws -> Int {
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) | getsockname(descriptor, pointer, &length)
            }
        }
        #if canImport(Glibc)
            let listening = Glibc.listen(descriptor, 16)
        #else
            let listening = Darwin.listen(descriptor, 16)
        #endif
        guard status == 0, listening == 0 else { throw WebServer.Failure(call: "bind") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    static func connect(_ descriptor: Int32, port: Int) throws {
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = loopback(port: port)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                #if canImport(Glibc)
                    Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
                #else
                    Darwin.connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
                #endif
            }
        }
        guard status == 0 else { throw WebServer.Failure(call: "connect") }
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
