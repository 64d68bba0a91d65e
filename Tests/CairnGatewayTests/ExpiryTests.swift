import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

/// Time moves, and what was due has happened; nothing else changes anything.
@Suite("Expiry", .timeLimit(.minutes(5)))
struct ExpiryTests {
    private func policy(order: Duration = .days(7), pending: Duration = .days(7), valid: Duration = .days(30))
        -> CairnPolicy
    {
        var policy = CairnPolicy()
        policy.lifetimes.order = order
        policy.lifetimes.pendingAuthorization = pending
        policy.lifetimes.validAuthorization = valid
        return policy
    }

    @Test("A pending authorization expires at the second that it names, and its order is invalid (§7.1.4, §7.1.6)")
    func pendingAuthorization() throws {
        let server = try TestServer(policy: policy(order: .days(7), pending: .hours(1)))
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        #expect(try client.read(order.authorizations[0]).json["expires"] as? String == "2026-11-22T09:00:00Z")
        server.advance(by: .seconds(3_600) - .nanoseconds(1))
        #expect(try client.read(order.authorizations[0]).state == "pending")
        #expect(try client.read(order.url).state == "pending")
        server.advance(by: .nanoseconds(1))
        #expect(try client.read(order.authorizations[0]).state == "expired")
        let invalid = try client.read(order.url)
        #expect(invalid.state == "invalid")
        #expect((invalid.error?["detail"] as? String)?.contains("expired at 2026-11-22T09:00:00Z") == true)
    }

    @Test("A valid authorization lives from its validation, and takes an order that is ready with it (§7.1.4, §7.1.6)")
    func validAuthorization() throws {
        let server = try TestServer(policy: policy(order: .days(7), pending: .hours(1), valid: .hours(2)))
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        server.advance(by: .minutes(30))
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        #expect(try client.read(order.authorizations[0]).json["expires"] as? String == "2026-11-22T10:30:00Z")
        server.advance(by: .minutes(119))
        #expect(try client.read(order.authorizations[0]).state == "valid")
        #expect(try client.read(order.url).state == "ready")
        server.advance(by: .minutes(1))
        #expect(try client.read(order.authorizations[0]).state == "expired")
        #expect(try client.read(order.url).state == "invalid")
    }

    @Test("A validation may make an authorization shorter lived than it was while pending (§7.1.4)")
    func shorter() throws {
        let server = try TestServer(policy: policy(pending: .hours(5), valid: .hours(1)))
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        server.advance(by: .hours(1))
        #expect(try client.read(order.authorizations[0]).state == "expired")
    }

    @Test("An order expires at the second that it names; its authorizations do not (§7.1.3, §7.1.6, §7.4)")
    func order() throws {
        let server = try TestServer(policy: policy(order: .hours(1)))
        let client = try server.registered()
        let (pending, ready) = (try client.order(["p.example.test"]), try client.readyOrder(["r.example.test"]))
        server.advance(by: .seconds(3_599))
        #expect(try client.read(pending.url).state == "pending")
        #expect(try client.read(ready.url).state == "ready")
        server.advance(by: .seconds(1))
        for order in [pending, ready] {
            let response = try client.read(order.url)
            #expect(response.state == "invalid")
            #expect((response.error?["detail"] as? String)?.contains("expired at 2026-11-22T09:00:00Z") == true)
        }
        #expect(try client.read(pending.authorizations[0]).state == "pending")
        #expect(try client.read(ready.authorizations[0]).state == "valid")
    }

    @Test("What is final stays as it is, whatever the clock says (§7.1.6)")
    func final() throws {
        let server = try TestServer()
        let client = try server.registered()
        let issued = try client.readyOrder(["issued.example.test"])
        try client.finalize(issued, csr: try csr(["issued.example.test"]))
        let dropped = try client.order(["dropped.example.test"])
        try client.post(dropped.authorizations[0], ["status": "deactivated"])
        server.decide { _ in ACMEProblem(.connection, "nobody listens") }
        let failed = try client.readyOrder(["failed.example.test"])
        let urls = [issued.url, dropped.url, failed.url, dropped.authorizations[0], failed.authorizations[0]]
        let before = try urls.map { try client.read($0).body }
        for _ in 0..<3 {
            server.advance(by: .days(400))
            #expect(try urls.map { try client.read($0).body } == before)
        }
        // An authorization that was valid expires all the same, and the issued order does not mind.
        #expect(try client.read(issued.authorizations[0]).state == "expired")
    }

    @Test("A validation whose authorization has expired meanwhile comes too late (§7.1.6)")
    func late() throws {
        let server = try TestServer(approving: false)
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        server.advance(by: .days(7))
        server.finish()
        #expect(try client.read(order.authorizations[0]).state == "expired")
        #expect(try client.read(order.url).state == "invalid")
    }

    @Test("One long step does what many short ones do, each thing at its time")
    func steps() throws {
        func changes(_ steps: [Duration]) throws -> [String] {
            let server = try TestServer(policy: policy(order: .hours(3), pending: .hours(2), valid: .hours(1)))
            let client = try server.registered()
            _ = try client.order(["a.example.test"])
            _ = try client.readyOrder(["b.example.test", "c.example.test"])
            for step in steps { server.advance(by: step) }
            return server.engine.journal.entries.compactMap { entry in
                guard case .status(let event) = entry.event else { return nil }
                return "\(entry.at) \(event.subject) \(event.identifiers) \(event.to)"
            }
        }
        let whole = try changes([.days(1)])
        #expect(try changes(Array(repeating: .minutes(10), count: 144)) == whole)
        #expect(whole.contains("2026-11-22T09:00:00Z order [b.example.test, c.example.test] invalid"))
        #expect(whole.last == "2026-11-22T10:00:00Z order [a.example.test] invalid")
    }

    @Test("Reading writes nothing: a read before the clock moves and one after it see what the clock made")
    func reading() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        let before = server.engine.journal.statusChanges
        for url in [order.url, order.authorizations[0], try #require(client.kid)] { try client.read(url) }
        #expect(server.engine.journal.statusChanges == before)
    }
}
