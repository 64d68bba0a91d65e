import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

/// Both sides of limits: what is just allowed, and what is just too much.
@Suite("Limits", .timeLimit(.minutes(5)))
struct LimitTests {
    @Test("An order may have as many identifiers as the policy says, each counted once (§7.4)", arguments: [1, 3, 100])
    func identifiers(_ maximum: Int) throws {
        let server = try TestServer()
        server.engine.policy.maximumIdentifiers = maximum
        let client = try server.registered()
        let names = (0...maximum).map { ("dns", "n\($0).example.test") }
        #expect(try client.newOrder(Array(names.prefix(maximum)) + [names[0]]).status == 201)
        expectRefusal(
            try client.newOrder(names), 400, "malformed", "at most \(maximum) identifiers, got \(maximum + 1) or more")
    }

    @Test("An account may have as many contacts as the policy says (§7.3)", arguments: [0, 1, 10])
    func contacts(_ maximum: Int) throws {
        let server = try TestServer()
        server.engine.policy.maximumContacts = maximum
        let client = try server.registered()
        let contacts = (0...maximum).map { "mailto:a\($0)@example.test" }
        let account = try #require(client.kid)
        #expect(try client.post(account, ["contact": Array(contacts.prefix(maximum))]).status == 200)
        expectRefusal(try client.post(account, ["contact": contacts]), 400, "invalidContact", "at most \(maximum)")
    }

    @Test("A grant ends in a hundred years at the latest, and a second from now at the earliest (§7.4.1)")
    func grants() throws {
        let server = try TestServer()
        let client = try server.registered()
        let id = try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
        func grant(for duration: Duration) throws {
            _ = try server.engine.grant(.name("a.test"), to: id, until: server.now + duration, at: server.now)
        }
        try grant(for: .century)
        try grant(for: .seconds(1))
        #expect(throws: Objection.self) { try grant(for: .century + .seconds(1)) }
        #expect(throws: Objection.self) { try grant(for: .milliseconds(999)) }
    }

    @Test(
        "A limit allows its count at once, refuses one more, and one again after its interval (§6.6)",
        arguments: [1, 2, 5])
    func rates(_ count: Int) throws {
        let server = try TestServer()
        server.engine.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(count, per: .minutes(10))
        let client = try server.registered()
        for number in 0..<count { #expect(try client.newOrder([("dns", "n\(number).test")]).status == 201) }
        let interval = 600 / count
        #expect(try client.newOrder([("dns", "x.test")])["Retry-After"] == "\(interval)")
        server.advance(by: .seconds(interval - 1))
        #expect(try client.newOrder([("dns", "x.test")])["Retry-After"] == "1")
        server.advance(by: .seconds(1))
        #expect(try client.newOrder([("dns", "x.test")]).status == 201)
        #expect(try client.newOrder([("dns", "y.test")]).status == 429)
        // Left alone for the period, it is full, and no fuller.
        server.advance(by: .minutes(100))
        for number in 0..<count { #expect(try client.newOrder([("dns", "z\(number).test")]).status == 201) }
        #expect(try client.newOrder([("dns", "y.test")]).status == 429)
    }
}
