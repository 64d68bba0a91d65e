import Cairn
import CairnOpenSSLJudge
import Synchronization
import Testing

@Suite("Client bugs: challenges and DNS", .timeLimit(.minutes(5)))
struct ValidationTests {
    @Test("18: Whoever looks up his own record follows aliases (RFC 8555 §8.4)")
    func row18() async throws {
        try await Trial(bug: .looksForRecordsWithoutAliases, words: "is not to be seen") { _ in
        } arrange: {
            $0.dns["_acme-challenge.www.example.test"] = [.cname("challenges.example.test")]
        }.runOverTheWire { client, _ in
            client.looksUpRecords = true
            _ = try client.obtain("www.example.test", by: "dns-01")
        }
    }

    @Test("27: A name and its wildcard have their records at the same place (RFC 8555 §8.4)")
    func row27() throws {
        try Trial(bug: .replacesRecords, words: "not authorized").run { client, _ in
            _ = try client.obtain("example.test", "*.example.test", by: "dns-01")
        }
    }

    @Test("35: An address in the DNS at which nobody serves the challenge is found there (RFC 8555 §8.3)")
    func row35() throws {
        try Trial(bug: .publishesADeadAddress, words: "not authorized, unauthorized").run { client, ca in
            ca.dns["www.example.test"] = [.a("127.0.0.1"), .aaaa("::1")]
            // What nobody listens at is passed over for the next address; what answers is the answer.
            let isServedByOthers = client.has(.publishesADeadAddress)
            ca.responder.onProbe { probe in
                probe.address.isV6 ? isServedByOthers ? .response(status: 404) : .refused : nil
            }
            _ = try client.obtain("www.example.test")
        }
    }

    @Test("40: The certificate for tls-alpn-01 has the digest in it (RFC 8737 §3)")
    func row40() throws {
        try Trial(bug: .showsTheUsualCertificate, words: "acmeIdentifier").run { client, _ in
            client.usualCertificate = try client.obtain("www.example.test").chain[0]
            _ = try client.obtain("www.example.test", by: "tls-alpn-01")
        }
    }

    @Test("52: Records have to be seen from everywhere (RFC 8555 §10.2)")
    func row52() throws {
        try Trial(bug: .looksAtOneServer, words: "During secondary validation") {
            $0.probes.perspectives = ["eu", "asia", "us"]
        }.run { client, ca in
            let (name, views) = ("_acme-challenge.www.example.test", ["eu", "asia"].map(ca.dns.view))
            for view in views { view[name] = [.txt("of last year")] }
            client.resolvers = views
            client.whileWaiting = { for view in views { view[name] = nil } }
            _ = try client.obtain("www.example.test", by: "dns-01")
        }
    }

    @Test("57: The CA follows redirects to TLS and does not mind its certificate (RFC 8555 §8.3)")
    func row57() throws {
        try Trial(bug: .checksItsOwnRedirects, words: "nobody vouches").run { client, ca in
            client.leadsToItselfOverTLS = true
            _ = try client.obtain("www.example.test")
            let hops = ca.journal.probes.flatMap(\.steps).compactMap(\.url).map { $0.prefix { $0 != ":" } }
            try require(hops == ["http", "https"], "went by \(hops)")
        }
    }

    @Test("59: A token stays where it is until there is a verdict (RFC 8555 §8.3)")
    func row59() throws {
        try Trial(bug: .removesTokensEarly, words: "not authorized") {
            $0.policy.validationRetries = [.seconds(5)]
        }.run { client, ca in
            let probes = Mutex(0)
            ca.responder.onProbe { _ in
                probes.withLock { count in
                    count += 1
                    return count == 1 ? .closed : nil
                }
            }
            _ = try client.obtain("www.example.test")
            try require(ca.journal.probes.count == 2, "\(ca.journal.probes.count) probes")
        }
    }

    @Test("62: What CAA records forbid is a refusal, and people are told (RFC 8659 §4)")
    func row62() throws {
        try Trial(bug: .showsRefusalsAsSuccess, words: "said success").run { client, ca in
            ca.dns["www.example.test"] = [.a("127.0.0.1"), .caa(tag: "issue", value: "other.test")]
            client.run("www.example.test")
            try require(client.report != ["success"], "said success, and there are \(ca.journal.certificates.count)")
            try require(client.report.first?.contains("caa") ?? false, "said \(client.report)")
        }
    }
}
