import Cairn
import Testing

@Suite("Client bugs: nonces", .timeLimit(.minutes(5)))
struct NonceTests {
    @Test(
        "13: What is stored is stale when the CA has forgotten it; what comes with a refusal is fresh (RFC 8555 §6.5)")
    func row13() throws {
        try Trial(bug: .retriesWithStoredNonces, words: "gave up", finding: .ignoredFreshNonce) {
            $0.bounds.nonces = 100
        }.run { client, ca in
            try client.register()
            for _ in 0..<15 { _ = try client.get(try client.endpoint("newNonce"), method: "HEAD") }
            let other = try CorrectClient(ca)
            for _ in 0..<100 { _ = try other.get(try other.endpoint("newNonce"), method: "HEAD") }
            _ = try client.obtain("www.example.test")
        }
    }

    @Test("61: newNonce answers a HEAD with 200 (RFC 8555 §7.2)")
    func row61() throws {
        try Trial(bug: .wants204OfNewNonce, words: "newNonce answered 200").run { client, _ in
            _ = try client.obtain("www.example.test")
        }
    }

    @Test(
        "7: A nonce that is refused is a reason to try again, several times and everywhere (RFC 8555 §6.5)",
        arguments: [ACMEEndpoint.newAccount, .newOrder, .authorization, .challenge, .finalize, .order, .certificate])
    func row07(_ endpoint: ACMEEndpoint) throws {
        try Trial(bug: .givesUpOnBadNonce, words: "badNonce", finding: .gaveUpOnBadNonce) { _ in
        } arrange: {
            $0.rules.add(.badNonce.times(3), at: endpoint)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("14: An error may come without a nonce (RFC 8555 §6.5)")
    func row14() throws {
        try Trial(bug: .needsANonceOnErrors, words: "the answer has no nonce", finding: .gaveUpOnBadNonce) { _ in
        } arrange: {
            $0.rules.add(.badNonce.times(1), at: .newOrder)
            $0.rules.add(.remove(.replayNonce), where: .isProblem)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("42: A nonce may come with the directory (RFC 8555 §6.5)")
    func row42() throws {
        try Trial(bug: .refusesNoncesOfGET, words: "a nonce that nobody asked for") { _ in
        } arrange: {
            $0.rules.add(.addNonce, at: .directory)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("43: A connection or stream that breaks at newNonce is a reason to try again (RFC 9113 §5.4.2)")
    func row43() async throws {
        try await Trial(bug: .givesUpOnResetStreams, words: "the stream was reset", finding: .gaveUpTooSoon) { _ in
        } arrange: {
            $0.rules.add(.resetStream.times(2), at: .newNonce)
        }.runOverTheWire { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("44: newNonce too may be limited (RFC 8555 §6.6)")
    func row44() throws {
        try Trial(bug: .takesEveryAnswerOfNewNonceForOne, words: "newNonce gave no nonce", finding: .gaveUpTooSoon) {
            _ in
        } arrange: {
            $0.rules.add(.status(429, retryAfter: .seconds(5)).times(1), at: .newNonce)
        }.run { client, ca in
            _ = try client.obtain("www.example.test")
            try require(ca.clock.now >= noon + .seconds(5), "did not wait")
        }
    }

    @Test("61: newNonce may answer with 204, as it does a GET (RFC 8555 §7.2)")
    func row61With204() throws {
        try Trial(bug: .wants200OfNewNonce, words: "newNonce answered 204") { _ in
        } arrange: {
            $0.rules.add(.setStatus(204), at: .newNonce)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }
}
