import CairnDNS
import CairnModel
import Testing

@testable import CairnValidation

private let name = "_acme-challenge.www.example.test"

/// A table that has the right TXT record, but that the perspectives named see a wrong one.
private func table(wrongFrom perspectives: String...) -> CairnDNSTable {
    let dns = CairnDNSTable()
    dns[name] = [.txt(Vector.txtValue)]
    for perspective in perspectives { dns.view(perspective)[name] = [.txt("wrong from \(perspective)")] }
    return dns
}

private func authority(
    _ dns: CairnDNSTable, _ perspectives: [String], quorum: Int? = nil, prober: any Prober = ScriptedProber(),
    policy: CairnValidationDecisions = CairnValidationDecisions()
) -> ValidationAuthority {
    ValidationAuthority(
        dns: dns, prober: prober, policy: policy,
        settings: CairnProbeSettings(perspectives: perspectives, perspectiveQuorum: quorum))
}

@Suite("Several perspectives", .timeLimit(.minutes(5)))
struct PerspectiveTests {
    @Test("All look, the primary one first and the remote ones in order (RFC 8555 §10.2)")
    func order() throws {
        let dns = table()
        let verdict = try #require(authority(dns, ["eu", "asia"]).verdict(on: attempt(.dns01)))
        #expect(verdict.outcome == .valid)
        #expect(dns.queries.map(\.perspective) == [nil, "eu", "asia"])
        #expect(verdict.steps.count == 1)
        #expect(verdict.remote.map(\.perspective) == ["eu", "asia"])
        #expect(verdict.remote.map(\.outcome) == [.valid, .valid])
        #expect(verdict.remote.map(\.steps.count) == [1, 1])
    }

    @Test("If the primary one fails, the others are not asked")
    func primary() throws {
        let dns = CairnDNSTable()
        dns.view("eu")[name] = [.txt(Vector.txtValue)]
        let verdict = try #require(authority(dns, ["eu"]).verdict(on: attempt(.dns01)))
        #expect(verdict.problem?.detail.hasPrefix("no TXT record") == true)
        #expect(verdict.remote.isEmpty)
        #expect(dns.queries.count == 1)
    }

