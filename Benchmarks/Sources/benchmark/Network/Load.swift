import NIOCore
import NIOHTTP1
import NIOPosix

/// Clients that issue certificates at one server side by side, and what that took.
///
/// Lives on one event loop.
///
/// All clients first get their accounts, then the clock starts. It ends when all certificates are issued, when a client
/// fails, when nothing is issued for ten seconds, or after two minutes.
final class Load {
    struct Plan: Sendable {
        var clients: Int
        var certificates: Int
    }

    struct Outcome: Sendable {
        var certificates = 0
        /// From the first order to the last certificate.
        var seconds = 0.0
        /// Of each issuance, in milliseconds.
        var latencies = Samples()
        var requests = 0
        /// Processor time, in seconds.
        var serverTime = 0.0
        var clientTime = 0.0
        /// Why the load ended early, if it did.
        var trouble: String?
    }

    private static let patience: Int64 = 10_000_000_000
    private static let limit: Int64 = 120_000_000_000

    private let plan: Plan
    private let server: ServerProcess
    private let loop: any EventLoop
    private let result: EventLoopPromise<Outcome>
    private var connections: [LoadConnection] = []
    private var outcome = Outcome()
    private var unclaimed: Int
    private var accounts = 0
    private var idle = 0
    private var requestsBefore = 0
    private var began = Clocks.monotonic
    private var progressed = Clocks.monotonic
    private var isOver = false

    private init(_ plan: Plan, _ server: ServerProcess, _ loop: any EventLoop, _ result: EventLoopPromise<Outcome>) {
        (self.plan, self.server, self.loop, self.result) = (plan, server, loop, result)
        unclaimed = plan.certificates
    }

    /// Runs a load to its end.
    ///
    /// Not to be called on the loop.
    static func run(_ plan: Plan, on server: ServerProcess, port: Int, network: Network) throws -> Outcome {
        let result = network.loop.makePromise(of: Outcome.self)
        network.loop.execute {
            let load = Load(plan, server, network.loop, result)
            do { try load.start(port: port, network) } catch { load.failed(error) }
        }
        return try result.futureResult.wait()
    }

    private func start(port: Int, _ network: Network) throws {
        for number in 0..<plan.clients {
            let client = try ACMEClient(name: "client\(number).example.test", origin: "https://localhost:\(port)")
            let connection = LoadConnection(client, host: "localhost:\(port)", load: self)
            connections.append(connection)
            network.bootstrap(connection).connect(host: "127.0.0.1", port: port)
                .assumeIsolated().whenFailure { self.failed($0) }
        }
        look()
    }

    // MARK: What connections tell

    func registered() {
        accounts += 1
        progressed = Clocks.monotonic
        guard accounts == plan.clients else { return }
        requestsBefore = requests
        outcome.serverTime = -server.processorTime
        outcome.clientTime = -Double(Clocks.process) / 1e9
        began = Clocks.monotonic
        for connection in connections { connection.issue() }
    }

    /// Hands out one certificate to be issued; `false` if there is none left.
    func claim() -> Bool {
        guard unclaimed > 0, !isOver else { return false }
        unclaimed -= 1
        return true
    }

    func issued(in nanoseconds: Int64) {
        progressed = Clocks.monotonic
        outcome.certificates += 1
        outcome.latencies.add(Double(nanoseconds) / 1e6)
    }

    /// A client has nothing more to do.
    func finished() {
        idle += 1
        if idle == plan.clients { end(nil) }
    }

    func failed(_ error: any Error) { end("failed: \(error)") }

    /// Does something one millisecond from now.
    func later(_ task: @escaping () -> Void) {
        loop.assumeIsolated().scheduleTask(in: .milliseconds(1), task)
    }

    // MARK: The end

    /// Looks every second whether there is progress.
    private func look() {
        let now = Clocks.monotonic
        if now - progressed > Self.patience {
            end("stalled")
        } else if now - began > Self.limit {
            end("too slow")
        }
        guard !isOver else { return }
        loop.assumeIsolated().scheduleTask(in: .seconds(1)) { [weak self] in self?.look() }
    }

    private var requests: Int { connections.reduce(0) { $0 + $1.client.requests } }

    private func end(_ trouble: String?) {
        guard !isOver else { return }
        isOver = true
        outcome.trouble = trouble
        outcome.seconds = Double(progressed - began) / 1e9
        outcome.serverTime += server.processorTime
        outcome.clientTime += Double(Clocks.process) / 1e9
        outcome.requests = requests - requestsBefore
        for connection in connections { connection.close() }
        connections = []
        result.succeed(outcome)
    }
}
