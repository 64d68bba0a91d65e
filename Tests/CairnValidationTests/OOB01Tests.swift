import CairnDNS
import CairnModel
import Testing

@testable import CairnValidation

/// Rules are those of the ACME draft of March 2017, "Out-of-Band".
@Suite("oob-01", .timeLimit(.minutes(5)))
struct OOB01Tests {
    private let dns = CairnDNSTable()
    private let policy = CairnValidationDecisions()
    private let prober = ScriptedProber()

    private func verdicts(
        _ identifier: ACMEIdentifier = "www.example.test", decision: Verdict.Outcome? = nil, issuer: CAAIssuer? = nil,
        perspectives: [String] = []
    ) -> [Verdict] {
        var attempt = attempt(.oob01, identifier)
        (attempt.decision, attempt.issuer) = (decision, issuer)
        let verdicts = Verdicts()
        ValidationAuthority(
            dns: dns, prober: prober, policy: policy,
            settings: CairnProbeSettings(perspectives: perspectives)
        ).validate(attempt) { verdicts.append($0) }
        return verdicts.all
    }

    @Test("What nobody has decided has no verdict, and nothing is looked up for it")
    func undecided() {
        #expect(verdicts().isEmpty)
        #expect(dns.queries.isEmpty)
    }

    @Test("What a human decides holds, for names and addresses", arguments: ["www.example.test", "127.0.0.1"])
    func decided(identifier: ACMEIdentifier) {
        let problem = ACMEProblem(.unauthorized, "not today")
        #expect(verdicts(identifier, decision: .valid) == [.valid])
        #expect(verdicts(identifier, decision: .invalid(problem)) == [.invalid(problem)])
        #expect(prober.tlsProbes.isEmpty && prober.httpProbes.isEmpty)
    }

    @Test("The policy is asked first, and waits for no human")
    func policyFirst() {
        policy.standard = .approve
        #expect(verdicts() == [.valid])
        let problem = ACMEProblem(.rejectedIdentifier, "not here")
        policy["www.example.test"] = .deny(problem)
        #expect(verdicts(decision: .valid) == [.invalid(problem)])
    }

    @Test("A human decides for all perspectives; each looks at the CAA records (RFC 8657 §4, RFC 8555 §10.2)")
    func perspectivesAndCAA() throws {
        let issuer = CAAIssuer(identities: ["cairn.test"], accountURL: "https://ca.test/1")
        let all = verdicts(decision: .valid, issuer: issuer, perspectives: ["eu"])
        #expect(all.map(\.outcome) == [.valid])
        #expect(all.first?.remote.map(\.outcome) == [.valid])
        #expect(Set(dns.queries.map(\.type)) == [.caa])
        dns.view("eu")["www.example.test"] = [
            .caa(flags: 0, tag: "issue", value: "cairn.test; validationmethods=dns-01")
        ]
        #expect(verdicts(decision: .valid, issuer: issuer, perspectives: ["eu"]).map(\.problem?.type) == [.caa])
        dns["www.example.test"] = [.caa(flags: 0, tag: "issue", value: "other.test")]
        #expect(verdicts(decision: .valid, issuer: issuer).map(\.problem?.type) == [.caa])
    }
}
