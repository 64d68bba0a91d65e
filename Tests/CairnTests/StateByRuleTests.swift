import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Foundation
import Testing

/// Every change of what a CA holds that a rule can make, over TLS and from outside.
@Suite("What a CA holds, changed by rules", .timeLimit(.minutes(5)))
struct StateByRuleTests {
    /// Runs a story with a client that has an account.
    private func story(_ tell: @escaping @Sendable (TestCA, ReferenceClient) throws -> Void) async throws {
        try await withTestCA { ca in
            ca.validation.standard = .approve
            try await onOwnThread {
                let client = try ca.client()
                try client.register()
                try tell(ca, client)
            }
        }
    }

    /// An order that was issued, by its URL, and the end of the URL of its renewal information.
    private static func issue(_ ca: TestCA, _ client: ReferenceClient) throws -> (order: String, renewal: String) {
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        let (order, certificate) = (try #require(ca.orders.last), try #require(ca.certificates.last))
        return (
            try client.endpoint("newOrder").replacingOccurrences(of: "new-order", with: "order/\(order.id)"),
            try client.endpoint("renewalInfo") + "/" + certificate.certificate.certID
        )
    }

    @Test("An order, an authorization, a challenge, an account get a status (RFC 8555 §7.1.6)")
    func forced() async throws {
        try await story { ca, client in
            let order = try client.order(["www.example.test"])
            ca.rules.add(.force(.ready, of: .order).times(1), at: .order)
            ca.rules.add(.force(.processing, of: .order).times(1), at: .order, after: 1)
            #expect(try client.read(order.url).state == "ready")
            #expect(try client.read(order.authorizations[0]).state == "valid")
            #expect(try client.read(order.url).state == "processing")

            let other = try client.order(["b.example.test"])
            ca.rules.add(.force(.revoked, of: .authorization).times(1), at: .authorization)
            #expect(try client.read(other.authorizations[0]).state == "revoked")

            let third = try client.order(["c.example.test"])
            let challenge = try client.challenge("http-01", of: third.authorizations[0])
            ca.rules.add(.force(.invalid, of: .challenge).times(1), at: .challenge)
            #expect(try client.respond(to: challenge.url).problem == "malformed")
            #expect(try client.read(third.authorizations[0]).state == "invalid")

            ca.rules.add(.force(.revoked, of: .account, .after).times(1), at: .order)
            #expect(try client.read(third.url).status == 200)
            #expect(try client.read(third.url).status == 401)
        }
    }

    @Test("A status that nothing leads to is no change, and the rule says that it came near (RFC 8555 §7.1.6)")
    func impossible() async throws {
        try await story { ca, client in
            let (order, _) = try Self.issue(ca, client)
            let rule = ca.rules.add(.force(.invalid, of: .order), at: .order, isOptional: true)
            #expect(try client.read(order).state == "valid")
            #expect(rule.record?.fired == 0)
            #expect(rule.record?.nearMiss?.why == "do: there was nothing to change")
        }
    }

    @Test("An order, an authorization, a certificate, all of an account is gone (RFC 8555 §7.1.3)")
    func purged() async throws {
        try await story { ca, client in
            let (order, _) = try Self.issue(ca, client)
            let certificate = try #require(try client.read(order).json["certificate"] as? String)
            ca.rules.add(.purge(.certificate).times(1), at: .certificate)
            #expect(try client.read(certificate).status == 404)
            ca.rules.add(.purge(.order).times(1), at: .order)
            #expect(try client.read(order).status == 404)

            let next = try client.order(["b.example.test"])
            ca.rules.add(.purge(.authorization).times(1), at: .authorization)
            #expect(try client.read(next.authorizations[0]).status == 404)

            ca.rules.add(.purge(.allOfAccount, .after).times(1), at: .newOrder)
            let last = try client.order(["c.example.test"])
            #expect(try client.read(last.url).status == 404)
            #expect(ca.orders.isEmpty && ca.accounts.count == 1)
        }
    }

    @Test("An order, an authorization, all of an account expires, and nonces are no good any more (RFC 8555 §7.1.6)")
    func expired() async throws {
        try await story { ca, client in
            let orders = try ["a.example.test", "b.example.test", "c.example.test"].map { try client.order([$0]) }
            ca.rules.add(.expire(.order).times(1), at: .order)
            #expect(try client.read(orders[0].url).state == "invalid")
            ca.rules.add(.expire(.authorization).times(1), at: .authorization)
            #expect(try client.read(orders[1].authorizations[0]).state == "expired")
            ca.rules.add(.expire(.allOfAccount).times(1), at: .order)
            #expect(try client.read(orders[2].url).state == "invalid")
            ca.rules.add(.expire(.nonces, .after).times(1), at: .order)
            try client.read(orders[2].url)
            // What came with that answer is good, what came before it is not.
            #expect(ca.journal.requests.last?.rules.map(\.action) == ["expire"])
            let stale = try client.nonce()
            ca.rules.add(.expire(.nonces, .after).times(1), at: .newNonce)
            try client.send("HEAD", try client.endpoint("newNonce"))
            #expect(try client.post(orders[2].url, nil) { $0.header["nonce"] = stale }.problem == "badNonce")
        }
    }

    @Test("An account is forgotten, so that it does not exist (RFC 8555 §6.2); so are nonces (§6.5)")
    func forgotten() async throws {
        try await story { ca, client in
            ca.rules.add(.forget(.account, .after).times(1), at: .newOrder)
            let order = try client.order(["www.example.test"])
            #expect(try client.read(order.url).problem == "accountDoesNotExist")
            #expect(try client.register().status == 201)
            ca.rules.add(.forget(.nonces, .after).times(1), at: .newNonce)
            let stale = try client.nonce()
            try client.send("HEAD", try client.endpoint("newNonce"))
            #expect(try client.post(client.kid ?? "", nil) { $0.header["nonce"] = stale }.problem == "badNonce")
        }
    }

    @Test("An authorization, an account is deactivated (RFC 8555 §7.5.2, §7.3.6)")
    func deactivated() async throws {
        try await story { ca, client in
            let order = try client.order(["www.example.test"])
            ca.rules.add(.deactivate(.authorization).times(1), at: .authorization)
            #expect(try client.read(order.authorizations[0]).state == "deactivated")
            ca.rules.add(.deactivate(.account, .after).times(1), at: .order)
            try client.read(order.url)
            #expect(try client.read(order.url).status == 401)
        }
    }

    @Test("A certificate is revoked while it is downloaded (RFC 8555 §7.6)")
    func revoked() async throws {
        try await story { ca, client in
            ca.rules.add(.revokeCertificate(reason: 9, .after).times(1), at: .certificate)
            _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
            let record = try #require(ca.certificates.last)
            #expect(record.status == .revoked && record.revocation?.reason == .privilegeWithdrawn)
            let again = try client.post(
                try client.endpoint("revokeCert"), ["certificate": base64URL(record.derEncoded)])
            #expect(again.problem == "alreadyRevoked")
        }
    }

    @Test("The window for a renewal moves, and an incident makes it past and says why (RFC 9773 §4.2)")
    func renewed() async throws {
        try await story { ca, client in
            let (_, renewal) = try Self.issue(ca, client)
            func window() throws -> (start: CairnInstant, end: CairnInstant, page: String?) {
                let info = try client.send("GET", renewal).json
                let window = info["suggestedWindow"] as? [String: Any] ?? [:]
                let instants = try ["start", "end"].map {
                    try #require(CairnInstant(rfc3339: window[$0] as? String ?? ""))
                }
                return (instants[0], instants[1], info["explanationURL"] as? String)
            }
            ca.rules.add(.renewalWindow(from: .days(1), to: .days(2)).times(1), at: .renewalInfo)
            let moved = try window()
            #expect(moved.start > ca.clock.now + .hours(20) && moved.end - moved.start == .days(1))
            // One poll as ever, two moved, and as ever again.
            try ca.suggestRenewal(nil, of: try #require(ca.certificates.first).id)
            let usual = try window()
            ca.rules.add(.renewalWindow(from: .days(-1), to: .hours(-1)).times(2), at: .renewalInfo, after: 1)
            #expect(try window() == usual)
            #expect(try (0..<2).allSatisfy { _ in try window().end < ca.clock.now })
            try ca.suggestRenewal(nil, of: try #require(ca.certificates.first).id)
            #expect(try window() == usual)
            ca.rules.add(.incident(explanationURL: "https://ca.example.test/why").times(1), at: .renewalInfo)
            let incident = try window()
            #expect(incident.end < ca.clock.now && incident.page == "https://ca.example.test/why")
        }
    }

    @Test("The terms change, and the account has to agree anew (RFC 8555 §7.3.3)")
    func terms() async throws {
        try await story { ca, client in
            ca.rules.add(.changeTerms(to: "2").times(1), at: .newOrder)
            let identifiers = ["identifiers": [["type": "dns", "value": "www.example.test"]]]
            #expect(try client.post(try client.endpoint("newOrder"), identifiers).problem == "userActionRequired")
            try ca.accounts.agreeToTerms(CairnObjectID(url: client.kid ?? ""))
            #expect(try client.post(try client.endpoint("newOrder"), identifiers).status == 201)
        }
    }
}
