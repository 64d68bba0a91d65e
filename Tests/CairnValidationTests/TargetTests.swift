import CairnDNS
import CairnModel
import Testing

@testable import CairnValidation

private let publicOnly = CairnProbeSettings(addresses: .publicOnly)

@Suite("Where probes may go", .timeLimit(.minutes(5)))
struct TargetTests {
    private func authority(
        _ dns: CairnDNSTable, _ prober: ScriptedProber, _ configuration: CairnProbeSettings = publicOnly
    ) -> ValidationAuthority {
        ValidationAuthority(dns: dns, prober: prober, settings: configuration)
    }

    @Test("A host that is not on the public Internet is refused if so wanted (RFC 8555 §10.4)")
    func refused() throws {
        let dns = CairnDNSTable()
        dns["www.example.test"] = [.a("10.0.0.1"), .a("127.0.0.1"), .aaaa("fe80::1")]
        let prober = ScriptedProber()
        for type in [ACMEChallengeType.http01, .tlsALPN01] {
            let verdict = try #require(authority(dns, prober).verdict(on: attempt(type)))
            let problem = try #require(verdict.problem)
            #expect(problem.type == .dns)
            #expect(
                problem.detail == "www.example.test is not public: expected an address on the public Internet, got "
                    + "fe80::1, 10.0.0.1, 127.0.0.1 (RFC 8555 §10.4, RFC 6890)")
            #expect(verdict.steps.first?.addressesResolved.count == 3)
        }
        #expect(authority(dns, prober).verdict(on: attempt(.http01, "127.0.0.1"))?.problem?.type == .dns)
        #expect(prober.httpProbes.isEmpty)
        #expect(prober.tlsProbes.isEmpty)
    }

    @Test("Addresses that are not public are passed over for one that is")
    func passedOver() {
        let dns = CairnDNSTable()
        dns["www.example.test"] = [.aaaa("::1"), .a("192.168.0.1"), .a("93.184.216.34"), .aaaa("2606:4700::1")]
        let prober = ScriptedProber { _ in .ok(Vector.keyAuthorization) }
        #expect(authority(dns, prober).verdict(on: attempt(.http01))?.outcome == .valid)
        #expect(prober.httpProbes.map(\.address) == ["2606:4700::1"])
    }

    @Test(
        "A redirect leads to no other place than the first request may (RFC 8555 §10.4)",
        arguments: ["http://inside.test/", "http://127.0.0.1/", "https://[::1]/"])
    func redirected(location: String) throws {
        let dns = CairnDNSTable()
        dns["www.example.test"] = [.a("93.184.216.34")]
        let prober = ScriptedProber { _ in .redirect(location) }
        let problem = try #require(authority(dns, prober).verdict(on: attempt(.http01))?.problem)
        #expect(problem.detail.contains("is not public"))
        #expect(prober.httpProbes.count == 1)
    }

    @Test("Redirects lead to any port, or to those that are wanted")
    func ports() throws {
        func validate(_ location: String, _ ports: Set<Int>?) -> ACMEProblem? {
            let prober = ScriptedProber { probe in
                probe.path == "/x" ? .ok(Vector.keyAuthorization) : .redirect(location)
            }
            return authority(CairnDNSTable(), prober, CairnProbeSettings(redirectPorts: ports))
                .verdict(on: attempt(.http01))?.problem
        }
        for location in ["http://a.test/x", "https://a.test:443/x", "https://a.test:80/x", "/x"] {
            #expect(validate(location, [80, 443]) == nil, "\(location)")
        }
        #expect(validate("http://a.test:8080/x", nil) == nil)
        let problem = try #require(validate("http://a.test:8080/x", [443, 80]))
        #expect(problem.type == .incorrectResponse)
        #expect(problem.detail.contains("expected a port among 80, 443, got 8080"))
        #expect(validate("https://a.test/x", [80])?.detail.contains("got 443") == true)
    }
}
