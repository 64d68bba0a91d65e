import CairnDNS
import CairnModel
import Synchronization
import Testing

@testable import CairnValidation

@Suite("Validation with a resolver outside", .timeLimit(.minutes(5)))
struct ResolverTests {
    /// A resolver of a few records, and whatever else a validation needs.
    private final class Outside: Prober {
        let table = CairnDNSTable()
        let prober = ScriptedProber(fetch: { _ in .ok(Vector.keyAuthorization) })
        private let seen = Mutex<[DNSProbe]>([])

        init() { table.defaultIPv4 = nil }

        var asked: [String] { seen.withLock { $0.map { "\($0.type) \($0.name)" } } }
        var probes: [DNSProbe] { seen.withLock { $0 } }

        func fetch(_ probe: HTTPProbe, completion: @escaping @Sendable (HTTPProbe.Outcome) -> Void) {
            prober.fetch(probe, completion: completion)
        }

        func handshake(_ probe: TLSProbe, completion: @escaping @Sendable (TLSProbe.Outcome) -> Void) {
            prober.handshake(probe, completion: completion)
        }

        func lookUp(_ probe: DNSProbe, completion: @escaping @Sendable (DNSAnswer) -> Void) {
            seen.withLock { $0.append(probe) }
            completion(table.lookup("\(probe.name)", probe.type))
        }
    }

    private let outside = Outside()
    /// The fake DNS, which says something else about everything.
    private let own = CairnDNSTable()

    private var authority: ValidationAuthority {
        ValidationAuthority(
            dns: own, prober: outside,
            settings: CairnProbeSettings(timeout: .seconds(7), resolver: .server("192.0.2.53", port: 5353)))
    }

    @Test("TXT records are those of the resolver, and the fake DNS is not looked at (RFC 8555 §8.4)")
    func txt() throws {
        own["_acme-challenge.www.example.test"] = [.txt("something else")]
        outside.table["_acme-challenge.www.example.test"] = [.txt(Vector.txtValue)]
        let authority = authority
        #expect(authority.verdict(on: attempt(.dns01))?.problem == nil)
        #expect(own.queries.isEmpty)
        #expect(outside.asked == ["TXT _acme-challenge.www.example.test"])
        let probe = try #require(outside.probes.first)
        #expect(probe.resolver == .server("192.0.2.53", port: 5353) && probe.timeout == .seconds(7))
    }

    @Test("Addresses are asked for as AAAA and then as A, and connected to (RFC 8555 §8.3)")
    func addresses() {
        outside.table["www.example.test"] = [.a("192.0.2.1"), .aaaa("2001:db8::1")]
        #expect(authority.verdict(on: attempt(.http01))?.problem == nil)
        #expect(outside.asked == ["AAAA www.example.test", "A www.example.test"])
        #expect(outside.prober.httpProbes.map(\.address) == ["2001:db8::1"])
    }

    @Test("An address stands for itself, and nobody is asked (RFC 8738 §4)")
    func address() {
        #expect(authority.verdict(on: attempt(.http01, "192.0.2.7"))?.problem == nil)
        #expect(outside.asked.isEmpty)
        #expect(outside.prober.httpProbes.map(\.address) == ["192.0.2.7"])
    }

    @Test("A name that the resolver does not know is a problem of the type dns (RFC 8555 §6.7)")
    func unknown() {
        for type in [ACMEChallengeType.http01, .dns01, .tlsALPN01] {
            let problem = authority.verdict(on: attempt(type))?.problem
            #expect(problem?.type == .dns)
            #expect(problem?.detail.contains("NXDOMAIN") == true)
        }
    }

    @Test("CAA records are the resolver's, and are not looked at again before a certificate is issued (RFC 8659 §3)")
    func caa() {
        outside.table["_acme-challenge.www.example.test"] = [.txt(Vector.txtValue)]
        outside.table["example.test"] = [.caa(tag: "issue", value: "other.test")]
        var attempt = attempt(.dns01)
        attempt.caaIdentities = ["cairn.test"]
        let authority = authority
        #expect(authority.verdict(on: attempt)?.problem?.type == .caa)
        #expect(outside.asked.suffix(2) == ["CAA www.example.test", "CAA example.test"])
        let check = CAACheck(
            CAAIssuer(identities: ["cairn.test"], accountURL: ""), challengeType: .dns01, identifier: "www.example.test"
        )
        #expect(authority.checkCAA(check).problem == nil)
    }

    @Test("Nobody is asked ahead of the client: whoever makes an order does not wait for a resolver")
    func ahead() {
        outside.table["_acme-challenge.www.example.test"] = [.txt(Vector.txtValue)]
        #expect(authority.lookAhead(attempt(.dns01)) == nil)
        #expect(outside.asked.isEmpty)
    }

    @Test("Where nothing leads out, the problem names the resolver")
    func nowhere() {
        let authority = ValidationAuthority(
            dns: own, prober: ScriptedProber(), settings: CairnProbeSettings(resolver: .system))
        let problem = authority.verdict(on: attempt(.dns01))?.problem
        #expect(problem?.detail.contains("there is no way from here to the resolver system") == true)
    }

    @Test(
        "A resolver is read as it is written",
        arguments: ["system", "127.0.0.1:8053", "[::1]:53", "ns.example.test:5353", "challtestsrv:8053"])
    func text(_ text: String) {
        #expect(CairnResolver(text).map { "\($0)" } == text)
    }

    @Test(
        "What names no server and port is no resolver",
        arguments: ["", "127.0.0.1", "::1:53", "a:0", "a:", "-a:1", "a:b"])
    func noResolver(_ text: String) {
        #expect(CairnResolver(text) == nil)
    }
}
