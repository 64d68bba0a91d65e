package import CairnGateway
package import CairnModel
import HTTPTypes
import NIOCore
import NIOPosix

/// An HTTP server: HTTP/1.1 and HTTP/2 over TLS, or plain HTTP/1.1.
///
/// Requests are answered on the event loop of their connection: the handler is called there, once for each whole request,
/// and must not wait.
package struct HTTPListener: Listener {
    package let sockets: ListeningSockets

    /// Binds every address and begins to accept.
    ///
    /// - Throws: ``ListenError`` for a socket that cannot be bound, ``TLSIdentityError`` for an identity that cannot
    ///   serve.
    package static func start(
        _ configuration: Configuration, on loops: EventLoops,
        handler: @escaping @Sendable (CairnRequest) -> CairnDelivery
    ) async throws -> HTTPListener {
        let (group, connections) = (loops.group, Connections())
        let pipeline = try HTTPPipeline(configuration, connections: connections, handler: handler)
        let sockets = try await ListeningSockets(
            configuration.addresses, port: configuration.port, connections: connections,
            binds: [
                { endpoint, isV6Only in
                    try await ServerBootstrap.accepting(on: group, report: configuration.report) { channel in
                        try pipeline.configure(channel)
                    }
                    .serverChannelOption(.backlog, value: 256)
                    .bind(to: endpoint, isV6Only: isV6Only)
                }
            ])
        return HTTPListener(sockets: sockets)
    }
}

extension HTTPListener {
    /// Whether connections are refused, by ``pause()``.
    package var isPaused: Bool { sockets.isPaused }

    /// Refuses connections, and closes those that there are; the port stays reserved until ``resume()``.
    package func pause() async { await sockets.pause() }

    /// Listens again after ``pause()``.
    package func resume() async throws(ListenError) { try await sockets.resume() }
}

extension HTTPListener {
    /// How a server listens, and what it puts up with.
    package struct Configuration: Sendable {
        /// Where to listen; all addresses share the port.
        ///
        /// Default: 127.0.0.1.
        package var addresses: [CairnIPAddress]
        /// The port; 0, the default, lets the system choose.
        package var port: Int
        /// TLS and the identity to show, or `nil` for plain HTTP/1.1.
        package var tls: TLS?
        /// The longest body of a request, in bytes; longer ones are refused with 413.
        ///
        /// Default: 1 MiB.
        package var bodyLimit: Int
        /// The most that the target and the header fields of a request may have in all, in bytes; more is refused with 431.
        ///
        /// Default: 64 KiB.
        package var headerLimit: Int
        /// How long a connection may take for what.
        ///
        /// Default: ``ConnectionLimits/init(handshake:head:idle:linger:)``.
        package var limits: ConnectionLimits
        /// The answer to what never becomes a request.
        ///
        /// Default: the detail as plain text.
        package var refuse: @Sendable (HTTPRefusal) -> CairnDelivery
        /// Is told, in a sentence, what hinders the server; called on an event loop.
        package var report: @Sendable (String) -> Void
        /// What becomes of a connection out of turn, by its number and address; called on an event loop.
        package var accept: (@Sendable (_ number: Int, CairnIPAddress?) -> ConnectionVerdict?)?
        /// Who is told what was really sent of the deliveries that have a journal entry; `nil`, the default, is nobody.
        package var deliveries: DeliveryReports?

        package init(
            addresses: [CairnIPAddress] = [.loopbackV4], port: Int = 0, tls: TLS? = nil, bodyLimit: Int = 1 << 20,
            headerLimit: Int = 64 << 10, limits: ConnectionLimits = ConnectionLimits(),
            refuse: @escaping @Sendable (HTTPRefusal) -> CairnDelivery = Self.plainText,
            report: @escaping @Sendable (String) -> Void = { _ in }, deliveries: DeliveryReports? = nil
        ) {
            (self.addresses, self.port, self.tls) = (addresses, port, tls)
            (self.bodyLimit, self.headerLimit) = (bodyLimit, headerLimit)
            (self.limits, self.refuse, self.report) = (limits, refuse, report)
            self.deliveries = deliveries
        }

        package static let plainText: @Sendable (HTTPRefusal) -> CairnDelivery = { refusal in
            CairnDelivery(
                HTTPResponse(status: refusal.status, headerFields: [.contentType: "text/plain; charset=utf-8"]),
                body: Array("\(refusal.detail)\n".utf8))
        }
    }

    /// How a server speaks TLS.
    package struct TLS: Sendable {
        package var identity: TLSIdentity
        /// Default: TLS 1.2 and 1.3.
        package var versions: ClosedRange<TLSVersion>
        /// Whether HTTP/2 is offered in ALPN (RFC 7301) beside HTTP/1.1.
        ///
        /// Default: yes. A client without ALPN gets HTTP/1.1.
        package var offersHTTP2: Bool
        /// What may be negotiated with TLS 1.2.
        ///
        /// Default: ``TLSCipherSuites/authenticated``.
        package var cipherSuites: TLSCipherSuites

        package init(
            _ identity: TLSIdentity, versions: ClosedRange<TLSVersion> = .v12 ... .v13, offersHTTP2: Bool = true,
            cipherSuites: TLSCipherSuites = .authenticated
        ) {
            (self.identity, self.versions, self.offersHTTP2) = (identity, versions, offersHTTP2)
            self.cipherSuites = cipherSuites
        }
    }
}
