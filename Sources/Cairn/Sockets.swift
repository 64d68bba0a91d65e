package import CairnGateway
import CairnTransport
package import HTTPTypes
import Synchronization

/// The servers of one CA and the threads they run on.
final class Sockets: Sendable {
    let http: CairnIPEndpoint
    let dns: CairnIPEndpoint?
    /// The URL of DNS over HTTPS.
    let dnsOverHTTPS: String?
    /// Where relying parties are served without TLS.
    let plainURL: String?
    /// Where the ACME server can be reached on this machine.
    let url: ServerURL
    let trustRoots: [TestCA.TrustRoot]

    /// By which names the servers go.
    let hosts: KnownHosts

    private let configuration: TestCA.Configuration
    private let loops: EventLoops
    private let identity: TLSIdentity?
    private let prober: NetworkProber
    /// The ACME server.
    private let listener: HTTPListener
    private let dnsListener: DNSListener?
    /// Does what is due while no request comes, as long as the clock runs.
    private let alarm: Alarm
    private let state: Mutex<State>

    /// A server of HTTP, and where it can be reached on this machine.
    private struct Server {
        let listener: HTTPListener
        let url: ServerURL

        init(_ listener: HTTPListener, _ url: ServerURL) { (self.listener, self.url) = (listener, url) }
    }

    private struct State {
        /// The ACME server, and servers beside it, such as that of the management API.
        var servers: [Server]
        /// The end, once it has begun.
        var closing: Task<Void, Never>?
    }

    /// Starts the servers that the configuration asks for.
    ///
    /// If one cannot be started, the others are closed again.
    static func open(for core: Core, on loops: EventLoops, prober: NetworkProber) async throws -> Sockets {
        let configuration = core.configuration
        let identity = try identity(configuration.listener.security, for: configuration.listener.addresses)
        let gateway = core.gateway
        let hosts = KnownHosts(configuration, identity)
        var served = HTTPListener.Configuration(
            addresses: configuration.listener.addresses, port: configuration.listener.port,
            tls: identity.map { HTTPListener.TLS($0, allowingCBC: configuration.listener.allowsCBC) },
            bodyLimit: gateway.configuration.bodyLimit, limits: ConnectionLimits(configuration.listener.timeouts),
            refuse: { gateway.refuse($0.status, $0.detail, head: hosts.known($0.head)) },
            report: configuration.report,
            deliveries: DeliveryReports(
                now: { [clock = core.clock] in clock.now }, take: { gateway.complete($0, by: $1) }))
        served.accept = { gateway.meet(connection: $0, from: $1) }
        var opened: [any Listener] = []
        do {
            let respond = gateway.guarded(by: hosts)
            let listener = try await HTTPListener.start(served, on: loops, handler: respond)
            opened.append(listener)
            let place = ServerURL(
                addresses: configuration.listener.addresses, port: listener.localAddress.port, identity: identity)
            var dnsListener: DNSListener?
            if let server = configuration.dnsListener {
                let table = core.dns
                let started = try await DNSListener.start(
                    DNSListener.Configuration(
                        addresses: server.addresses, port: server.port, report: configuration.report), on: loops,
                    handler: { table.reply(to: $0, transport: $1, from: $2) })
                opened.append(started)
                dnsListener = started
            }
            let dnsOverHTTPS = try await openDNSOverHTTPS(for: core, on: loops, identity)
            if let dnsOverHTTPS { opened.append(dnsOverHTTPS.listener) }
            let plain = try await openPlain(served, configuration.listener.plainPort, on: loops) {
                gateway.respondToRelyingParty($0, by: respond)
            }
            if let plain { gateway.plainPort = plain.listener.localAddress.port }
            return Sockets(
                Server(listener, place), dnsListener, dnsOverHTTPS: dnsOverHTTPS, plain: plain, identity, hosts,
                configuration, loops, prober, alarm(for: core, on: loops))
        } catch {
            for listener in opened { await listener.shutdown() }
            throw error
        }
    }

    /// Starts the server of relying parties, if there is a port for it: like that of ACME, without TLS and without what rules do to
    /// connections.
    private static func openPlain(
        _ served: HTTPListener.Configuration, _ port: Int?, on loops: EventLoops,
        handler: @escaping @Sendable (CairnRequest) -> CairnDelivery
    ) async throws -> Server? {
        guard let port else { return nil }
        var served = served
        (served.port, served.tls, served.accept) = (port, nil, nil)
        let listener = try await HTTPListener.start(served, on: loops, handler: handler)
        return Server(
            listener, ServerURL(addresses: served.addresses, port: listener.localAddress.port, identity: nil))
    }

