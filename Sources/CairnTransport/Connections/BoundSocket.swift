package import CairnModel
import NIOCore
import NIOPosix
import Synchronization

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
package final class ListeningSockets: Sendable {
    /// What the sockets are bound to, one for each address, in the order in which they were asked for.
    package let endpoints: [CairnIPEndpoint]

    private let binds: [Bind]
    private let connections: Connections
    private let state: Mutex<State>

    private struct State {
        /// None while connections are refused, and after the end.
        var channels: [any Channel]
        /// What keeps the port meanwhile.
        var reserved: [ReservedPort] = []
        var isPaused = false
        var isOver = false
        /// The change that was asked for last; each waits for the one before it.
        var last: Task<ListenError?, Never>?
    }

    /// Binds one socket of each kind on each address, all to the same port, and begins to accept.
    ///
    /// - Throws: ``ListenError``.
    init(
        _ addresses: [CairnIPAddress], port: Int, connections: Connections, binds: [Bind]
    ) async throws(ListenError) {
        let sockets = try await bindTogether(addresses, port: port, binds: binds)
        endpoints = stride(from: 0, to: sockets.count, by: binds.count).map { sockets[$0].endpoint }
        (self.binds, self.connections) = (binds, connections)
        state = Mutex(State(channels: sockets.map(\.channel)))
    }

    /// Closes the listening sockets and every connection, and returns when the last of them is closed.
    func shutdown() async {
        _ = await change { sockets in
            sockets.state.withLock { $0.isOver = true }
            await sockets.close()
            sockets.state.withLock { $0.reserved = [] }
            return nil
        }
    }

    /// Does one change after the other.
    private func change(
        _ body: @escaping @Sendable (ListeningSockets) async -> ListenError?
    ) async -> ListenError? {
        let task = state.withLock { state in
            let task = Task { [before = state.last] in
                _ = await before?.value
                return await body(self)
            }
            state.last = task
            return task
        }
        return await task.value
    }

    private func close() async {
        await closeChannels()
        await connections.close()
    }

    private func closeChannels() async {
        let channels = state.withLock { state in
            defer { state.channels = [] }
            return state.channels
        }
        for channel in channels { try? await channel.close().get() }
    }
}

// MARK: - A while without listening

extension ListeningSockets {
    /// Whether connections are refused until ``resume()``.
    var isPaused: Bool { state.withLock { $0.isPaused } }

    /// Closes the listening sockets, so that connections are refused, and every connection; the port stays reserved.
    func pause() async {
        _ = await change { sockets in
            guard sockets.state.withLock({ !$0.isPaused && !$0.isOver }) else { return nil }
            // Once a port is free, somebody else may get it at once.
            let reserved = await sockets.reserve()
            await sockets.closeChannels()
            await sockets.waitUntilRefused()
            let rest = reserved.isEmpty ? sockets.reservedPorts() : []
            sockets.state.withLock { state in (state.reserved, state.isPaused) = (reserved + rest, true) }
            await sockets.connections.close()
            return nil
        }
    }

    /// Returns when connections are refused.
    ///
    /// A program that this one starts on another thread has a copy of every socket until it runs, and as long as there is one,
    /// the system goes on accepting connections that nobody will ever serve. That is over in milliseconds; what listens
    /// after ten looks, in a second or two, is somebody else's.
    private func waitUntilRefused() async {
        for look in 0..<10 {
            if endpoints.allSatisfy(\.isRefusing) { return }
            try? await Task.sleep(for: .milliseconds(1 << look))
        }
    }

    /// Reserves the ports while they are listened on, where the system lets that be; otherwise none.
    private func reserve() async -> [ReservedPort] {
        for channel in state.withLock({ $0.channels }) {
            try? await channel.setOption(.sharesPort, value: 1).get()
        }
        let reserved = reservedPorts()
        return reserved.count == endpoints.count ? reserved : []
    }

    private func reservedPorts() -> [ReservedPort] {
        let hasV4 = !endpoints.allSatisfy(\.address.isV6)
        return endpoints.compactMap { ReservedPort($0, isV6Only: hasV4) }
    }

    /// Listens again.
    func resume() async throws(ListenError) {
        let error = await change { sockets in
            guard sockets.state.withLock({ $0.isPaused && !$0.isOver }) else { return nil }
            // Whoever connects once the sockets are there is served.
            sockets.connections.reopen()
            do throws(ListenError) {
                let bound: [BoundSocket]
                do throws(ListenError) { bound = try await sockets.bindAgain() } catch {
                    // Not every system lets a port be bound that is reserved.
                    sockets.state.withLock { $0.reserved = [] }
                    bound = try await sockets.bindAgain()
                }
                sockets.state.withLock { state in
                    (state.channels, state.reserved, state.isPaused) = (bound.map(\.channel), [], false)
                }
                return nil
            } catch { return error }
        }
        if let error { throw error }
    }

    private func bindAgain() async throws(ListenError) -> [BoundSocket] {
        try await bindTogether(endpoints.map(\.address), port: endpoints[0].port, binds: binds)
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
typealias Bind = @Sendable (_ endpoint: CairnIPEndpoint, _ isV6Only: Bool) async throws -> any Channel

/// Binds one socket of each kind on each address, one after the other, all to the same port.
///
/// If `port` is 0 the first socket finds a free one. That may be taken on the next address or in the next protocol, and
/// then everything begins again with another.
///
/// - Parameter addresses: at least one.
/// - Throws: ``ListenError``.
private func bindTogether(_ addresses: [CairnIPAddress], port: Int, binds: [Bind]) async throws(ListenError)
    -> [BoundSocket]
{
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
    static var sharesPort: Self { Self(level: .socket, name: NIOBSDSocket.Option(rawValue: SO_REUSEPORT)) }
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

    private static func reason(_ error: IOError) -> String {
        guard error.errnoCode == EMFILE else { return String(cString: strerror(error.errnoCode)) }
        var limit = rlimit()
        #if os(Linux) && !canImport(Musl)
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
            getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        return "the process has all \(limit.rlim_cur) files and connections open that it may have (ulimit -n)"
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return context.fireErrorCaught(error) }
        guard told.insert(error.errnoCode).inserted else { return }
        let address = context.channel.localAddress?.ipAddress.flatMap { CairnIPAddress($0) }
        let port = context.channel.localAddress?.port ?? 0
        let place = address.map { " at \(CairnIPEndpoint(address: $0, port: port))" } ?? ""
        report("no connection can be accepted\(place) at the moment: \(Self.reason(error))")
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
