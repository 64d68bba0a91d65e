import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import Testing

@Suite("Values that no policy can have", .timeLimit(.minutes(5)))
struct ExtremePolicyTests {
    struct Extreme: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let set: @Sendable (inout TestCA.Configuration) -> Void

        init(_ name: String, _ set: @escaping @Sendable (inout TestCA.Configuration) -> Void) {
            (testDescription, self.set) = (name, set)
        }
    }

    private static let endless = Duration.seconds(Int64.max)
    private static let century = Duration.days(36_500)

    @Test(
        "They are refused at the start, and while the CA runs what was there stays, with a finding",
        arguments: [
            Extreme("lifetimes without end") {
                $0.policy.lifetimes.order = endless
                $0.policy.lifetimes.pendingAuthorization = endless
                $0.policy.lifetimes.validAuthorization = endless
            },
            Extreme("waits without end") {
                $0.policy.progress.issuance = .after(endless)
                $0.policy.validationRetries = [endless, endless]
                $0.policy.renewalInfo?.retryAfter = endless
                $0.policy.caa?.recheckAfter = endless
                $0.retryAfter = endless
                $0.retryAfterForm = .httpDate
            },
            Extreme("negative waits") {
                $0.policy.progress.validation = .after(Duration.zero - endless)
                $0.policy.validationRetries = [Duration.zero - endless]
                $0.policy.caa?.recheckAfter = Duration.zero - endless
                $0.retryAfter = Duration.zero - endless
            },
            Extreme("polls without end") {
                $0.policy.progress.validation = .afterPolls(.min)
                $0.policy.progress.issuance = .afterPolls(.max)
            },
            Extreme("no room") {
                $0.bounds.nonces = .min
                $0.bounds.journalEntries = .min
                $0.bounds.dnsQueries = .min
                $0.bounds.finishedOrders = .min
                $0.bounds.finishedAuthorizations = .min
            },
        ])
    func extremes(_ extreme: Extreme) throws {
        let plain = TestCA.Configuration.with { $0.clock = .standing(at: noon) }
        var wanted = plain
        extreme.set(&wanted)
        #expect(throws: TestCA.StartError.self) { try TestCA.inMemory(wanted) }
        let ca = try TestCA.inMemory(plain)
        ca.policy = wanted.policy
        #expect(ca.journal.findings.isEmpty)
        for refused in ca.journal.refusedSettings {
            #expect(refused.path.hasPrefix("policy.") && refused.reason.hasPrefix("expected "))
        }
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0]).url
        #expect(try client.respond(to: challenge).status == 200)
        #expect(try client.read(challenge).status == 200)
        ca.clock.advance(by: .seconds(1))
        ca.validation.standard = .approve
        let proven = try client.order(["proven.example.test"])
        try client.respond(to: try client.challenge("http-01", of: proven.authorizations[0]).url)
        let authorization = try client.poll(proven.authorizations[0], until: ["valid"])
        #expect(try client.poll(proven.url, until: ["ready"]).status == 200)
        let expires = try [proven.response, authorization].map { response in
            try #require((response.json["expires"] as? String).flatMap { CairnInstant(rfc3339: $0) })
        }
        #expect(expires.allSatisfy { $0 <= ca.clock.now + Self.century })
        let request = try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: "DNS:proven.example.test")
        let finalized = try client.finalize(proven, csr: request.derEncoded)
        #expect(["processing", "valid"].contains(finalized.state))
    }

    @Test("Of a policy that is right but for one value, the others are taken")
    func others() throws {
        let ca = try TestCA.inMemory()
        var policy = ca.policy
        policy.maximumIdentifiers = 7
        policy.authorizationReuse = .sometimes(7)
        ca.policy = policy
        #expect(ca.policy.maximumIdentifiers == 7)
        #expect(ca.policy.authorizationReuse == .never)
        #expect(ca.journal.refusedSettings.count == 1)
        #expect(ca.journal.refusedSettings.map(\.path) == ["policy.authorizationReuse.standard"])
        ca.policy.maximumIdentifiers = 8
        #expect(ca.journal.refusedSettings.count == 1)
    }

    @Test("What is remembered can be without bounds")
    func endlessBounds() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.bounds.nonces = .max
                $0.bounds.journalEntries = .max
                $0.bounds.dnsQueries = .max
                $0.bounds.finishedOrders = .max
                $0.bounds.finishedAuthorizations = .max
            })
        ca.validation.standard = .approve
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        #expect(try client.poll(order.url, until: ["ready"]).status == 200)
    }

    @Test("At both ends of time a client can order, and time can be moved on", arguments: [false, true])
    func endsOfTime(isLast: Bool) throws {
        let end = CairnInstant(secondsSinceEpoch: isLast ? 253_402_300_799 : -62_167_219_200)
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: end) })
        ca.validation.standard = .approve
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        #expect(order.response.status == 201)
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        #expect(try client.poll(order.url, until: ["ready"]).status == 200)
        let request = try OpenSSLRequest(key: OpenSSLKey(.curve("P-256")), names: "DNS:www.example.test")
        _ = try? client.finalize(order, csr: request.derEncoded)
        for step in [Duration.seconds(Int64.max), Duration(attoseconds: .max), .zero - .seconds(Int64.max)] {
            ca.clock.advance(by: step)
            #expect(try client.order(["other.example.test"]).response.status == 201)
        }
        ca.clock.set(to: CairnInstant(sinceEpoch: Duration(attoseconds: .min)))
        #expect(try client.order(["third.example.test"]).response.status == 201)
    }

    @Test("A clock outside of the years that timestamps have is refused (RFC 3339 §1)")
    func outsideOfTime() {
        for seconds in [Int64.min, -62_167_219_201, 253_402_300_800, .max] {
            let error = #expect(throws: TestCA.StartError.self) {
                try TestCA.inMemory(.with { $0.clock = .standing(at: CairnInstant(secondsSinceEpoch: seconds)) })
            }
            #expect(error?.description.hasPrefix("clock: expected \"running\", or an instant") == true)
        }
    }
}
