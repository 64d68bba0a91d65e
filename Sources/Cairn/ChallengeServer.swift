import CairnTransport
import Synchronization

/// What `pebble-challtestsrv` is: a fake DNS, and servers that answer challenges in the place of clients, without a CA.
///
/// Servers share nothing, so any number of them can run side by side in one process.
package final class ChallengeServer: Sendable {
    /// What it answers from.
    package let dns: CairnDNSTable
    package let responder: CairnChallengeResponder
    /// Where it listens, in the order of the configuration.
    package let endpoints: Endpoints

    private let loops: EventLoops
    private let report: @Sendable (String) -> Void
    private let state: Mutex<State>

    private struct State {
        var listeners: [any Listener]
        var closing: Task<Void, Never>?
    }

    /// Addresses that share a port.
    package struct Place: Hashable, Sendable {
        package var addresses: [CairnIPAddress]
        /// 0 takes a free one.
        package var port: Int
        /// Whether the others start without it where the port is taken, and that is reported.
        package var isDispensable = false

        package init(_ addresses: [CairnIPAddress] = [.loopbackV4], port: Int = 0) {
            (self.addresses, self.port) = (addresses, port)
        }
    }

    /// How it is set up.
    package struct Configuration: Sendable {
        /// Of each kind of server any number, by default none.
        package var http: [Place] = []
        package var https: [Place] = []
        package var tlsALPN: [Place] = []
        package var dns: [Place] = []
        package var dnsOverHTTPS: [Place] = []
        /// A certificate chain and its key, in PEM; `nil` makes one on the spot.
        package var dnsOverHTTPSIdentity: (chain: String, privateKey: String)?
        /// What names have that have no A records; `nil` for nothing.
        package var defaultIPv4: CairnIPAddress? = .loopbackV4
        /// What names have that have no AAAA records; `nil` for nothing.
        package var defaultIPv6: CairnIPAddress? = .loopbackV6
        /// The seed of keys and serial numbers; `nil` draws one.
        package var seed: CairnSeed?
        /// Receives problems that no client can be told of, in a sentence; called on the servers' threads.
        package var report: @Sendable (String) -> Void = { _ in }

        package init() {}

        /// Whether it would answer nobody.
        package var isEmpty: Bool { [http, https, tlsALPN, dns, dnsOverHTTPS].allSatisfy(\.isEmpty) }
    }

    /// Where the servers listen: for each place its addresses with their port, none for a place that was left out.
    package struct Endpoints: Hashable, Sendable {
        package fileprivate(set) var http: [[CairnIPEndpoint]] = []
        package fileprivate(set) var https: [[CairnIPEndpoint]] = []
        package fileprivate(set) var tlsALPN: [[CairnIPEndpoint]] = []
        package fileprivate(set) var dns: [[CairnIPEndpoint]] = []
        package fileprivate(set) var dnsOverHTTPS: [[CairnIPEndpoint]] = []
    }

    /// Starts the servers; when it returns, they can be connected to.
    ///
    /// - Parameter ca: a CA whose fake DNS and answers are shown; `nil` for such of its own, whose DNS answers as
    ///   `pebble-challtestsrv` does.
    /// - Throws: ``TestCA/StartError``.
    package static func start(
        _ configuration: Configuration, showing ca: TestCA? = nil
    ) async throws(TestCA.StartError) -> ChallengeServer {
        let clock = SystemClock()
        let dns = ca?.dns ?? CairnDNSTable(answering: .flat, now: { clock.now })
        if ca == nil { (dns.defaultIPv4, dns.defaultIPv6) = (configuration.defaultIPv4, configuration.defaultIPv6) }
        let seed = configuration.seed ?? .random()
        let responder =
            ca?.responder
            ?? CairnChallengeResponder(
                dns: dns, forwardingTo: NoNetwork(), generator: seed.generator(for: "challenge responder"),
                now: { clock.now })
        let loops = EventLoops()
        var opened = Opening(loops: loops, report: configuration.report)
        do {
            // Clients judge certificates by the real time.
            let answers = try ChallengeAnswers(responder, now: clock.now)
            for place in configuration.http { try await opened.http(place) { answers.respond(to: $0) } }
            for place in configuration.https { try await opened.tls(place, \.https, answers.serve) }
            for place in configuration.dns {
                try await opened.dns(place) { dns.reply(to: $0, transport: $1, from: $2) }
            }
            for place in configuration.tlsALPN { try await opened.tls(place, \.tlsALPN, answers.show) }
            if !configuration.dnsOverHTTPS.isEmpty {
                let identity = try configuration.dnsOverHTTPSIdentity.map { identity in
                    try TLSIdentity(certificateChainPEM: identity.chain, privateKeyPEM: identity.privateKey)
                }
                let shown = try identity ?? .ephemeral(now: clock.now)
                let server = DNSOverHTTPS(at: nil) { dns.reply(to: $0, transport: $1) }
                for place in configuration.dnsOverHTTPS {
                    try await opened.dnsOverHTTPS(place, shown) { server.respond(to: $0) }
                }
            }
        } catch {
            for listener in opened.listeners { await listener.shutdown() }
            try? await loops.shutdown()
            throw TestCA.StartError(error)
        }
        return ChallengeServer(dns, responder, opened)
    }

    private init(_ dns: CairnDNSTable, _ responder: CairnChallengeResponder, _ opened: Opening) {
        (self.dns, self.responder, endpoints) = (dns, responder, opened.endpoints)
        (loops, report) = (opened.loops, opened.report)
        state = Mutex(State(listeners: opened.listeners))
    }

    /// Serves something else in plain HTTP until the server is shut down.
    ///
    /// - Returns: where it listens.
    package func open(
        _ place: Place, handler: @escaping @Sendable (CairnRequest) -> CairnDelivery
    ) async throws(TestCA.StartError) -> [CairnIPEndpoint] {
        // The threads have to be there until the server is open, or closed again.
        guard loops.hold() else { throw Self.ended }
        defer { loops.release() }
        guard state.withLock({ $0.closing == nil }) else { throw Self.ended }
        var opened = Opening(loops: loops, report: report)
        do { try await opened.http(place, handler) } catch { throw TestCA.StartError(error) }
        let isClosing = state.withLock { state in
            if state.closing == nil { state.listeners += opened.listeners }
            return state.closing != nil
        }
        guard !isClosing else {
            for listener in opened.listeners { await listener.shutdown() }
            throw Self.ended
        }
        return opened.endpoints.http.first ?? []
    }

    private static let ended = TestCA.StartError("the challenge server was shut down", reason: .other)

    /// Closes every socket and connection and ends every thread; a second call waits for the first.
    package func shutdown() async { await beginClosing().value }

    deinit { beginClosing() }

    @discardableResult
    private func beginClosing() -> Task<Void, Never> {
        state.withLock { state in
            if let closing = state.closing { return closing }
            let listeners = state.listeners
            state.listeners = []
            let closing = Task { [loops] in
                for listener in listeners { await listener.shutdown() }
                // It can only fail where the threads have ended already.
                try? await loops.shutdown()
            }
            state.closing = closing
            return closing
        }
    }
}

