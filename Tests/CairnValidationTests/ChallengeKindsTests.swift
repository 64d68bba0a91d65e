import CairnDNS
import CairnModel
import Testing

@testable import CairnValidation

@Suite("The kinds of challenges", .timeLimit(.minutes(5)))
struct ChallengeKindsTests {
    @Test(
        "Each fits what its document lets it prove (RFC 8555 §7.1.3, RFC 8737 §3, RFC 8738 §7)",
        arguments: [
            (ACMEChallengeType.http01, [true, false, true]), (.dns01, [true, true, false]),
            (.tlsALPN01, [true, false, true]), (.tlsSNI02, [true, false, false]), (.oob01, [true, true, true]),
            (.dnsAccount01, [true, true, false]), (.dnsPersist01, [true, true, false]),
            (ACMEChallengeType(rawValue: "other-01"), [true, false, true]),
        ])
    func fits(type: ACMEChallengeType, expected: [Bool]) {
        let identifiers: [ACMEIdentifier] = ["www.example.test", "*.example.test", "127.0.0.1"]
        #expect(identifiers.map { ChallengeKinds.known[type].fits($0) } == expected)
    }

    @Test("Each has a name of its own, and only what a human decides or what stands there in advance has no token")
    func names() {
        let kinds = ChallengeKinds.known
        #expect(Set(kinds.types).count == kinds.all.count)
        for kind in kinds.all {
            #expect(kinds[kind.type].type == kind.type)
            #expect(kind.caaMethod == kind.type.rawValue)
            let terms = PersistTerms(
                CairnPersistPolicy(), identities: ["ca.test"], accountURL: "https://ca.test/1", thumbprints: [])
            let shown = kind.members(of: ShownChallenge(token: "t", page: "https://ca.test/page", persist: terms))
            let expected: CairnJSONObject =
                kind.hasToken
                ? ["token": "t"] : kind.isMetInAdvance ? terms.members : ["href": "https://ca.test/page"]
            #expect(shown == expected)
            #expect([kind.hasToken, kind.isDecidedByHand, kind.isMetInAdvance].count { $0 } == 1)
        }
    }

    @Test("A kind that is not known can be offered, and never be met; the problem lists those that are")
    func unknown() {
        let type = ACMEChallengeType(rawValue: "other-01")
        let verdict = ValidationAuthority(dns: CairnDNSTable(), prober: ScriptedProber()).verdict(on: attempt(type))
        #expect(verdict?.problem?.type == .malformed)
        for known in ChallengeKinds.known.types {
            #expect(verdict?.problem?.detail.contains(known.rawValue) == true)
        }
        #expect(verdict?.problem?.detail.hasSuffix(", got other-01") == true)
    }

    @Test("A machine that is told what it has not asked for says so")
    func unasked() {
        var machine = ChallengeKinds.validated[0].validation(of: attempt(.http01), from: nil, CairnProbeSettings())
        _ = machine.start()
        guard case .finished(let verdict) = machine.shook(.failure(.refused)) else {
            Issue.record("expected an end, got none")
            return
        }
        #expect(verdict.problem?.type == .serverInternal)
    }

    @Test("Settings that change hold for validations that begin afterwards")
    func settings() throws {
        let prober = PatientProber()
        let authority = ValidationAuthority(dns: CairnDNSTable(), prober: prober)
        let verdicts = Verdicts()
        authority.validate(attempt(.http01)) { verdicts.append($0) }
        authority.settings.httpPort = 81
        prober.answer(.redirect("/elsewhere"))
        prober.answer(.ok(Vector.keyAuthorization))
        #expect(verdicts.only?.steps.map(\.port) == [5002, 5002])
        authority.validate(attempt(.http01)) { verdicts.append($0) }
        prober.answer(.ok(Vector.keyAuthorization))
        #expect(verdicts.all.last?.steps.map(\.port) == [81])
    }
}
