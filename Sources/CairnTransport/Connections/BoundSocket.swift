package import CairnModel
import NIOCore
import NIOPosix

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A socket that listens, and where.
private struct BoundSocket {
    var channel: any Channel
    var endpoint: CairnIPEndpoint
}

/// A server's sockets that listen, and the connections that came in by them.
package struct ListeningSockets: Sendable {
    /// What the sockets are bound to, one for each address, in the order in which they were asked for.
    package let endpoints: [CairnIPEndpoint]

    private let channels: [any Channel]
    private let connections: Connections

    /// Binds one socket of each kind on each address, all to the same port, and begins to accept.
    ///
    /// - Throws: ``ListenError``.
    init(
        _ addresses: [CairnIPAddress], port: Int, connections: Connections, binds: [Bind]
    ) async throws(ListenError) {
        let sockets = try await bindTogether(addresses, port: port, binds: binds)
        endpoints = stride(from: 0, to: sockets.count, by: binds.count).map { sockets[$0].endpoint }
        channels = sockets.map(\.channel)
        self.connections = connections
    }

    /// Closes the listening sockets and every connection, and returns when the last of them is closed.
    func shutdown() async {
        for channel in channels { try? await channel.close().get() }
        await connections.close()
    }
}

/// A server with sockets that listen.
package protocol Listener: Sendable {
    var sockets: ListeningSockets { get }
}

extension Listener {
    /// What the sockets are bound to, one for each address, in the order of the configuration.
    package var endpoints: [CairnIPEndpoint] { sockets.endpoints }

    /// The first endpoint.
    package var localAddress: CairnIPEndpoint { endpoints[0] }

    /// Closes the listening sockets and every connection, and returns when the last of them is closed.
    ///
    /// Answers that wait are never sent.
    package func shutdown() async { await sockets.shutdown() }
}

/// Binds a socket; `isV6Only` keeps one on `::` from taking the port of every IPv4 address too.
typealias Bind = (_ endpoint: CairnIPEndpoint, _ isV6Only: Bool) async throws -> any Channel

/// Binds one socket of each kind on each address, one after the other, all to the same port.
///
/// If `port` is 0 the first socket finds a free one. That may be taken on the next address or in the next protocol, and
/// then everything begins again with another.
///
/// - Parameter addresses: at least one.
/// - Throws: ``ListenError``.
private func bindTogether(_ addresses: [CairnIPAddress], port: Int, binds: [Bind]) async throws(ListenError) -> [BoundSocket] {
    precondition(!addresses.isEmpty, "a listener has at least one address")
    let hasV4 = !addresses.allSatisfy(\.isV6)
    var attemptsLeft = port == 0 ? 16 : 1
    while true {
        attemptsLeft -= 1
        var sockets: [BoundSocket] = []
        var endpoint = CairnIPEndpoint(address: .loopbackV4, port: port)
        do {
            for address in addresses {
                for bind in binds {
                    endpoint = CairnIPEndpoint(address: address, port: sockets.first?.endpoint.port ?? port)
                    let channel = try await bind(endpoint, address.isV6 && hasV4)
                    endpoint.port = channel.localAddress?.port ?? endpoint.port
                    sockets.append(BoundSocket(channel: channel, endpoint: endpoint))
                }
            }
            return sockets
        } catch {
            for socket in sockets { try? await socket.channel.close().get() }
            let error = ListenError(error, at: endpoint)
            guard error.reason == .addressInUse, !sockets.isEmpty, attemptsLeft > 0 else { throw error }
        }
    }
}

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
    static var isV6Only: Self { Self(level: .ipv6, name: .ipv6_v6only) }
}

extension CairnIPEndpoint {
    init?(_ socketAddress: SocketAddress?) {
        guard let socketAddress, let text = socketAddress.ipAddress, let address = CairnIPAddress(text),
            let port = socketAddress.port
        else { return nil }
        self.init(address: address, port: port)
    }

    var socketAddress: SocketAddress {
        get throws { try SocketAddress(ipAddress: "\(address)", port: port) }
    }
}

extension ServerBootstrap {
    /// A server of TCP connections; `initialize` is called for each on its event loop.
    ///
    /// - Parameter report: is told, in a sentence, why no connection can be accepted.
    static func accepting(
        on group: any EventLoopGroup, report: @escaping @Sendable (String) -> Void,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) -> ServerBootstrap {
        ServerBootstrap(group: group.next(), childGroup: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .pausingWhenExhausted(report)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initialize(channel) }
            }
    }

    /// Binds the socket, as a ``Bind`` does.
    func bind(to endpoint: CairnIPEndpoint, isV6Only: Bool) async throws -> any Channel {
        if isV6Only { _ = serverChannelOption(.isV6Only, value: 1) }
        return try await bind(to: endpoint.socketAddress).get()
    }

    /// Has the socket pause for a second where no connection can be accepted, because descriptors or memory are exhausted.
    ///
    /// Without that it would be readable at once, again and again. Who waits in the queue of the system is accepted later.
    ///
    /// - Parameter report: is told once for each cause, in a sentence.
    private func pausingWhenExhausted(_ report: @escaping @Sendable (String) -> Void) -> ServerBootstrap {
        serverChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    AcceptBackoffHandler(), AcceptReport(report),
                ])
            }
        }
    }
}

/// Tells why a socket cannot accept connections.
final class AcceptReport: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let report: @Sendable (String) -> Void
    private var told: Set<CInt> = []

    init(_ report: @escaping @Sendable (String) -> Void) { self.report = report }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return context.fireErrorCaught(error) }
        guard told.insert(error.errnoCode).inserted else { return }
        let place = context.channel.localAddress.map { " at \($0)" } ?? ""
        report("no connection can be accepted\(place) at the moment, and accepting pauses: \(error)")
    }
}

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
