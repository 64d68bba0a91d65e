import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Testing

@Suite("The rate limits of a CA", .timeLimit(.minutes(5)))
struct RateLimitTests {
    @Test("Limits are set while the CA runs, and its clock lifts them (RFC 8555 §6.6)")
    func limits() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        let client = try ca.client()
        try client.register()
        ca.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(1, per: .hours(3))
        _ = try client.order(["a.example.test"])
        #expect(throws: ReferenceClient.Violation.self) { try client.order(["b.example.test"]) }
        let refused = try #require(ca.journal.requests.last)
        #expect(refused.problem?.type == .rateLimited)
        ca.clock.advance(by: .hours(3))
        _ = try client.order(["b.example.test"])
    }

    @Test("Retry-After has the form that the configuration asks for (RFC 9110 §10.2.3)")
    func retryAfter() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.retryAfterForm = .httpDate
                $0.policy.rateLimits.newAccountsPerAddress = CairnRateLimit(1, per: .hours(3))
            })
        let dates = try (0..<2).map { _ in try ca.client().register()["Retry-After"] }
        #expect(dates == [nil, "Tue, 03 Jun 2031 15:00:00 GMT"])
        let either = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.retryAfterForm = .either
                $0.policy.rateLimits.newAccountsPerAddress = CairnRateLimit(0, per: .hours(3))
                $0.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(1, per: .hours(3))
                $0.policy.rateLimits.override(.newAccountsPerAddress, for: .address("127.0.0.1"), with: .unlimited)
            })
        let client = try either.client()
        try client.register()
        _ = try client.order(["a.example.test"])
        let forms = try (0..<40).map { _ in
            try client.post(
                try client.endpoint("newOrder"), ["identifiers": [["type": "dns", "value": "b.example.test"]]]
            )["Retry-After"]
        }
        #expect(Set(forms) == ["10800", "Tue, 03 Jun 2031 15:00:00 GMT"])
    }

    @Test("The journal tells where clients are, and new accounts are limited by it (RFC 8555 §6.6)")
    func addresses() async throws {
        try await withTestCA(.with { $0.policy.rateLimits.newAccountsPerAddress = CairnRateLimit(1, per: .days(1)) }) {
            ca in
            let statuses = try await onOwnThread {
                [try ca.client().register().status, try ca.client().register().status]
            }
            #expect(statuses == [201, 429])
            #expect(ca.journal.requests.map(\.source) == ca.journal.requests.map { _ in .loopbackV4 })
            let client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
            #expect(try client.register().status == 429)
            #expect(ca.journal.requests.last?.source == nil)
        }
    }

    @Test("Names are paused and unpaused for an account that its URL names")
    func pauses() throws {
        let ca = try TestCA.inMemory()
        let client = try ca.client()
        try client.register()
        let account = CairnObjectID(url: try #require(client.kid))
        try ca.pauses.pause(["a.example.test", "b.example.test"], for: account)
        #expect(try ca.pauses.identifiers(of: account) == ["a.example.test", "b.example.test"])
        #expect(throws: ReferenceClient.Violation.self) { try client.order(["a.example.test"]) }
        try ca.pauses.unpause(["a.example.test"], for: account)
        _ = try client.order(["a.example.test"])
        #expect(try ca.pauses.identifiers(of: account) == ["b.example.test"])
        try ca.pauses.unpause(for: account)
        _ = try client.order(["b.example.test"])
    }

    @Test("Names are paused for an external account before there is an account, from the start and later")
    func pausesOfExternalAccounts() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.externalAccountKeys = [.init(identifier: "kid-1", macKey: [1, 2, 3])]
                $0.pauses = [.init(["*.a.example.test"], forExternalAccount: "kid-1")]
                $0.bounds.pausedIdentifiers = 2
            })
        try ca.pauses.pause(["b.example.test"], forExternalAccount: "kid-1")
        let error = #expect(throws: TestCA.ObjectError.self) {
            try ca.pauses.pause(["c.example.test"], forExternalAccount: "kid-2")
        }
        #expect(error?.reason == .limit)
        let (client, second) = (try ca.client(), try ca.client())
        for client in [client, second] { try client.register(boundTo: ExternalAccount("kid-1", [1, 2, 3])) }
        let accounts = ca.accounts.map(\.id)
        #expect(try ca.pauses.identifiers(of: accounts[0]) == ["a.example.test", "b.example.test"])
        #expect(try ca.pauses.identifiers(of: accounts[1]).isEmpty)
        #expect(throws: ReferenceClient.Violation.self) { try client.order(["a.example.test"]) }
        _ = try second.order(["a.example.test"])
        // Now that there is an account, it is paused at once.
        try ca.pauses.unpause(for: accounts[0])
        try ca.pauses.pause(["d.example.test"], forExternalAccount: "kid-1")
        #expect(try ca.pauses.identifiers(of: accounts[0]) == ["d.example.test"])
        // What the configuration pauses is paused again after a reset.
        ca.reset()
        let third = try ca.client()
        try third.register(boundTo: ExternalAccount("kid-1", [1, 2, 3]))
        #expect(try ca.pauses.identifiers(of: ca.accounts[0].id) == ["a.example.test"])
    }

    @Test("A renewal is suggested for a certificate of the journal (RFC 9773 §4.2)")
    func renewals() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        ca.validation.standard = .approve
        let client = try ca.client()
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        let issued = try #require(ca.journal.certificates.first)
        try ca.suggestRenewal(ACMERenewalInfo(start: noon, end: noon + .hours(1)), of: issued.serialNumber)
        let info = try client.send("GET", try client.endpoint("renewalInfo") + "/" + issued.certID)
        #expect(
            info.json["suggestedWindow"] as? [String: String]
                == ["start": "2031-06-03T12:00:00Z", "end": "2031-06-03T13:00:00Z"])
        let other = try TestCA.inMemory()
        #expect(throws: TestCA.ObjectError.self) { try other.suggestRenewal(nil, of: issued.serialNumber) }
    }
}
