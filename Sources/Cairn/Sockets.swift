import Synchronization
import Transport

/// The servers of one CA and the threads they run on.
final class Sockets: Sendable {
    let http: HostAndPort
    let dns: HostAndPort?
    let origin: String
    let trustRoots: [TrustRoot]
    private let loops: EventLoops
    /// Servers that were started later, such as that of the management API, are closed with the rest.
    private let listeners: Mutex<[HTTPListener]>
    private let dnsListener: DNSListener?
    private let identity: TLSIdentity?

    static func open(
        _ configuration: TestCA.Configuration, _ loops: EventLoops, gateway: Gateway, dns: DNSTable, now: Instant
    ) async throws -> Sockets {
        let identity = try identity(of: configuration.listener.security, now: now)
        let listener = try await HTTPListener.start(
            HTTPListener.Configuration(
                addresses: configuration.listener.addresses, port: configuration.listener.port,
                tls: identity.map { HTTPListener.TLS($0) }, bodyLimit: gateway.configuration.bodyLimit,
                refuse: { gateway.refuse($0.status, $0.detail) }),
            on: loops.group) { gateway.respond(to: $0) }
        do {
            var dnsListener: DNSListener?
            if let server = configuration.dnsListener {
                dnsListener = try await DNSListener.start(
                    DNSListener.Configuration(addresses: server.addresses, port: server.port), on: loops.group
                ) { dns.respond(to: $0, transport: $1) }
            }
            return Sockets(listener, dnsListener, identity, loops)
        } catch {
            await listener.shutdown()
            throw error
        }
    }

    private static func identity(of security: TestCA.Configuration.Security, now: Instant) throws -> TLSIdentity? {
        switch security {
        case .ephemeral(let names): try TLSIdentity.ephemeral(names: ["localhost"] + names, now: now)
        case .pem(let chain, let key, let root):
            try TLSIdentity(certificateChainPEM: chain, privateKeyPEM: key, trustRootPEM: root)
        case .none: nil
        }
    }
}