/// Servers that are started one after the other.
private struct Opening {
    let loops: EventLoops
    let report: @Sendable (String) -> Void
    private(set) var listeners: [any Listener] = []
    private(set) var endpoints = ChallengeServer.Endpoints()

    init(loops: EventLoops, report: @escaping @Sendable (String) -> Void) {
        (self.loops, self.report) = (loops, report)
    }

    mutating func http(
        _ place: ChallengeServer.Place, _ handler: @escaping @Sendable (CairnRequest) -> CairnDelivery
    ) async throws {
        try await open(place, \.http) { [loops, report] addresses in
            try await HTTPListener.start(
                HTTPListener.Configuration(addresses: addresses, port: place.port, report: report), on: loops,
                handler: handler)
        }
    }

    /// - Parameter list: where it is noted what it is for.
    mutating func tls(
        _ place: ChallengeServer.Place, _ list: WritableKeyPath<ChallengeServer.Endpoints, [[CairnIPEndpoint]]>,
        _ choose: @escaping @Sendable (ClientHello) -> TLSChallengeListener.Choice
    ) async throws {
        try await open(place, list) { [loops, report] addresses in
            try await TLSChallengeListener.start(
                on: addresses, port: place.port, loops: loops, report: report, choose: choose)
        }
    }

    mutating func dns(_ place: ChallengeServer.Place, _ handler: @escaping DNSListener.Handler) async throws {
        try await open(place, \.dns) { [loops, report] addresses in
            try await DNSListener.start(
                DNSListener.Configuration(addresses: addresses, port: place.port, report: report), on: loops,
                handler: handler)
        }
    }

    mutating func dnsOverHTTPS(
        _ place: ChallengeServer.Place, _ identity: TLSIdentity,
        _ handler: @escaping @Sendable (CairnRequest) -> CairnDelivery
    ) async throws {
        try await open(place, \.dnsOverHTTPS) { [loops, report] addresses in
            try await HTTPListener.start(
                HTTPListener.Configuration(
                    addresses: addresses, port: place.port, tls: HTTPListener.TLS(identity), report: report), on: loops,
                handler: handler)
        }
    }

    /// Starts one server; where it is to listen on all addresses and the machine has no IPv6, on those of IPv4.
    private mutating func open(
        _ place: ChallengeServer.Place, _ list: WritableKeyPath<ChallengeServer.Endpoints, [[CairnIPEndpoint]]>,
        _ start: ([CairnIPAddress]) async throws -> any Listener
    ) async throws {
        do {
            let listener = try await listener(at: place.addresses, start)
            listeners.append(listener)
            endpoints[keyPath: list].append(listener.endpoints)
        } catch let error as ListenError where place.isDispensable && error.reason == .addressInUse {
            report("\(error), so that server is left out")
            endpoints[keyPath: list].append([])
        }
    }

    private func listener(
        at addresses: [CairnIPAddress], _ start: ([CairnIPAddress]) async throws -> any Listener
    ) async throws -> any Listener {
        do {
            return try await start(addresses)
        } catch let error as ListenError
            where error.reason == .addressNotAvailable && error.endpoint.address == .v6(0)
            && addresses.contains(.v4(0))
        {
            return try await start(addresses.filter { $0 != .v6(0) })
        }
    }
}