    /// Starts the server for DNS over HTTPS, if the configuration asks for it.
    private static func openDNSOverHTTPS(
        for core: Core, on loops: EventLoops, _ identity: TLSIdentity?
    ) async throws -> Server? {
        let configuration = core.configuration
        guard let server = configuration.dnsListener, let port = server.httpsPort else { return nil }
        let web = DNSOverHTTPS(at: DNSOverHTTPS.standardPath) { [table = core.dns] in
            table.reply(to: $0, transport: $1)
        }
        let listener = try await HTTPListener.start(
            HTTPListener.Configuration(
                addresses: server.addresses, port: port,
                tls: identity.map { HTTPListener.TLS($0, allowingCBC: configuration.listener.allowsCBC) },
                limits: ConnectionLimits(configuration.listener.timeouts), report: configuration.report),
            on: loops, handler: { web.respond(to: $0) })
        return Server(
            listener, ServerURL(addresses: server.addresses, port: listener.localAddress.port, identity: identity))
    }

    private init(
        _ server: Server, _ dnsListener: DNSListener?, dnsOverHTTPS: Server?, plain: Server?,
        _ identity: TLSIdentity?, _ hosts: KnownHosts, _ configuration: TestCA.Configuration, _ loops: EventLoops,
        _ prober: NetworkProber, _ alarm: Alarm
    ) {
        (listener, url) = (server.listener, server.url)
        http = listener.localAddress
        self.dnsOverHTTPS = dnsOverHTTPS.map { $0.url.origin + DNSOverHTTPS.standardPath }
        plainURL = plain?.url.origin
        dns = dnsListener?.localAddress
        trustRoots = identity?.trustRoot.map { [TestCA.TrustRoot(derEncoded: $0)] } ?? []
        (self.loops, self.identity, self.prober) = (loops, identity, prober)
        (self.hosts, self.configuration) = (hosts, configuration)
        (self.dnsListener, self.alarm) = (dnsListener, alarm)
        state = Mutex(State(servers: [server] + [dnsOverHTTPS, plain].compactMap(\.self)))
    }

    /// Where the server can be reached that listens there; `nil` if none does.
    func url(of endpoint: CairnIPEndpoint) -> ServerURL? {
        state.withLock { $0.servers.first { $0.listener.localAddress == endpoint }?.url }
    }

    /// Whether something is going to happen by itself.
    var isAwake: Bool { alarm.isSet }

    /// Starts one more server.
    ///
    /// - Parameters:
    ///   - security: what its clients see of TLS; `nil` for the same as those of the ACME server.
    ///   - refuse: the answer to what never becomes a request, with its status and what is said of it.
    func openListener(
        on addresses: [CairnIPAddress], port: Int, security: TestCA.Configuration.Security? = nil,
        refuse: @escaping @Sendable (HTTPResponse.Status, String) -> CairnDelivery,
        handler: @escaping @Sendable (CairnRequest) -> CairnDelivery
    ) async throws -> CairnIPEndpoint {
        var wanted = TestCA.Configuration.Listener()
        (wanted.addresses, wanted.port) = (addresses, port)
        if let fault = SettingCatalogue(TestCA.Configuration.Listener.settings).faults(in: wanted).first {
            throw TestCA.StartError("the management server: \(fault)")
        }
        // The threads have to be there until the server is open, or closed again.
        guard loops.hold() else { throw Self.ended }
        defer { loops.release() }
        try expectOpen()
        let shown = try security.map { try Self.identity($0, for: addresses) } ?? identity
        let listener = try await HTTPListener.start(
            HTTPListener.Configuration(
                addresses: addresses, port: port,
                tls: shown.map { HTTPListener.TLS($0, allowingCBC: configuration.listener.allowsCBC) },
                limits: ConnectionLimits(configuration.listener.timeouts), refuse: { refuse($0.status, $0.detail) },
                report: configuration.report),
            on: loops, handler: handler)
        let url = ServerURL(addresses: addresses, port: listener.localAddress.port, identity: shown)
        let isClosing = state.withLock { state in
            if state.closing == nil { state.servers.append(Server(listener, url)) }
            return state.closing != nil
        }
        guard !isClosing else {
            await listener.shutdown()
            throw Self.ended
        }
        return listener.localAddress
    }

    private static let ended = TestCA.StartError("the CA was shut down", reason: .other)

    private func expectOpen() throws(TestCA.StartError) {
        guard state.withLock({ $0.closing == nil }) else { throw Self.ended }
    }

    /// Whether connections to the ACME server are refused.
    var refusesConnections: Bool { listener.isPaused }

    /// Closes what listens for ACME, and every connection to it.
    func refuseConnections() async throws(TestCA.StartError) {
        try expectOpen()
        await listener.pause()
    }

    /// Listens for ACME again.
    func acceptConnections() async throws {
        try expectOpen()
        try await listener.resume()
    }

    /// Closes everything.
    ///
    /// Whoever calls it again, even at the same time, waits for the first call.
    func close() async {
        await beginClosing().value
    }

    /// Closes everything without being waited for, and returns what can be waited for.
    @discardableResult
    func beginClosing() -> Task<Void, Never> {
        state.withLock { state in
            // What is closed must not be closed again: a thread that has ended never answers.
            if let closing = state.closing { return closing }
            let listeners = state.servers.map(\.listener)
            state.servers = []
            let closing = Task { [loops, dnsListener, prober, alarm] in
                alarm.turnOff()
                for listener in listeners { await listener.shutdown() }
                await dnsListener?.shutdown()
                await prober.shutdown()
                // It can only fail where the threads have ended already.
                try? await loops.shutdown()
            }
            state.closing = closing
            return closing
        }
    }

