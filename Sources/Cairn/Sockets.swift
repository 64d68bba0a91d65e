package import CairnGateway
import CairnTransport
import Synchronization

/// The servers of one CA and the threads they run on.
final class Sockets: Sendable {
    let http: IPEndpoint
    let dns: IPEndpoint?
    /// Scheme and authority under which the ACME server can be reached on this machine.
    let origin: String
    let trustRoots: [TrustRoot]

    private let loops: EventLoops
    private let identity: TLSIdentity?
    private let prober: NetworkProber
    private let dnsListener: DNSListener?
    /// Does what is due while no request comes; `nil` where the clock stands.
    private let alarm: Alarm?
    private let state: Mutex<State>

    private struct State {
        /// The ACME server, and servers that were started later, such as that of the management API.
        var listeners: [HTTPListener]
        /// The end, once it has begun.
        var closing: Task<Void, any Error>?
    }

    /// Starts the servers that the configuration asks for.
    ///
    /// If one cannot be started, the others are closed again.
    static func open(for core: Core, on loops: EventLoops, prober: NetworkProber) async throws -> Sockets {
        let configuration = core.configuration
        // Clients judge it by the real time, whatever the clock of the CA shows.
        let identity = try identity(of: configuration.listener, now: SystemClock().now)
        let gateway = core.gateway
        let listener = try await HTTPListener.start(
            HTTPListener.Configuration(
                addresses: configuration.listener.addresses, port: configuration.listener.port,
                tls: identity.map { HTTPListener.TLS($0) }, bodyLimit: gateway.configuration.bodyLimit,
                refuse: { gateway.refuse($0.status, $0.detail, head: $0.head) }),
            on: loops, handler: { gateway.respond(to: $0) })
        do {
            var dnsListener: DNSListener?
            if let server = configuration.dnsListener {
                let table = core.dns
                dnsListener = try await DNSListener.start(
                    DNSListener.Configuration(addresses: server.addresses, port: server.port), on: loops,
                    handler: { table.respond(to: $0, transport: $1) })
            }
            return Sockets(listener, dnsListener, identity, loops, prober, alarm(for: core, on: loops))
        } catch {
            await listener.shutdown()
            throw error
        }
    }

    private init(
        _ listener: HTTPListener, _ dnsListener: DNSListener?, _ identity: TLSIdentity?, _ loops: EventLoops,
        _ prober: NetworkProber, _ alarm: Alarm?
    ) {
        http = listener.localAddress
        dns = dnsListener?.localAddress
        origin = "\(identity == nil ? "http" : "https")://\(http.urlAuthority)"
        trustRoots = identity?.trustRoot.map { [TrustRoot(derEncoded: $0)] } ?? []
        (self.loops, self.identity, self.prober) = (loops, identity, prober)
        (self.dnsListener, self.alarm) = (dnsListener, alarm)
        state = Mutex(State(listeners: [listener]))
    }

    /// Whether something is going to happen by itself.
    var isAwake: Bool { alarm?.isSet ?? false }

    /// Starts one more server with the same identity.
    func openListener(
        on addresses: [IPAddress], port: Int, handler: @escaping @Sendable (Request) -> Delivery
    ) async throws -> IPEndpoint {
        try TestCA.Configuration.check(addresses, port, of: "management")
        let ended = StartError("the CA was shut down")
        guard state.withLock({ $0.closing == nil }) else { throw ended }
        let listener = try await HTTPListener.start(
            HTTPListener.Configuration(
                addresses: addresses, port: port, tls: identity.map { HTTPListener.TLS($0) }),
            on: loops, handler: handler)
        let isClosing = state.withLock { state in
            if state.closing == nil { state.listeners.append(listener) }
            return state.closing != nil
        }
        guard !isClosing else {
            await listener.shutdown()
            throw ended
        }
        return listener.localAddress
    }

    /// Closes everything.
    ///
    /// Whoever calls it again, even at the same time, waits for the first call and gets its result.
    func close() async throws {
        try await beginClosing().value
    }

    /// Closes everything without being waited for, and returns what can be waited for.
    @discardableResult
    func beginClosing() -> Task<Void, any Error> {
        state.withLock { state in
            // What is closed must not be closed again: a thread that has ended never answers.
            if let closing = state.closing { return closing }
            let listeners = state.listeners
            state.listeners = []
            let closing = Task { [loops, dnsListener, prober, alarm] in
                alarm?.turnOff()
                for listener in listeners { await listener.shutdown() }
                await dnsListener?.shutdown()
                await prober.shutdown()
                try await loops.shutdown()
            }
            state.closing = closing
            return closing
        }
    }

    /// Whether a timer is going to wake the CA.
    var hasAlarm: Bool { alarm?.isSet ?? false }

    /// Wakes the CA when something is due, so that observers hear of it and validations are tried again.
    private static func alarm(for core: Core, on loops: EventLoops) -> Alarm? {
        let (engine, gateway, clock) = (core.engine, core.gateway, core.clock)
        guard clock.isRunning else { return nil }
        // Engine and clock belong to what the alarm wakes, so they must not keep it alive, nor it them.
        let alarm = Alarm(
            on: loops, wait: { [weak engine] in engine?.nextDue.map { $0 - clock.now } },
            action: { [weak gateway] in gateway?.catchUp() })
        let set = { @Sendable [weak alarm] in alarm?.set() ?? () }
        engine.setAlarm(set)
        clock.afterMoves(set)
        return alarm
    }

    private static func identity(
        of listener: TestCA.Configuration.Listener, now: Instant
    ) throws(TLSIdentityError) -> TLSIdentity? {
        switch listener.security {
        case .ephemeral(let names):
            try TLSIdentity.ephemeral(
                names: ["localhost"] + names,
                addresses: Array(Set(listener.addresses + [.loopbackV4, .loopbackV6])), now: now)
        case .pem(let chain, let privateKey, let trustRoot):
            try TLSIdentity(certificateChainPEM: chain, privateKeyPEM: privateKey, trustRootPEM: trustRoot)
        case .none: nil
        }
    }
}

extension TestCA {
    /// Serves something else beside the CA, with the same TLS identity, until the CA is shut down.
    ///
    /// - Throws: ``StartError``.
    package func openListener(
        on addresses: [IPAddress], port: Int, handler: @escaping @Sendable (Request) -> Delivery
    ) async throws -> IPEndpoint {
        guard let sockets else { throw StartError("a CA without sockets cannot listen") }
        do {
            return try await sockets.openListener(on: addresses, port: port, handler: handler)
        } catch {
            throw StartError(error)
        }
    }
}
