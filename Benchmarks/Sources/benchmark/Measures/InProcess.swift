import Cairn
import Crypto
import HTTPTypes

/// Issuances through `respond(to:)`, without a socket, on one thread; the time of the client is left out.
struct InProcess {
    private struct Cost {
        var wall = Samples()
        var processor = Samples()
    }

    private static let replayNonce = HTTPField.Name("Replay-Nonce") ?? .eTag

    private let ca: TestCA
    private var client: ACMEClient
    private var costs: [Step: Cost] = [:]

    static func measure(issuances: Int) throws -> [Table] {
        var (plain, ruled) = (try InProcess(), try InProcess(rules: idleRules))
        for _ in 0..<max(1, issuances / 10) { try (plain.issue(), ruled.issue()) }
        (plain.costs, ruled.costs) = ([:], [:])
        // In turns, so that other load on the machine disturbs both alike.
        for _ in 0..<issuances { try (plain.issue(), ruled.issue()) }
        return [try plain.summary(issuances, ruled), plain.split(issuances)]
    }

    /// A hundred rules that never match, of each kind the same number: some are for other endpoints, most have to be
    /// compared with every request.
    private static let idleRules: [CairnRule] = (0..<20).flatMap { number in
        [
            CairnRule(.badNonce, at: .keyChange, name: "elsewhere\(number)"),
            CairnRule(.badNonce, at: .newOrder, where: .identifier("*.n\(number).invalid"), name: "name\(number)"),
            CairnRule(.unavailable(), where: .path("/nowhere/\(number)"), name: "path\(number)"),
            CairnRule(.remove("/status"), where: .status(599), name: "status\(number)"),
            CairnRule(.delay(.seconds(1)), where: .account("nobody\(number)"), name: "account\(number)"),
        ]
    }

    private init(rules: [CairnRule] = []) throws {
        var configuration = TestCA.Configuration()
        configuration.seed = 1
        configuration.rules = rules
        ca = try TestCA.inMemory(configuration)
        ca.validation.standard = .approve
        client = try ACMEClient(name: "www.example.test", origin: "https://localhost")
        try follow(client.start())
    }

    /// Places an order and leaves it.
    private mutating func place() throws { _ = try client.receive(respond(to: try client.order())) }

    private mutating func issue() throws {
        try follow(try client.order())
    }

    /// Sends a message and those that follow from it, until there is an account or a certificate.
    private mutating func follow(_ first: Message) throws {
        var message = first
        while true {
            switch try client.receive(respond(to: message)) {
            case .send(let next), .sendLater(let next): message = next
            case .registered, .issued: return
            }
        }
    }

    private mutating func respond(to message: Message) -> Answer {
        var head = HTTPRequest(
            method: message.method == .post ? .post : message.method == .head ? .head : .get, scheme: "https",
            authority: "localhost", path: message.path)
        head.headerFields[.userAgent] = "benchmark"
        if message.method == .post { head.headerFields[.contentType] = "application/jose+json" }
        let request = CairnRequest(head, body: message.body)
        let (wall, processor) = (Clocks.monotonic, Clocks.thread)
        let delivery = ca.respond(to: request)
        costs[message.step, default: Cost()].processor.add(Double(Clocks.thread - processor) / 1000)
        costs[message.step, default: Cost()].wall.add(Double(Clocks.monotonic - wall) / 1000)
        return Answer(
            status: delivery.head.status.code, nonce: delivery.head.headerFields[Self.replayNonce],
            location: delivery.head.headerFields[.location], body: delivery.body)
    }

    // MARK: Results

    private var processor: Double { costs.values.reduce(0) { $0 + $1.processor.total } }

    private func summary(_ issuances: Int, _ ruled: InProcess) throws -> Table {
        let wall = costs.values.reduce(0) { $0 + $1.wall.total }
        let requests = costs.values.reduce(0) { $0 + $1.wall.values.count }
        var table = Table("In process", ["measure", "cairn"])
        table.add(["issuances per second, 1 thread", text(Double(issuances) / wall * 1e6)])
        table.add(["CPU per issuance, µs", text(processor / Double(issuances))])
        table.add(["the same with 100 rules that never match, µs", text(ruled.processor / Double(issuances))])
        table.add(["90 days with 10,000 objects, CPU in ms", text(try Self.clockCost() / 1000)])
        table.add(["requests per issuance", text(Double(requests) / Double(issuances))])
        let (sign, verify) = Self.signatureCosts()
        // Each request is signed, and so is the CSR.
        let floor = Double(requests) / Double(issuances) * verify + verify + sign
        table.add(["its cryptography alone, µs", text(floor)])
        table.add(["CPU per issuance / its cryptography", text(processor / Double(issuances) / floor)])
        table.add(["for comparison: one ES256 verification, µs", text(verify)])
        table.add(["for comparison: one ES256 signature, µs", text(sign)])
        return table
    }

    private func split(_ issuances: Int) -> Table {
        let total = costs.values.reduce(0) { $0 + $1.processor.total }
        var table = Table(
            "In process, by request",
            ["request", "least µs", "median µs", "p99 µs", "CPU µs per issuance", "share"])
        for step in Step.allCases {
            guard let cost = costs[step]?.processor else { continue }
            table.add([
                step.rawValue, text(cost.least), text(cost.median), text(cost.quantile(0.99)),
                text(cost.total / Double(issuances)), "\(Int((cost.total / total * 100).rounded())) %",
            ])
        }
        return table
    }

    /// What it costs to move the clock by 90 days, over the end of 5,000 orders with an authorization each, in microseconds.
    private static func clockCost() throws -> Double {
        var run = try InProcess()
        for _ in 0..<5_000 { try run.place() }
        let start = Clocks.thread
        run.ca.clock.advance(by: .days(90))
        return Double(Clocks.thread - start) / 1000
    }

    /// The median cost of signing and verifying a text as long as a request, in microseconds.
    private static func signatureCosts() -> (sign: Double, verify: Double) {
        let key = P256.Signing.PrivateKey()
        let text = [UInt8](repeating: 0x61, count: 400)
        var (sign, verify) = (Samples(), Samples())
        for _ in 0..<500 {
            let start = Clocks.thread
            guard let signature = try? key.signature(for: text) else { continue }
            let middle = Clocks.thread
            guard key.publicKey.isValidSignature(signature, for: text) else { continue }
            sign.add(Double(middle - start) / 1000)
            verify.add(Double(Clocks.thread - middle) / 1000)
        }
        return (sign.median, verify.median)
    }
}