    /// Wakes the CA when something is due, so that observers hear of it and validations are tried again.
    private static func alarm(for core: Core, on loops: EventLoops) -> Alarm {
        let (engine, gateway, clock) = (core.engine, core.gateway, core.clock)
        // Engine and clock belong to what the alarm wakes, so they must not keep it alive, nor it them.
        let alarm = Alarm(
            on: loops,
            wait: { [weak engine] in clock.isRunning ? engine?.nextDue.flatMap { clock.wait(until: $0) } : nil },
            action: { [weak gateway] in gateway?.catchUp() })
        engine.setAlarm { [weak alarm] in if clock.isRunning { alarm?.set() } }
        clock.afterMoves { [weak alarm] in alarm?.set() }
        return alarm
    }

    private static func identity(
        _ security: TestCA.Configuration.Security, for addresses: [CairnIPAddress]
    ) throws(TLSIdentityError) -> TLSIdentity? {
        switch security {
        case .ephemeral(let names):
            // Clients judge it by the real time, whatever the clock of the CA shows.
            try TLSIdentity.ephemeral(
                names: ["localhost"] + names, addresses: Array(Set(addresses + [.loopbackV4, .loopbackV6])),
                now: SystemClock().now)
        case .pem(let chain, let privateKey, let trustRoot):
            if let trustRoot {
                try TLSIdentity(certificateChainPEM: chain, privateKeyPEM: privateKey, trustRootPEM: trustRoot)
            } else {
                try TLSIdentity(certificateChainPEM: chain, privateKeyPEM: privateKey)
            }
        case .none: nil
        }
    }
}

extension HTTPListener.TLS {
    fileprivate init(_ identity: TLSIdentity, allowingCBC: Bool) {
        self.init(identity, cipherSuites: allowingCBC ? .withCBC : .authenticated)
    }
}

extension ConnectionLimits {
    fileprivate init(_ timeouts: TestCA.Configuration.Listener.Timeouts) {
        self.init(
            handshake: timeouts.handshake ?? .zero, head: timeouts.head ?? .zero, idle: timeouts.idle ?? .zero)
    }
}

extension TestCA {
    /// By which names the servers of the CA go, for what listens beside it; without sockets those of the configuration.
    package var hosts: KnownHosts { sockets?.hosts ?? KnownHosts(configuration, nil) }

    /// Serves something else beside the CA until the CA is shut down.
    ///
    /// - Parameters:
    ///   - security: what its clients see of TLS; `nil`, the default, is the same as those of the ACME server.
    ///   - refuse: the answer to what never becomes a request, with its status and what is said of it.
    /// - Throws: ``TestCA/StartError``.
    package func openListener(
        on addresses: [CairnIPAddress], port: Int, security: Configuration.Security? = nil,
        refuse: @escaping @Sendable (HTTPResponse.Status, String) -> CairnDelivery,
        handler: @escaping @Sendable (CairnRequest) -> CairnDelivery
    ) async throws(StartError) -> CairnIPEndpoint {
        guard let sockets else { throw TestCA.StartError("a CA without sockets cannot listen", reason: .other) }
        do {
            return try await sockets.openListener(
                on: addresses, port: port, security: security, refuse: refuse, handler: handler)
        } catch {
            throw TestCA.StartError(error)
        }
    }
}

// MARK: - URLs

/// Where a server of a CA can be reached from this machine.
package struct ServerURL: Hashable, Sendable {
    /// Scheme and authority.
    package let origin: String
    /// The host in it, without brackets.
    package let host: String
    /// Whether the certificate of the server is for that host.
    package let isCovered: Bool

    /// Of what a server listens on, the host that its certificate is for, or else the first.
    ///
    /// `localhost` stands for `127.0.0.1` and for the unspecified addresses, which listen there too. It does not stand for
    /// `::1` alone, since it need not resolve to that.
    init(addresses: [CairnIPAddress], port: Int, identity: TLSIdentity?) {
        var hosts: [String] = []
        if addresses.contains(where: { [.loopbackV4, .v4(0), .v6(0)].contains($0) }) { hosts.append("localhost") }
        hosts += addresses.filter { ![.v4(0), .v6(0)].contains($0) }.map(\.description)
        let covered = identity.map { identity in hosts.first { identity.covers($0) } } ?? hosts.first
        isCovered = covered != nil
        host = covered ?? hosts.first ?? "localhost"
        origin = "\(identity == nil ? "http" : "https")://\(CairnIPAddress(host)?.urlHost ?? host):\(port)"
    }
}

extension TestCA {
    /// Where the ACME server can be reached; `nil` in a CA without sockets.
    package var serverURL: ServerURL? { sockets?.url }

    /// Where the server can be reached that listens there; `nil` if none does.
    package func serverURL(of endpoint: CairnIPEndpoint) -> ServerURL? { sockets?.url(of: endpoint) }
}
