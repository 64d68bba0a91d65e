import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Retrying challenges", .timeLimit(.minutes(5)))
struct RetryTests {
    private func started(
        retries: [Duration], policy change: (inout CairnPolicy) -> Void = { _ in }
    ) throws -> (server: TestServer, client: ReferenceClient, order: ReferenceClient.Placed, challenge: String) {
        var policy = CairnPolicy()
        policy.validationRetries = retries
        policy.showsProcessing = true
        change(&policy)
        let server = try TestServer(policy: policy, approving: false)
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        return (server, client, order, try client.challenge("http-01", of: order.authorizations[0]).url)
    }

    private func entries(_ response: Response) -> [String] {
        let entries = response.error?["subproblems"] as? [[String: Any]] ?? []
        return entries.compactMap { $0["detail"] as? String }
    }

    @Test("While the CA looks again the challenge is processing, with the error and Retry-After (§8.2, erratum 5732)")
    func processing() throws {
        let (server, client, order, challenge) = try started(retries: [.seconds(5), .seconds(10)])
        #expect(try client.respond(to: challenge).json["error"] == nil)
        server.finish(ACMEProblem(.dns, "first"))
        let waiting = try client.read(challenge)
        #expect(waiting.state == "processing")
        #expect(waiting.error?["detail"] as? String == "first")
        #expect(waiting["Retry-After"] == "6", "a second after the next query")
        #expect(try client.read(order.authorizations[0]).state == "pending")
        #expect(try client.read(order.authorizations[0])["Retry-After"] == "6")
        #expect(try client.read(order.url).state == "pending")

        server.advance(by: .seconds(4))
        #expect(try client.read(challenge)["Retry-After"] == "2")
        #expect(server.pendingJobs.isEmpty)
        server.advance(by: .seconds(1))
        #expect(server.pendingJobs.count == 1)
        server.finish()
        let valid = try client.read(challenge)
        #expect(valid.state == "valid")
        #expect(valid.json["error"] == nil)
        #expect(valid["Retry-After"] == nil)
        #expect(try client.read(order.url).state == "ready")
    }

    @Test("Every query that failed is an entry of the error, and the challenge is invalid after the last (§8.2)")
    func givesUp() throws {
        let (server, client, order, challenge) = try started(retries: [.seconds(5), .seconds(10)])
        try client.respond(to: challenge)
        server.finish(ACMEProblem(.dns, "first"))
        server.advance(by: .seconds(5))
        server.finish(ACMEProblem(.connection, "second"))
        let waiting = try client.read(challenge)
        #expect(waiting.state == "processing")
        #expect(waiting["Retry-After"] == "11")
        #expect(waiting.error?["type"] as? String == "urn:ietf:params:acme:error:connection")
        #expect(entries(waiting) == ["first", "second"])
        #expect(
            waiting.error.map { _ in try? client.read(challenge).body == waiting.body } == true, "reading adds none")

