package import CairnGateway
package import CairnModel
import HTTPTypes
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// A TLS server that reads the ClientHello before it decides what to show: of the challenge `tls-alpn-01`, or a web server
/// that wants to know which name was asked for.
package struct TLSChallengeListener: Listener {
    package let sockets: ListeningSockets

    /// What becomes of a handshake.
    package enum Choice: Sendable {
        /// It is finished, and HTTP follows; the handler is called on the event loop and must not wait.
        case serve(Presentation, @Sendable (CairnRequest) -> CairnDelivery)
        /// It is finished, and the connection ends (RFC 8737 §3).
        case show(Presentation)
        /// It ends with an alert (RFC 8446 §6.2).
        case refuse(Alert)
    }

    /// Why a handshake ends.
    package enum Alert: UInt8, Sendable {
        case internalError = 80
        /// There is nothing for the name in the SNI.
        case unrecognizedName = 112
        /// None of the protocols that are offered is spoken.
        case noApplicationProtocol = 120
    }

    /// A certificate, and the protocols that are spoken under it.
    package final class Presentation: Sendable {
        fileprivate let context: NIOSSLContext

        /// - Throws: ``TLSIdentityError`` for an identity that cannot serve.
        package init(_ identity: TLSIdentity, applicationProtocols: [String]) throws(TLSIdentityError) {
            context = try identity.serverContext(
                versions: .v12 ... .v13, applicationProtocols: applicationProtocols)
        }
    }

    /// Binds every address to the same port and begins to accept.
    ///
    /// - Parameters:
    ///   - report: is told, in a sentence, what hinders the server; called on an event loop.
    ///   - choose: decides about a handshake; called on an event loop, and must not wait.
    /// - Throws: ``ListenError``.
    package static func start(
        on addresses: [CairnIPAddress], port: Int, loops: EventLoops, report: @escaping @Sendable (String) -> Void,
        choose: @escaping @Sendable (ClientHello) -> Choice
    ) async throws -> TLSChallengeListener {
        let (group, connections) = (loops.group, Connections())
        let configuration = HTTPListener.Configuration(report: report)
        let web = try HTTPPipeline(configuration, connections: connections) { _ in
            CairnDelivery(.init(status: .notFound))
        }
        let sockets = try await ListeningSockets(
            addresses, port: port, connections: connections,
            binds: [
                { endpoint, isV6Only in
                    try await ServerBootstrap.accepting(on: group, report: report) { channel in
                        let connection = Connection(configuration.limits)
                        guard connections.add(connection, of: channel) else { throw ChannelError.eof }
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(connection)
                        connection.handshakeBegan()
                        try pipeline.addHandler(
                            ClientHelloHandler { hello in
                                // Who speaks no TLS is not answered in the clear.
                                guard let hello else { return connection.hangUp() }
                                try Self.answer(choose(hello), channel, connection, web, configuration)
                            })
                    }
                    .bind(to: endpoint, isV6Only: isV6Only)
                }
            ])
        return TLSChallengeListener(sockets: sockets)
    }

    private static func answer(
        _ choice: Choice, _ channel: any Channel, _ connection: Connection, _ web: HTTPPipeline,
        _ configuration: HTTPListener.Configuration
    ) throws {
        switch choice {
        case .refuse(let alert): connection.refuseHandshake(with: alert.rawValue)
        case .show(let presentation):
            try shakeHands(channel, connection, presentation) { _ in connection.closeInGoodOrder() }
        case .serve(let presentation, let respond):
            let exchange = HTTPExchange(
                scheme: "https", bodyLimit: configuration.bodyLimit, respond: respond, refuse: configuration.refuse)
            try shakeHands(channel, connection, presentation) { result in
                if case .negotiated("h2") = result {
                    try web.configureHTTP2(channel, connection, exchange)
                } else {
                    try web.configureHTTP1(channel, connection, exchange)
                }
            }
        }
    }

    private static func shakeHands(
        _ channel: any Channel, _ connection: Connection, _ presentation: Presentation,
        proceed: @escaping (ALPNResult) throws -> Void
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(NIOSSLServerHandler(context: presentation.context))
        try pipeline.addHandler(
            ApplicationProtocolNegotiationHandler { result, channel in
                channel.eventLoop.makeCompletedFuture {
                    connection.phaseEnded()
                    try proceed(result)
                }
            })
    }
}
