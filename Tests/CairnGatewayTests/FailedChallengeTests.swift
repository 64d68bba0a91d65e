import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Challenges that failed", .timeLimit(.minutes(5)))
struct FailedChallengeTests {
    private func failing(_ rule: CairnFailedChallenges) throws -> (TestServer, ReferenceClient) {
        var policy = CairnPolicy()
        policy.authorizationFailsOn = rule
        let server = try TestServer(policy: policy)
        server.decide { $0.attempt.type == .dns01 ? nil : ACMEProblem(.connection, "nobody listens") }
        return (server, try server.registered())
    }

    @Test("One is enough for the authorization to fail (§7.1.6)")
    func any() throws {
        let (_, client) = try failing(.any)
        let order = try client.order(["www.example.test"])
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        #expect(try client.read(order.authorizations[0]).state == "invalid")
        #expect(try client.read(order.url).state == "invalid")
    }

    @Test("A CA may let the client try the others, until one succeeds (§7.5.1, erratum 6317)")
    func next() throws {
        let (_, client) = try failing(.all)
        let order = try client.order(["www.example.test"])
        let url = order.authorizations[0]
        try client.respond(to: try client.challenge("http-01", of: url).url)
        #expect(
            try client.read(url).challenges.compactMap { $0["status"] as? String } == ["invalid", "pending", "pending"])
        #expect(try client.read(url).state == "pending")
        #expect(try client.read(order.url).state == "pending")
        expectRefusal(
            try client.respond(to: try client.challenge("http-01", of: url).url), 400, "malformed",
            "that is \"invalid\"")
        try client.respond(to: try client.challenge("dns-01", of: url).url)
        #expect(try client.read(order.url).state == "ready")
    }

    @Test("When the last one has failed, so have the authorization and the order (§7.5.1, erratum 6317)")
    func all() throws {
        let (server, client) = try failing(.all)
        server.decide { _ in ACMEProblem(.connection, "nobody listens") }
        let order = try client.order(["www.example.test", "*.example.test"])
        for url in order.authorizations {
            for challenge in try client.read(url).challenges {
                #expect(try client.read(url).state == "pending")
                try client.respond(to: try #require(challenge["url"] as? String))
            }
            #expect(try client.read(url).state == "invalid")
        }
        #expect(try client.read(order.url).error?["type"] as? String == "urn:ietf:params:acme:error:connection")
    }
}
