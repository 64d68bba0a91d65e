import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("Challenges", .timeLimit(.minutes(5)))
struct ChallengeTests {
    private func started(_ server: TestServer) throws -> (ReferenceClient, ReferenceClient.Placed, String) {
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        return (client, order, try client.challenge("http-01", of: order.authorizations[0]).url)
    }

    @Test("One that is answered is pending or processing, and then valid with the time (§7.1.6, §7.5.1, §8)")
    func valid() throws {
        let server = try TestServer(approving: false)
        let (client, order, url) = try started(server)
        let answer = try client.respond(to: url)
        #expect(answer.status == 200)
        #expect(answer.state == "pending")
        #expect(answer.json["url"] as? String == url)
        #expect(answer["Retry-After"] == "1")
        #expect(answer.json["validated"] == nil)
        #expect(try client.read(order.authorizations[0]).state == "pending")
        #expect(try client.read(order.authorizations[0])["Retry-After"] == "1")

        server.advance(by: .seconds(5))
        server.finish()
        let polled = try client.read(url)
        #expect(polled.state == "valid")
        #expect(polled.json["validated"] as? String == "2026-11-22T08:00:05Z")
        #expect(polled.json["error"] == nil)
        #expect(polled["Retry-After"] == nil)
        #expect(try client.read(order.url).state == "ready")
    }

    @Test(
        "From response to verdict it shows what the policy or the resembled server shows (§7.1.6)",
        arguments: [
            (nil, .strict, "pending"), (nil, .pebble, "processing"), (true, .strict, "processing"),
            (false, .pebble, "pending"),
        ] as [(Bool?, CairnPersonality, String)])
    func processing(_ chosen: Bool?, _ personality: CairnPersonality, _ shown: String) throws {
        var policy = CairnPolicy()
        if let chosen { policy.showsProcessing = chosen }
        personality.decide(&policy)
        let server = try TestServer(policy: policy, approving: false)
        let (client, order, url) = try started(server)
        #expect(try client.respond(to: url).state == shown)
        let polled = try client.read(url)
        #expect(polled.state == shown)
        #expect(polled["Retry-After"] == "1")
        let authorization = try client.read(order.authorizations[0])
        #expect(authorization.state == "pending")
        #expect(authorization["Retry-After"] == "1")
        #expect(authorization.challenges.first { $0["url"] as? String == url }?["status"] as? String == shown)
        // What happened does not depend on what is shown.
        #expect(server.engine.journal.statusChanges.last?.to == "processing")
        #expect(try client.respond(to: url).state == shown)
        #expect(server.pendingJobs.count == 1)
        server.finish()
        #expect(try client.read(url).state == "valid")
    }

    @Test("One that fails has the error, and the authorization and the order fail with it (§7.1.6, §8)")
    func invalid() throws {
        let server = try TestServer(approving: false)
        let (client, order, url) = try started(server)
        try client.respond(to: url)
        server.finish(ACMEProblem(.incorrectResponse, "expected abc, got xyz"))
        let polled = try client.read(url)
        #expect(polled.state == "invalid")
        #expect(polled.error?["type"] as? String == "urn:ietf:params:acme:error:incorrectResponse")
        #expect(polled.error?["detail"] as? String == "expected abc, got xyz")
        #expect(polled.json["validated"] == nil)
        #expect(try client.read(order.authorizations[0]).state == "invalid")
        #expect(try client.read(order.url).state == "invalid")
    }

    @Test("Every answer links up to the authorization and has the URL of the challenge (§7.1, §7.5.1)")
    func links() throws {
        let server = try TestServer(approving: false)
        let (client, order, url) = try started(server)
        for response in [try client.read(url), try client.respond(to: url), try client.read(url)] {
            #expect(response.links("up") == order.authorizations)
            #expect(response["Location"] == url)
        }
    }

    @Test("Reading it does not answer it (§6.3, §7.5.1)")
    func reading() throws {
        let server = try TestServer(approving: false)
        let (client, _, url) = try started(server)
        #expect(try client.read(url).state == "pending")
        #expect(try client.read(url).state == "pending")
        #expect(server.pendingJobs.isEmpty)
    }

    @Test("Members of the answer that nobody knows are ignored, whatever they hold (§7.5.1, §8, erratum 5729)")
    func members() throws {
        let server = try TestServer(approving: false)
        let (client, _, url) = try started(server)
        let response = try client.post(url, ["keyAuthorization": "x", "type": "dns-01", "more": [1]])
        #expect(response.state == "pending")
        #expect(server.pendingJobs.count == 1)
        expectRefusal(
            try client.post(url, nil) { $0.payload = .init("[]".utf8) }, 400, "malformed", "got an array", "§7.5.1")
    }

