import CairnModel
package import CairnValidation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A prober that connects for real, wherever the address points.
///
/// Its sockets live on the event loops that it is given, and outcomes are delivered there.
package final class NetworkProber: Prober {
    private static let acmeProtocol = "acme-tls/1"

    private let loops: EventLoops
    let connections = Connections()
    private let webContext: NIOSSLContext
    private let acmeContext: NIOSSLContext
    private let acmeContextForTLS12: NIOSSLContext
    /// Where the machine is asked for names, which may take its time; they begin with the first question.
    let threads = NIOThreadPool.singleton
    private let queries = Atomic<UInt16>(0)
    private let machine = Mutex(Machine())

    /// The questions that the machine was asked, which cannot be ended, though nobody has to wait for them.
    private struct Machine {
        var isOver = false
        var count = 0
        var abandon: [Int: @Sendable () -> Void] = [:]
    }

    /// Prepares the TLS of all probes.
    ///
    /// - Throws: an error of the TLS library if it has no memory for two contexts.
    package init(on loops: EventLoops) throws {
        self.loops = loops
        webContext = try Self.clientContext(offering: "http/1.1")
        acmeContext = try Self.clientContext(offering: Self.acmeProtocol)
        acmeContextForTLS12 = try Self.clientContext(offering: Self.acmeProtocol, maximumVersion: .tlsv12)
    }

    /// The id of the next DNS message; each has a socket of its own, so that they need not be unpredictable.
    func nextQueryID() -> UInt16 { queries.wrappingAdd(1, ordering: .relaxed).newValue }

    /// A thread for one probe, which stays there until the probe calls ``probeEnded()``; `nil` if no new one is begun.
    func beginProbe() -> (any EventLoop)? {
        guard loops.hold() else { return nil }
        guard !connections.isClosing else {
            loops.release()
            return nil
        }
        return loops.group.next()
    }

    func probeEnded() { loops.release() }

    /// Ends the probes under way, which fail, and those that are still to come.
    package func shutdown() async {
        let abandoned = machine.withLock { machine in
            defer { machine = Machine(isOver: true) }
            return Array(machine.abandon.values)
        }
        for abandon in abandoned { abandon() }
        await connections.close()
    }

    /// Notes what is to be called at the end; `nil` if that has come.
    func onShutdown(_ abandon: @escaping @Sendable () -> Void) -> Int? {
        machine.withLock { machine in
            guard !machine.isOver else { return nil }
            machine.count += 1
            machine.abandon[machine.count] = abandon
            return machine.count
        }
    }

    func forget(_ number: Int) { machine.withLock { $0.abandon[number] = nil } }

    package func fetch(_ probe: HTTPProbe, completion: @escaping @Sendable (HTTPProbe.Outcome) -> Void) {
        let context = webContext
        start(
            to: CairnIPEndpoint(address: probe.address, port: probe.port), within: probe.timeout,
            failure: { .failure($0) },
            completion: completion
        ) { pipeline, attempt in
            if probe.isTLS {
                let name = CairnIPAddress(probe.host) == nil ? probe.host : nil
                try pipeline.addHandler(Self.tlsHandler(context, serverName: name))
            }
            try pipeline.addHTTPClientHandlers()
            try pipeline.addHandler(HTTPProbeHandler(probe, attempt))
        }
    }

    package func handshake(_ probe: TLSProbe, completion: @escaping @Sendable (TLSProbe.Outcome) -> Void) {
        let began = NIODeadline.now()
        start(
            to: CairnIPEndpoint(address: probe.address, port: probe.port), within: probe.timeout,
            failure: { .failure($0) },
            completion: { [self] (outcome: TLSProbe.Outcome) in
                guard case .failure(.tls(let words)) = outcome, words.contains(TLSWords.keyUsage) else {
                    return completion(outcome)
                }
                var rest = probe
                rest.timeout -= .nanoseconds((NIODeadline.now() - began).nanoseconds)
                handshakeDespiteKeyUsage(rest, completion: completion)
            }
        ) { [self] pipeline, attempt in
            try pipeline.addHandler(Self.tlsHandler(context(for: probe), serverName: probe.serverName))
            try pipeline.addHandler(TLSProbeHandler(attempt))
        }
    }

    /// The TLS of a handshake; that of `acme-tls/1` is there already.
    private func context(for probe: TLSProbe, maximumVersion: NIOSSL.TLSVersion = .tlsv13) throws -> NIOSSLContext {
        guard probe.applicationProtocol == Self.acmeProtocol else {
            return try Self.clientContext(offering: probe.applicationProtocol, maximumVersion: maximumVersion)
        }
        return maximumVersion == .tlsv12 ? acmeContextForTLS12 : acmeContext
    }

    /// Looks at a certificate that our TLS library refuses to make a connection with, because its key usage lacks
    /// `digitalSignature`, as those of widespread clients do.
    ///
    /// Neither RFC 8737 §3 nor `tls-sni-02` asks for a key usage or a finished handshake. With TLS 1.2 the library shows
    /// the certificate before it looks at its key usage, and the chosen protocol can be read from the ServerHello.
    private func handshakeDespiteKeyUsage(
        _ probe: TLSProbe, completion: @escaping @Sendable (TLSProbe.Outcome) -> Void
    ) {
        start(
            to: CairnIPEndpoint(address: probe.address, port: probe.port), within: probe.timeout,
            failure: { .failure($0) },
            completion: completion
        ) { [self] pipeline, attempt in
            let observer = ServerHelloObserver()
            let bound = NIOLoopBound((attempt, observer), eventLoop: pipeline.eventLoop)
            let context = try context(for: probe, maximumVersion: .tlsv12)
            try pipeline.addHandler(observer)
            try pipeline.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: probe.serverName) { certificates, verdict in
                    let (attempt, observer) = bound.value
                    if case .read(let applicationProtocol) = observer.hello.progress,
                        let certificate = try? certificates.first?.toDERBytes()
                    {
                        attempt.succeed(.completed(applicationProtocol: applicationProtocol, certificate: certificate))
                    }
                    verdict.succeed(.certificateVerified)
                })
            try pipeline.addHandler(TLSProbeHandler(attempt))
        }
    }
}