    @Test("The problem is that of the first one that fails, and all are asked nevertheless")
    func firstFailure() throws {
        let dns = table(wrongFrom: "asia", "us")
        dns.view("us").setFailure(.serverFailure, for: name)
        let verdict = try #require(authority(dns, ["eu", "asia", "us"]).verdict(on: attempt(.dns01)))
        let problem = try #require(verdict.problem)
        #expect(problem.type == .unauthorized)
        #expect(problem.status == 403)
        #expect(problem.detail.hasPrefix("During secondary validation: incorrect TXT record"), "\(problem.detail)")
        #expect(problem.detail.contains("wrong from asia"))
        #expect(
            problem.detail.contains(
                "seen from \"asia\": expected at least 2 of 3 remote perspectives to agree, got 1 (RFC 8555 §10.2)"))
        #expect(verdict.remote.map(\.problem?.type) == [nil, .unauthorized, .dns])
        #expect(verdict.remote[1].problem?.detail.hasPrefix("incorrect TXT record") == true)
    }

    @Test(
        "By default none of one may fail, one of two to five, two of six and more",
        arguments: [(1, 0), (2, 1), (5, 1), (6, 2), (9, 2)])
    func standardQuorum(count: Int, mayFail: Int) {
        let names = (0..<count).map { "p\($0)" }
        for failures in 0...count {
            let dns = table()
            for name in names.suffix(failures) { dns.view(name).setFailure(.refused, for: "*.example.test") }
            let verdict = authority(dns, names).verdict(on: attempt(.dns01))
            #expect(verdict?.problem?.type == (failures > mayFail ? .dns : nil), "\(failures) of \(count)")
        }
    }

    @Test(
        "Another quorum can be asked for, from none to all", arguments: [(0, true), (1, true), (2, false), (3, false)])
    func otherQuorum(quorum: Int, isValid: Bool) {
        let verdict = authority(table(wrongFrom: "a", "b"), ["a", "b", "c"], quorum: quorum)
            .verdict(on: attempt(.dns01))
        #expect((verdict?.outcome == .valid) == isValid)
    }

    @Test("Probes say from where they look, and go where the perspective sees the host")
    func probes() {
        let dns = CairnDNSTable()
        dns.view("eu")["www.example.test"] = [.a("127.0.0.2")]
        let prober = ScriptedProber(
            fetch: { _ in .ok(Vector.keyAuthorization) }, handshake: { _ in .failure(.refused) })
        #expect(authority(dns, ["eu"], prober: prober).verdict(on: attempt(.http01))?.outcome == .valid)
        #expect(prober.httpProbes.map(\.perspective) == [nil, "eu"])
        #expect(prober.httpProbes.map(\.address) == [.loopbackV4, "127.0.0.2"])
        let policy = CairnValidationDecisions()
        policy["www.example.test"] = .approve
        policy["www.example.test", from: "eu"] = .probe
        let verdict = authority(dns, ["eu"], prober: prober, policy: policy).verdict(on: attempt(.tlsALPN01))
        #expect(verdict?.problem?.type == .connection)
        #expect(prober.tlsProbes.map(\.perspective) == ["eu"])
    }

    @Test("They wait for each other, so that the order does not depend on who is fast")
    func waiting() {
        let (prober, verdicts) = (PatientProber(), Verdicts())
        let dns = CairnDNSTable()
        authority(dns, ["eu", "asia"], prober: prober).validate(attempt(.http01)) { verdicts.append($0) }
        for perspective in [nil, "eu", "asia"] {
            #expect(dns.queries.last?.perspective == perspective)
            #expect(verdicts.all.isEmpty)
            prober.answer(.ok(Vector.keyAuthorization))
        }
        #expect(verdicts.only?.outcome == .valid)
    }

    @Test("CAA is checked from each, behind its challenge and once more without one (RFC 8659 §3)")
    func caa() throws {
        let dns = table()
        dns.view("eu")["example.test"] = [.caa(tag: "issue", value: "other.test")]
        let issuer = CAAIssuer(identities: ["ca.test"], accountURL: "https://ca.test/account/1")
        var attempt = attempt(.dns01)
        attempt.issuer = issuer
        let authority = authority(dns, ["eu"])
        let verdict = try #require(authority.verdict(on: attempt))
        #expect(verdict.problem?.type == .caa)
        #expect(verdict.problem?.detail.hasPrefix("During secondary validation: CAA at example.test") == true)
        #expect(verdict.remote.first?.steps.last?.questions == ["CAA www.example.test", "CAA example.test"])
        let again = authority.checkCAA(
            CAACheck(issuer, challengeType: .dns01, identifier: "www.example.test"))
        #expect(again.problem?.detail == verdict.problem?.detail)
        #expect(again.steps.count == 1)
        #expect(again.remote.map(\.perspective) == ["eu"])
    }

    @Test("The policy can decide for one perspective alone, and that is stronger than what it decides for all")
    func policy() {
        let policy = CairnValidationDecisions()
        let refusal = ACMEProblem(.connection, "timed out")
        policy.standard = .approve
        policy["www.example.test"] = .approve
        policy["*.example.test", from: "eu"] = .deny(refusal)
        let authority = authority(CairnDNSTable(), ["eu"], policy: policy)
        let verdict = authority.verdict(on: attempt(.http01))
        #expect(verdict?.problem?.type == .connection)
        #expect(verdict?.problem?.detail.hasPrefix("During secondary validation: timed out; seen from \"eu\"") == true)
        #expect(policy["*.example.test", from: "eu"] == .deny(refusal))
        #expect(policy["*.example.test"] == nil)
        #expect(policy.decision(for: "www.example.test", from: "asia") == .approve)
        policy["www.example.test", from: "eu"] = .approve
        #expect(authority.verdict(on: attempt(.http01))?.outcome == .valid)
        policy["www.example.test", from: "eu"] = nil
        #expect(policy.decision(for: "www.example.test", from: "eu") == .deny(refusal))
        policy.reset()
        #expect(policy.decision(for: "www.example.test", from: "eu") == .probe)
    }
}
