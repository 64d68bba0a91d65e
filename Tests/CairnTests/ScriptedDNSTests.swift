import Cairn
import CairnReferenceClient
import CairnTesting
import Testing

@Suite("Validations under a scripted DNS", .timeLimit(.minutes(5)))
struct ScriptedDNSTests {
    private static let host = "_acme-challenge.www.example.test"

    private static func quietCA(_ change: (inout TestCA.Configuration) -> Void = { _ in }) throws -> TestCA {
        var configuration = TestCA.Configuration()
        configuration.clock = .standing(at: "2030-01-01T00:00:00Z")
        change(&configuration)
        return try TestCA.inMemory(configuration)
    }

    /// Has a new client meet `dns-01`, and returns the problem of the challenge.
    private func respond(to ca: TestCA) throws -> ACMEProblem? {
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let authorization = try #require(order.authorizations.first)
        let (url, token) = try client.challenge("dns-01", of: authorization)
        let proof = Proof(name: "www.example.test", token: token, keyAuthorization: client.keyAuthorization(token))
        ca.dns[Self.host] = [.txt(proof.digest)]
        try client.respond(to: url)
        return ca.journal.probes.last?.problem
    }

    @Test("A record that is there only for the second question makes the first order fail")
    func propagation() throws {
        let ca = try Self.quietCA()
        ca.dns.script(.hide.times(1), for: "\(Self.host)", type: .txt, sources: [.validation])
        #expect(try respond(to: ca)?.type == .unauthorized)
        #expect(try respond(to: ca) == nil)
        #expect(ca.dns.queries(for: Self.host).map(\.scripts) == [["s1"], []])
    }

    @Test("A record that is there only after some time is found once the clock was moved")
    func time() throws {
        let ca = try Self.quietCA()
        ca.dns.script(.hide, for: "\(Self.host)", lasting: .minutes(1))
        #expect(try respond(to: ca)?.type == .unauthorized)
        ca.clock.advance(by: .minutes(1))
        #expect(try respond(to: ca) == nil)
    }

    @Test(
        "A DNS that does not answer, or nonsense, is a dns problem",
        arguments: [
            (CairnDNSEffect.timeout, "the time ran out looking up TXT"), (.lame, "knows nothing of it"),
            (.code(.refused), "REFUSED looking up TXT"), (.delay(.seconds(10)), "got one after 10s"),
            (.answer([.cname("\(host)")]), "round in a circle"),
        ])
    func failures(_ effect: CairnDNSEffect, _ words: String) throws {
        let ca = try Self.quietCA()
        ca.dns.script(effect.times(1), for: "\(Self.host)", type: .txt)
        let problem = try #require(try respond(to: ca))
        #expect(problem.type == .dns)
        #expect(problem.detail.contains(words), "\(problem.detail)")
        #expect(try respond(to: ca) == nil)
    }

    @Test("A delay shorter than the timeout of validations does not keep them, and a truncated answer neither")
    func patience() throws {
        let ca = try Self.quietCA { $0.probes.timeout = .seconds(4) }
        ca.dns.script(.delay(.seconds(3)))
        ca.dns.script(.truncate)
        #expect(try respond(to: ca) == nil)
        ca.dns.script(.delay(.seconds(1)), type: .caa)
        let problem = try #require(try respond(to: ca))
        #expect(problem.detail.contains("got one after 4s; expected CAA records"), "\(problem.detail)")
    }

    @Test("One perspective alone can be wrong (RFC 8555 §10.2)")
    func perspectives() throws {
        let ca = try Self.quietCA { $0.probes.perspectives = ["eu", "asia", "us"] }
        ca.dns.script(.answer([.txt("wrong")]), for: "*.example.test", type: .txt, perspectives: ["eu"])
        #expect(try respond(to: ca) == nil)
        #expect(ca.journal.probes.map(\.problem?.type) == [nil, .unauthorized, nil, nil])
        ca.dns.script(.timeout, perspectives: ["us"])
        #expect(try respond(to: ca)?.type == .dns, "the last one's, and two are too many")
        #expect(ca.journal.probes.suffix(4).map(\.problem?.type) == [nil, .unauthorized, nil, .dns])
    }

    @Test("Scripts and updates of a configuration are there from the start, and again after a reset")
    func settings() throws {
        let configuration = try TestCA.Configuration(
            settings: #"""
                {
                    "dns": {
                        "scripts": [
                            {
                                "name": "flaky", "when": {"name": "*.example.test", "perspectives": ["primary"]},
                                "each": "name", "after": 1, "every": 2, "until": "2031-01-01T00:00:00Z", "optional": true,
                                "do": [{"code": "RCODE11", "times": 2}, {"negativeTTL": 5}]
                            }
                        ],
                        "updates": {
                            "keys": [{"name": "k", "secret": "AAEC", "minimumMACLength": 20}], "zones": ["example.test"],
                            "acceptsUnsigned": true, "additions": "replace", "transfers": "open"
                        }
                    }
                }
                """#)
        let ca = try TestCA.inMemory(configuration)
        let script = CairnDNSScript(
            .code(CairnDNSResponseCode(rawValue: 11)).times(2).then(.negativeTTL(.seconds(5))), for: "*.example.test",
            perspectives: ["primary"], each: .name, after: 1, every: 2, until: "2031-01-01T00:00:00Z",
            isOptional: true, name: "flaky")
        var updates = CairnDNSUpdates()
        updates.keys = [CairnTSIGKey(name: "k", secret: [0, 1, 2], minimumMACLength: 20)]
        updates.zones = ["example.test"]
        updates.acceptsUnsigned = true
        (updates.additions, updates.transfers) = (.replace, .open)
        for _ in 0..<2 {
            #expect(ca.dns.scripts.map(\.script) == [script])
            #expect(ca.dns.updates == updates)
            ca.dns.removeScripts()
            ca.dns.updates.zones = []
            ca.reset()
        }
    }

    @Test("A script that never did anything fails the scope, unless it is optional")
    func unfired() async throws {
        try await withKnownIssue {
            try await withTestCA { ca in
                _ = ca.dns.script(.timeout, for: "nobody.test", name: "idle")
                _ = ca.dns.script(.timeout, for: "nobody.test", isOptional: true)
            }
        } matching: { issue in
            let words = issue.comments.map(\.rawValue).joined()
            return words.contains("got 1 that never did:") && words.contains("script idle: fired 0 times")
        }
    }
}
