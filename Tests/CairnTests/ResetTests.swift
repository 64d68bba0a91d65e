import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import HTTPTypes
import Synchronization
import Testing

@Suite("Going back to the start", .timeLimit(.minutes(5)))
struct ResetTests {
    private static let csr = Result {
        try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test").derEncoded
    }

    private static var configuration: TestCA.Configuration {
        .with {
            $0.seed = 42
            $0.clock = .standing(at: noon)
            $0.origin = "https://ca.example.test"
            // Unlike ECDSA, PKCS #1 v1.5 has one signature for a message.
            $0.authority.intermediateKey = .rsa2048
            $0.validation["www.example.test"] = .approve
            $0.policy.authorizationReuse = CairnAuthorizationReuse(.sometimes(0.5))
            $0.rules = [
                CairnRule(.badNonce.times(1), at: .newOrder, name: "first"),
                CairnRule(.problem(.serverInternal), at: .order, probability: 0.3, name: "chance"),
            ]
            $0.rulesets = ["saved": [CairnRule(.badNonce.times(1), at: .newAccount)]]
            $0.externalAccountKeys = [.init(identifier: "kid-1", macKey: [1, 2, 3], lifetime: .days(30))]
            $0.grants = [.init(.name("granted.example.test"), toExternalAccount: "kid-1")]
        }
    }

    /// Whatever a client does: requests of every kind, some of which are refused.
    private func requests(to ca: TestCA) throws -> [CairnRequest] {
        let csr = try Self.csr.get()
        let sent = Mutex<[CairnRequest]>([])
        for directory in ["/dir", "/with/saved/dir"] {
            let client = try ReferenceClient(directory: "https://ca.example.test" + directory) { request in
                sent.withLock { $0.append(request) }
                return ca.respond(to: request)
            }
            for _ in 0..<2 { try client.register() }
            _ = try? client.order(["www.example.test"])
            for _ in 0..<2 {
                let order = try client.order(["www.example.test"])
                for authorization in order.authorizations {
                    try client.respond(to: try client.challenge("http-01", of: authorization).url)
                }
                try client.finalize(order, csr: csr)
                for _ in 0..<3 { try client.post(order.url, nil) }
            }
        }
        return sent.withLock { $0 }
    }

    @Test("The same requests give the same journal, byte for byte, after a start and after every reset")
    func sameJournal() throws {
        let ca = try TestCA.inMemory(Self.configuration)
        let atStart = ca.journal.jsonLines()
        let requests = try requests(to: ca)
        let journal = ca.journal.jsonLines()
        #expect(ca.journal.certificates.count == 4)
        #expect(ca.journal.requests.contains { $0.problem?.type == .badNonce })
        for _ in 0..<2 {
            try disturb(ca)
            ca.reset()
            #expect(ca.journal.jsonLines() == atStart)
            for request in requests { _ = ca.respond(to: request) }
            #expect(ca.journal.jsonLines() == journal)
        }
        let other = try TestCA.inMemory(Self.configuration)
        for request in requests { _ = other.respond(to: request) }
        #expect(other.journal.jsonLines() == journal)
    }

    /// Changes whatever can be changed.
    private func disturb(_ ca: TestCA) throws {
        ca.rules.add(.problem(.rateLimited))
        try ca.rulesets.save([CairnRule(.problem(.malformed))], as: "saved")
        ca.rules.setState("elsewhere", of: "story")
        ca.dns["www.example.test"] = [.a("127.0.0.9")]
        ca.dns.setFailure(.serverFailure, for: "www.example.test")
        _ = ca.dns.queries
        ca.validation["www.example.test"] = .deny(ACMEProblem(.unauthorized, "not today"))
        ca.validation.standard = .approve
        ca.responder.onProbe { _ in .refused }
        ca.policy.maximumIdentifiers = 1
        ca.policy.lifetimes.order = .seconds(1)
        ca.probes.httpPort = 1
        _ = try ca.externalAccountKeys.issue()
        try ca.externalAccountKeys.revoke("kid-1")
        ca.clock.run(scale: 1_000_000)
        ca.clock.advance(by: .days(400))
    }

    @Test("What was at the start is there again, and nothing else")
    func everything() throws {
        let ca = try TestCA.inMemory(Self.configuration)
        let start = TestCA.State(of: ca)
        _ = try requests(to: ca)
        try disturb(ca)
        ca.reset()
        #expect(TestCA.State(of: ca) == start)
        #expect(ca.snapshot.orders.isEmpty && ca.snapshot.certificates.isEmpty && ca.accounts.isEmpty)
        #expect(ca.clock.scale == 0)
    }

    @Test("Servers, roots and those who follow the journal stay, and numbers begin anew")
    func whatStays() async throws {
        let ca = try await TestCA.start()
        let (address, roots, pem) = (ca.address, ca.trustRoots, ca.authority.roots.map(\.pem))
        var entries = ca.journal.makeAsyncIterator()
        try await onOwnThread { _ = try ca.client().register() }
        #expect(await entries.next()?.number == 0)
        ca.reset()
        #expect(ca.address == address && ca.trustRoots == roots && ca.authority.roots.map(\.pem) == pem)
        let client = Task { try await onOwnThread { _ = try ca.client().register() } }
        while let entry = await entries.next() { if entry.number == 0 { break } }
        #expect(ca.journal.requests.first?.number == 1)
        try await client.value
        await ca.shutdown()
    }

    @Test(
        "Who waits for an entry waits anew, as long as it was to be by the clock after the reset",
        arguments: [.days(400), .zero, .days(-400)] as [Duration])
    func waiting(_ before: Duration) async throws {
        let ca = try TestCA.inMemory(Self.configuration)
        ca.clock.advance(by: before)
        async let entry = ca.journal.first(where: { $0.request != nil }, within: .minutes(5))
        await eventually("somebody waits") { ca.journal.waits == 1 }
        ca.clock.advance(by: .minutes(4))
        ca.reset()
        ca.clock.advance(by: .minutes(5) - .seconds(1))
        #expect(ca.journal.waits == 1)
        ca.clock.advance(by: .seconds(1))
        #expect(await entry == nil)
        #expect(ca.clock.now == noon + .minutes(5))
    }

    @Test("What a rule held back is let go")
    func gate() throws {
        let ca = try TestCA.inMemory(Self.configuration)
        ca.rules.add(.hold, at: .directory, name: "gate")
        let request = try #require(CairnRequest("GET", ca.directoryURL))
        let held = try #require(ca.respond(to: request).held)
        #expect(ca.rules["gate"]?.fired == 1)
        ca.reset()
        #expect(held.proceed().head.status.code == 200)
    }
}

extension TestCA {
    /// What can be read of a CA.
    fileprivate struct State: Equatable {
        var rules: [String]
        var sets: [String: [CairnRule]]
        var story: String
        var names: [String]
        var queries: Int
        var decisions: [CairnValidationDecisions.Decision?]
        var settings: String
        var keys: [String]
        var grants: [Int]
        var now: CairnInstant

        init(of ca: TestCA) {
            rules = ca.rules.all.map { $0.json.text() }
            sets = ca.rulesets.all
            story = ca.rules.state(of: "story")
            names = ca.dns.names
            queries = ca.dns.queries.count
            decisions = [ca.validation.standard, ca.validation["www.example.test"]]
            settings = CairnJSON.object(TestCA.Configuration.settings.json(of: ca.currentConfiguration)).text()
            keys = ca.externalAccountKeys.map { "\($0.identifier) \($0.status(at: ca.clock.now))" }
            grants = ca.grants.map(\.number)
            now = ca.clock.now
        }
    }
}
