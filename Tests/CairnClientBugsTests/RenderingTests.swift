import Cairn
import CairnOpenSSLJudge
import Testing

@Suite("Client bugs: how answers are written", .timeLimit(.minutes(5)))
struct RenderingTests {
    @Test("21: A challenge of an unknown type is passed over (RFC 8555 §7.1.4)")
    func row21() throws {
        try Trial(bug: .knowsAllChallengeTypes, words: "no challenge type: tls-sni-02") {
            $0.policy.challengeTypes = [.tlsSNI02, .http01]
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("25: A chain is chosen by its end, since one may be the beginning of another (RFC 8555 §7.4.2)")
    func row25() throws {
        try Trial(bug: .prefersChainsByAnyName, words: "got the chain to") {
            $0.authority.chains = [.root(0).crossSigned(by: 1), .root(0)]
        }.run { client, ca in
            let root = try #require(try OpenSSLCertificate.certificates(inPEM: ca.roots[0].pem).first).subject
            client.preferredIssuer = root
            let certificate = try client.obtain("www.example.test")
            let top = try certificate.topIssuer
            try require(top == root, "got the chain to \(top)")
        }
    }

    @Test("36: A media type may have parameters (RFC 9110 §8.3.1)")
    func row36() throws {
        try Trial(bug: .comparesMediaTypesAsText, words: "no chain, but") {
            $0.personality = .pebble
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("37: Names are the same in any case (RFC 4343 §3)")
    func row37() throws {
        try Trial(bug: .comparesNamesByCase, words: "the order is for other names").run { client, _ in
            _ = try client.obtain("WWW.Example.test")
        }
    }
}
