import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

@Suite("Several perspectives of a CA", .timeLimit(.minutes(5)))
struct PerspectiveTests {
    private static func threePerspectives() throws -> TestCA {
        try TestCA.inMemory(.with { $0.probes.perspectives = ["eu", "asia", "us"] })
    }

    /// Has a new client answer a challenge, and returns the authorization and the order after that.
    private func respond(
        to ca: TestCA, by type: String
    ) throws -> (authorization: Response, order: Response) {
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let authorization = try #require(order.authorizations.first)
        let (url, token) = try client.challenge(type, of: authorization)
        let proof = Proof(name: "www.example.test", token: token, keyAuthorization: client.keyAuthorization(token))
        ca.responder.setHTTP01(token: token, keyAuthorization: proof.keyAuthorization)
        ca.dns["_acme-challenge.www.example.test"] = [.txt(proof.digest)]
        try client.respond(to: url)
        return (try client.read(authorization), try client.read(order.url))
    }

    @Test("Each is an entry of the journal, and one of three may fail (RFC 8555 §10.2)")
    func oneFails() throws {
        let ca = try Self.threePerspectives()
        ca.dns.view("asia")["_acme-challenge.www.example.test"] = [.txt("old")]
        let state = try respond(to: ca, by: "dns-01").authorization.state
        #expect(state == "valid")
        #expect(ca.journal.probes.map(\.perspective) == [nil, "eu", "asia", "us"])
        #expect(ca.journal.probes.map(\.problem?.type) == [nil, nil, .unauthorized, nil])
        #expect(ca.journal.probes.map(\.steps.count) == [2, 2, 1, 2], "CAA is looked at where the challenge was met")
        #expect(ca.journal.probes[2].steps.first?.lookups == ["TXT _acme-challenge.www.example.test: TXT \"old\""])
        #expect(ca.dns.queries.filter { $0.type == .txt }.map(\.perspective) == [nil, "eu", "asia", "us"])
    }

    @Test("If two of three fail, so does the challenge, for the reason of the first (RFC 8555 §10.2)")
    func twoFail() throws {
        let ca = try Self.threePerspectives()
        ca.responder.onProbe { $0.perspective == "asia" ? .timedOut : nil }
        ca.dns.view("us").setFailure(.serverFailure, for: "www.example.test")
        let (authorization, order) = try respond(to: ca, by: "http-01")
        #expect(authorization.state == "invalid")
        #expect(order.state == "invalid")
        #expect(ca.journal.probes.map(\.problem?.type) == [nil, nil, .connection, .dns])
        #expect(authorization.text.contains("\"urn:ietf:params:acme:error:connection\""))
        #expect(authorization.text.contains("\"During secondary validation: fetching http"), "\(authorization.text)")
    }

    @Test("If the primary one fails, it is the only entry")
    func primary() throws {
        let ca = try Self.threePerspectives()
        ca.dns.setFailure(.serverFailure, for: "www.example.test")
        let state = try respond(to: ca, by: "http-01").authorization.state
        #expect(state == "invalid")
        #expect(ca.journal.probes.map(\.perspective) == [nil])
        #expect(ca.journal.probes.map(\.problem?.type) == [.dns])
    }

    @Test("The policy can let one fail without a look")
    func policy() throws {
        let ca = try TestCA.inMemory(.with { $0.probes.perspectives = ["eu"] })
        ca.validation.standard = .approve
        ca.validation["www.example.test", from: "eu"] = .deny(ACMEProblem(.tls, "no route"))
        let (authorization, _) = try respond(to: ca, by: "http-01")
        #expect(authorization.text.contains("During secondary validation: no route"))
        #expect(ca.journal.probes.map(\.perspective) == [nil, "eu"])
        #expect(ca.journal.probes.map(\.steps.isEmpty) == [true, true])
    }

    @Test("Over the network each looks for itself, one after the other")
    func network() async throws {
        let server = try WebServer()
        defer { server.stop() }
        let configuration = TestCA.Configuration.with {
            $0.policy.caa = nil
            $0.probes.perspectives = ["eu", "asia"]
            $0.probes.httpPort = server.port
        }
        try await withTestCA(configuration) { ca in
            ca.dns.view("eu")["www.example.test"] = [.cname("elsewhere.test")]
            try await onOwnThread {
                _ = try ca.client().obtain(["www.example.test"], by: "http-01") { proof in
                    server.serve(proof.keyAuthorization, at: "/.well-known/acme-challenge/\(proof.token)")
                }
            }
            #expect(ca.journal.probes.map(\.perspective) == [nil, "eu", "asia"])
            #expect(ca.journal.probes.map(\.problem?.type) == [nil, nil, nil])
            #expect(ca.journal.probes.map { $0.steps.map(\.status) } == [[200], [200], [200]])
            #expect(ca.dns.queries.map(\.perspective) == [nil, nil, "eu", "eu", "asia", "asia"])
        }
    }
}
