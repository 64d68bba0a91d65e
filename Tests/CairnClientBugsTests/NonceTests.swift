import Cairn
import Testing

@Suite("Client bugs: nonces", .timeLimit(.minutes(5)))
struct NonceTests {
    @Test(
        "13: What is stored is stale when the CA has forgotten it; what comes with a refusal is fresh (RFC 8555 §6.5)")
    func row13() throws {
        try Trial(bug: .retriesWithStoredNonces, words: "gave up") {
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
}
