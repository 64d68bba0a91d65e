import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Retry-After", .timeLimit(.minutes(5)))
struct RetryAfterTests {
    private static func server(_ form: CairnRetryAfterForm, seed: CairnSeed = 1) throws -> TestServer {
        var policy = CairnPolicy()
        policy.rateLimits.newOrdersPerAccount = CairnRateLimit(7, per: .hours(1))
        return try TestServer(
            policy: policy,
            configuration: GatewayConfiguration(
                .with { ($0.retryAfter, $0.retryAfterForm) = (.seconds(90), form) }, seed: seed),
            seed: seed, approving: false)
    }

    /// What a poll of a challenge is told.
    private static func polls(_ server: TestServer, _ count: Int) throws -> [String] {
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        let (url, _) = try client.challenge("http-01", of: try #require(order.authorizations.first))
        _ = try client.respond(to: url)
        return try (0..<count).map { _ in try client.read(url)["Retry-After"] ?? "none" }
    }

    @Test("It is a number of seconds unless something else is asked for (RFC 9110 §10.2.3)")
    func seconds() throws {
        #expect(try Self.polls(Self.server(.seconds), 2) == ["90", "90"])
    }

    @Test("It can be a date on polls and on refusals, by the clock of the CA and never too early (RFC 9110 §5.6.7)")
    func date() throws {
        let server = try Self.server(.httpDate)
        #expect(try Self.polls(server, 1) == ["Sun, 22 Nov 2026 08:01:30 GMT"])
        let client = try server.registered()
        for _ in 0..<7 { _ = try client.order(["www.example.test"]) }
        // 514.28 seconds.
        let refused = try client.newOrder([("dns", "www.example.test")])
        #expect(refused["Retry-After"] == "Sun, 22 Nov 2026 08:08:35 GMT")
        #expect(refused.detail.contains("2026-11-22T08:08:35Z"))
    }

    @Test(
        "While something is validated it can be another time than for orders, and none (RFC 8555 §7.5.1)",
        arguments: [(Duration.seconds(3), "3"), (.zero, "none")])
    func validations(_ wait: Duration, _ text: String) throws {
        var policy = CairnPolicy()
        policy.progress.issuance = .manually
        let server = try TestServer(
            policy: policy,
            configuration: GatewayConfiguration(
                .with { ($0.retryAfter, $0.validationRetryAfter) = (.seconds(90), wait) }), approving: false)
        #expect(try Self.polls(server, 1) == [text])
        server.finish()
        let client = try server.registered()
        server.decide { _ in nil }
        let order = try client.readyOrder(["www.example.test"])
        #expect(try client.finalize(order, csr: try csr(["www.example.test"]))["Retry-After"] == "90")
    }

    @Test("It can be either by chance, the same for the same seed (RFC 9110 §10.2.3)")
    func either() throws {
        let forms = try Self.polls(Self.server(.either, seed: 4), 40)
        #expect(Set(forms) == ["90", "Sun, 22 Nov 2026 08:01:30 GMT"])
        #expect(try Self.polls(Self.server(.either, seed: 4), 40) == forms)
        #expect(try Self.polls(Self.server(.either, seed: 5), 40) != forms)
    }
}