        server.advance(by: .seconds(10))
        server.finish(ACMEProblem(.unauthorized, "third"))
        let failed = try client.read(challenge)
        #expect(failed.state == "invalid")
        #expect(entries(failed) == ["first", "second", "third"])
        #expect(failed["Retry-After"] == nil)
        #expect(try client.read(order.authorizations[0]).state == "invalid")
        let error = try #require(try client.read(order.url).error)
        #expect((error["detail"] as? String)?.contains("third") == true)
        server.advance(by: .days(1))
        #expect(server.pendingJobs.isEmpty)
    }

    @Test("A client that answers again has the CA look at once, and the planned query is still made (§8.2)")
    func requested() throws {
        let (server, client, _, challenge) = try started(retries: [.seconds(5), .seconds(60)])
        try client.respond(to: challenge)
        server.finish(ACMEProblem(.dns, "first"))
        let again = try client.respond(to: challenge)
        #expect(again.status == 200)
        #expect(again.state == "processing")
        #expect(server.pendingJobs.count == 1)
        try client.respond(to: challenge)
        #expect(server.pendingJobs.count == 1, "one query at a time")
        server.advance(by: .seconds(2))
        server.finish(ACMEProblem(.dns, "second"))
        #expect(try client.read(challenge)["Retry-After"] == "4", "when it was planned")
        server.advance(by: .seconds(3))
        #expect(server.pendingJobs.count == 1)
        server.finish(ACMEProblem(.dns, "third"))
        #expect(try client.read(challenge)["Retry-After"] == "61")
        try client.respond(to: challenge)
        server.advance(by: .seconds(70))
        #expect(server.pendingJobs.count == 1, "a query that takes longer than until the planned one")
        server.finish(ACMEProblem(.dns, "fourth"))
        #expect(try client.read(challenge)["Retry-After"] == "1")
        server.advance(by: .zero)
        server.finish()
        #expect(try client.read(challenge).state == "valid")
    }

    @Test("Quick responses burn no attempt: as many queries are made at their time as without them (§8.2)")
    func attempts() throws {
        let (server, client, _, challenge) = try started(retries: [.seconds(5), .seconds(10)])
        server.decide { _ in ACMEProblem(.dns, "no") }
        for _ in 0..<4 { #expect(try client.respond(to: challenge).state == "processing") }
        server.advance(by: .seconds(14))
        #expect(try client.read(challenge).state == "processing")
        server.advance(by: .seconds(1))
        let failed = try client.read(challenge)
        #expect(failed.state == "invalid")
        #expect(entries(failed).count == 6, "three of the policy, and three that the client asked for")
    }

    @Test("Requests to look again are limited, and the planned query comes all the same (§8.2, §6.6)")
    func limited() throws {
        let (server, client, _, challenge) = try started(retries: .init(repeating: .seconds(8), count: 5)) {
            $0.maximumRequestedRetries = 2
        }
        try client.respond(to: challenge)
        server.finish(ACMEProblem(.dns, "no"))
        for _ in 0..<2 {
            try client.respond(to: challenge)
            server.finish(ACMEProblem(.dns, "no"))
        }
        let refused = try client.respond(to: challenge)
        expectRefusal(refused, 429, "rateLimited", "at most 2 requests", "§8.2")
        #expect(refused["Retry-After"] == "8")
        #expect(server.pendingJobs.isEmpty)
        server.advance(by: .seconds(8))
        server.finish()
        #expect(try client.read(challenge).state == "valid")
    }

    @Test("A clock that is moved far has every query made at its time")
    func clock() throws {
        let (server, client, _, challenge) = try started(retries: [.seconds(5), .seconds(10), .seconds(20)])
        server.decide { _ in ACMEProblem(.dns, "no") }
        try client.respond(to: challenge)
        server.advance(by: .hours(1))
        let failed = try client.read(challenge)
        #expect(failed.state == "invalid")
        #expect(entries(failed).count == 4)
        let changes = server.engine.journal.entries.filter { entry in
            if case .status(let event) = entry.event { event.to == "invalid" } else { false }
        }
        #expect(changes.first?.at == TestServer.start + .seconds(35))
    }

    @Test("A query that falls due while no request is answered is still due, and so not forgotten (§8.2)")
    func dueBetweenRequests() throws {
        let (server, client, _, challenge) = try started(retries: [.seconds(5)])
        try client.respond(to: challenge)
        server.finish(ACMEProblem(.dns, "first"))
        let due = try #require(server.engine.nextDue)
        #expect(due == server.now + .seconds(5))
        // As a verdict does that comes from the network, or a test that looks at what is there.
        server.engine.advance(to: due)
        #expect(server.engine.nextDue == due)
        #expect(server.pendingJobs.isEmpty)
        server.advance(by: .seconds(5))
        #expect(server.pendingJobs.count == 1)
        #expect(try #require(server.engine.nextDue) > server.now)
    }

    @Test("What is decided otherwise meanwhile ends the retries (§7.1.6, §7.5.2)", arguments: ["valid", "deactivated"])
    func decided(_ end: String) throws {
        let (server, client, order, challenge) = try started(retries: [.seconds(5)])
        try client.respond(to: challenge)
        server.finish(ACMEProblem(.dns, "no"))
        if end == "valid" {
            try client.respond(to: try client.challenge("dns-01", of: order.authorizations[0]).url)
            server.finish()
        } else {
            try client.post(order.authorizations[0], ["status": "deactivated"])
        }
        #expect(try client.read(order.authorizations[0]).state == end)
        #expect(try client.read(challenge).state == "invalid")
        server.advance(by: .days(1))
        #expect(server.pendingJobs.isEmpty)
    }

    @Test("A verdict on an earlier query counts nothing")
    func stale() throws {
        let (server, client, _, challenge) = try started(retries: [.seconds(5), .seconds(5)])
        try client.respond(to: challenge)
        let first = try #require(server.pendingJobs.first)
        server.finish(ACMEProblem(.dns, "no"))
        server.advance(by: .seconds(5))
        server.engine.finish(first, problem: nil, at: server.now)
        #expect(try client.read(challenge).state == "processing")
        server.finish()
        #expect(try client.read(challenge).state == "valid")
    }
}