extension NetworkProber {
    func start<Outcome: Sendable>(
        to endpoint: CairnIPEndpoint, within timeout: Duration, failure: @escaping @Sendable (ProbeFailure) -> Outcome,
        completion: @escaping @Sendable (Outcome) -> Void,
        configure: @escaping @Sendable (ChannelPipeline.SynchronousOperations, ProbeAttempt<Outcome>) throws -> Void
    ) {
        guard let loop = beginProbe() else { return completion(failure(.shutDown)) }
        let connections = connections
        loop.execute { [self] in
            let attempt = ProbeAttempt(on: loop, within: timeout, failure: failure) { [self] outcome in
                completion(outcome)
                probeEnded()
            }
            let bound = NIOLoopBound(attempt, eventLoop: loop)
            let bootstrap = ClientBootstrap(group: loop)
                .connectTimeout(TimeAmount(bounding: timeout))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let connection = Connection(ConnectionLimits(idle: .zero))
                        guard connections.add(connection, of: channel) else { throw ChannelError.eof }
                        bound.value.connection = connection
                        try channel.pipeline.syncOperations.addHandler(connection)
                        try configure(channel.pipeline.syncOperations, bound.value)
                    }
                }
            do {
                bootstrap.connect(to: try endpoint.socketAddress).assumeIsolated().whenFailure { attempt.fail($0) }
            } catch {
                attempt.fail(error)
            }
        }
    }

    /// TLS that believes whatever certificate it is shown.
    ///
    /// No roots are read: nothing is verified against them, and the system's take 5 ms.
    private static func clientContext(
        offering applicationProtocol: String?, maximumVersion: NIOSSL.TLSVersion = .tlsv13
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates([])
        configuration.applicationProtocols = applicationProtocol.map { [$0] } ?? []
        configuration.minimumTLSVersion = .tlsv12
        configuration.maximumTLSVersion = maximumVersion
        return try NIOSSLContext(configuration: configuration)
    }

    private static func tlsHandler(_ context: NIOSSLContext, serverName: String?) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: context, serverHostname: serverName) { _, verdict in
            verdict.succeed(.certificateVerified)
        }
    }
}

/// One probe under way: it knows what it is waiting for, and delivers one outcome.
///
/// It belongs to its event loop.
final class ProbeAttempt<Outcome: Sendable> {
    /// What the probe is doing, as ``ProbeFailure`` names it.
    var step = "connecting"
    var connection: Connection?

    private let failure: (ProbeFailure) -> Outcome
    private var completion: ((Outcome) -> Void)?
    private var timer: Scheduled<Void>?

    init(
        on loop: any EventLoop, within timeout: Duration, failure: @escaping (ProbeFailure) -> Outcome,
        completion: @escaping (Outcome) -> Void
    ) {
        self.failure = failure
        self.completion = completion
        timer = loop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: timeout)) {
            self.fail(.timedOut(self.step))
        }
    }

    /// Delivers the outcome, unless there has been one, and takes leave of the server.
    func succeed(_ outcome: Outcome) {
        finish(outcome) { $0.closeInGoodOrder() }
    }

    func fail(_ reason: ProbeFailure) {
        finish(failure(reason)) { $0.hangUp() }
    }

    func fail(_ error: any Error) {
        guard let reason = ProbeFailure(error, step: step) else { return }
        fail(reason)
    }

    private func finish(_ outcome: Outcome, close: (Connection) -> Void) {
        guard let completion else { return }
        self.completion = nil
        timer?.cancel()
        timer = nil
        if let connection { close(connection) }
        connection = nil
        completion(outcome)
    }
}

extension ProbeFailure {
    static let shutDown = ProbeFailure.other("the prober has been shut down")

    /// What an error of the network stack means, or `nil` if the end of the connection will tell.
    init?(_ error: any Error, step: String) {
        switch error {
        case let error as NIOConnectionError:
            guard let cause = error.connectionErrors.first?.error else {
                self = .other("\(error)")
                return
            }
            self.init(cause, step: step)
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: self = .refused
            case ECONNRESET, EPIPE: self = .closed(step)
            case ETIMEDOUT: self = .timedOut(step)
            default: self = .other("\(error)")
            }
        case ChannelError.connectTimeout: self = .timedOut(step)
        case let error as ChannelError where error == .ioOnClosedChannel || error == .eof: self = .closed(step)
        case NIOSSLError.uncleanShutdown: return nil
        case NIOSSLError.handshakeFailed(.sslError(let stack)) where stack.first == .eofDuringHandshake:
            self = .closed(step)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .tls(TLSWords(error).description)
        case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection: self = .closed(step)
        case let error as HTTPParserError: self = .notHTTP("not an HTTP/1.1 response: \(error.words)")
        default: self = .other("\(error)")
        }
    }
}