    @Test("What is to be validated is the token and the key of the account (§8.1)", arguments: AccountKey.Kind.allCases)
    func job(_ kind: AccountKey.Kind) throws {
        let server = try TestServer(approving: false)
        let client = try server.registered(key: AccountKey(kind))
        let order = try client.order(["*.example.test"])
        let challenge = try client.challenge("dns-01", of: order.authorizations[0])
        try client.respond(to: challenge.url)
        let job = try #require(server.pendingJobs.first)
        #expect(job.attempt.type == .dns01)
        #expect(job.attempt.identifier == "example.test")
        #expect(job.attempt.isWildcard)
        #expect(job.attempt.token == challenge.token)
        #expect(job.attempt.keyAuthorization.description == client.keyAuthorization(challenge.token))
    }

    @Test("Answering again while it is being validated is harmless, and is one validation (§8.2)")
    func again() throws {
        let server = try TestServer(approving: false)
        let (client, order, url) = try started(server)
        for _ in 0..<3 { #expect(try client.respond(to: url).state == "pending") }
        #expect(server.pendingJobs.count == 1)
        server.finish()
        #expect(try client.read(order.url).state == "ready")
    }

    @Test(
        "Several of one authorization may be answered; the first verdict counts (§7.1.6, §7.5)",
        arguments: [true, false])
    func several(_ succeeds: Bool) throws {
        let server = try TestServer(approving: false)
        let (client, order, first) = try started(server)
        let second = try client.challenge("dns-01", of: order.authorizations[0]).url
        try client.respond(to: first)
        try client.respond(to: second)
        let failure = ACMEProblem(.connection, "nobody listens")
        server.finish(succeeds ? nil : failure)
        server.finish(succeeds ? failure : nil)
        #expect(try client.read(first).state == (succeeds ? "valid" : "invalid"))
        #expect(try client.read(second).state == (succeeds ? "invalid" : "valid"))
        #expect(try client.read(order.authorizations[0]).state == (succeeds ? "valid" : "invalid"))
        #expect(try client.read(order.url).state == (succeeds ? "ready" : "invalid"))
        #expect(try client.read(order.url).error == nil || !succeeds)
    }

    private enum End: String, CaseIterable, Sendable { case valid, invalid, deactivated, expired }

    @Test(
        "Answering one of an authorization that is decided changes nothing, and is refused unless that is valid (§7.1.6)",
        arguments: End.allCases)
    private func decided(_ end: End) throws {
        let server = try TestServer(approving: false)
        let (client, order, answered) = try started(server)
        let other = try client.challenge("dns-01", of: order.authorizations[0]).url
        try client.respond(to: answered)
        switch end {
        case .valid: server.finish()
        case .invalid: server.finish(ACMEProblem(.connection, "nobody listens"))
        case .deactivated: try client.post(order.authorizations[0], ["status": "deactivated"])
        case .expired: server.advance(by: .days(7))
        }
        let before = try client.read(order.authorizations[0])
        #expect(before.state == end.rawValue)
        let jobs = server.pendingJobs.count
        for url in [answered, other] {
            let response = try client.respond(to: url)
            if end == .valid {
                #expect(response.status == 200)
            } else {
                expectRefusal(response, 400, "malformed", "of one that is \"\(end.rawValue)\"", "§7.1.6")
            }
        }
        #expect(server.pendingJobs.count == jobs)
        #expect(try client.read(order.authorizations[0]).body == before.body)
    }

    @Test("It is for the account that placed the order, and is counted from 0 (§6.2)")
    func access() throws {
        let server = try TestServer(approving: false)
        let (client, _, url) = try started(server)
        let other = try server.registered()
        expectRefusal(try other.read(url), 403, "unauthorized", "belongs to another account")
        expectRefusal(try other.respond(to: url), 403, "unauthorized", "belongs to another account")
        #expect(try client.read(url).state == "pending")
        expectRefusal(try client.read(String(url.dropLast()) + "3"), 404, "malformed", "has no challenge 3")
        let unknown = try client.respond(to: "https://ca.example.test/challenge/AAAAAAAAAAAAAAAAAAAAAA/0")
        expectRefusal(unknown, 404, "malformed", "there is no authorization")
    }
}
