import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing
import X509

@Suite("Draft: authorizations", .timeLimit(.minutes(5)))
struct DraftAuthorizationTests {
    private let server: TestServer
    private let client: DraftClient

    init() throws {
        server = try TestServer(approving: false)
        client = try server.draftRegistered()
    }

    @Test("An authorization is pending, then valid or invalid (Authorization Objects)", arguments: [true, false])
    func statuses(_ succeeds: Bool) throws {
        let order = try client.order(["www.example.test"])
        let url = order.authorizations[0]
        let pending = try client.get(url)
        #expect(pending.status == 200)
        #expect((pending.state ?? "pending") == "pending")
        try client.prove(order)
        server.finish(succeeds ? nil : ACMEProblem(.connection, "nobody listens"))
        let final = try client.get(url)
        #expect(final.status == 200)
        #expect(final.state == (succeeds ? "valid" : "invalid"))
    }

    @Test("One that has expired is invalid, since the draft knows no \"expired\" (Authorization Objects)")
    func expired() throws {
        let order = try client.order(["a.example.test", "b.example.test"])
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]))
        server.finish()
        #expect(try client.get(order.authorizations[0]).state == "valid")
        server.advance(by: .days(6))
        #expect(try client.get(order.authorizations[0]).state == "valid")
        let kept = try #require(try client.newAuthorization("c.example.test")["Location"])
        server.advance(by: .days(1))
        let last = try client.get(order.authorizations[1])
        #expect(last.state == "invalid" || last.status == 404, "\(last.text)")
        #expect(try client.get(kept).state == "pending")
    }

    @Test("Without a scope it is good for all orders, and the default is none (Authorization Objects)")
    func unscoped() throws {
        let order = try client.order(["www.example.test"])
        let early = try client.get(order.authorizations[0])
        #expect(early.json["scope"] == nil)
        let later = try #require(try client.newAuthorization("a.example.test")["Location"])
        #expect(try client.get(later).json["scope"] == nil)
    }

    @Test(
        "A wildcard is authorized by the name below it, by dns-01, and is no wildcard there (Authorization Objects)"
    )
    func wildcard() throws {
        let order = try client.order(["*.example.test", "example.test"])
        #expect(order.authorizations.count == 2)
        for authorization in order.authorizations {
            let object = try client.get(authorization)
            #expect(object.json["identifier"] as? [String: String] == ["type": "dns", "value": "example.test"])
            #expect(object.json["wildcard"] == nil)
        }
        let types = try client.get(order.authorizations[0]).challenges.compactMap { $0["type"] as? String }
        #expect(types == ["dns-01"])
        for authorization in order.authorizations {
            try client.respond(to: try client.challenge("dns-01", of: authorization))
            server.finish()
        }
        let leaf = try client.certificate(of: try client.get(order.url)).parsedLeaf()
        #expect(try #require(try leaf.extensions.subjectAlternativeNames).contains(.dnsName("*.example.test")))
    }

    @Test("While it is being validated, the answer is 202, and says when to ask again (Responding to Challenges)")
    func accepted() throws {
        let order = try client.order(["www.example.test"])
        let url = order.authorizations[0]
        #expect(try client.get(url).status == 200)
        try client.prove(order)
        for _ in 0..<2 {
            let polled = try client.get(url)
            #expect(polled.status == 202)
            #expect(polled["Retry-After"] == "1")
        }
        server.finish()
        let final = try client.get(url)
        #expect(final.status == 200)
        #expect(final["Retry-After"] == nil)
    }

    @Test("Between two queries the answer is 202 too (Responding to Challenges)")
    func retried() throws {
        server.engine.policy.validationRetries = [.seconds(10)]
        let order = try client.order(["www.example.test"])
        try client.prove(order)
        server.finish(ACMEProblem(.connection, "nobody listens"))
        #expect(try client.get(order.authorizations[0]).status == 202)
        server.advance(by: .seconds(10))
        server.finish()
        #expect(try client.get(order.authorizations[0]).status == 200)
        #expect(try client.get(order.url).state == "valid")
    }

    @Test("There are no combinations (Pre-Authorization)")
    func combinations() throws {
        let order = try client.order(["www.example.test"])
        #expect(try client.get(order.authorizations[0]).json["combinations"] == nil)
    }

    @Test("A client can give it up, and then it is good for nothing (Deactivating an Authorization)")
    func deactivated() throws {
        let url = try #require(try client.newAuthorization("www.example.test")["Location"])
        try client.respond(to: try client.challenge("http-01", of: url))
        server.finish()
        #expect(try client.get(url).state == "valid")
        let stranger = try server.draftRegistered()
        expectRefusal(try stranger.post(url, ["status": "deactivated"]), 403, "unauthorized")
        let response = try client.post(url, ["status": "deactivated"])
        #expect(response.status == 200)
        #expect(response.state == "deactivated")
        let order = try client.order(["www.example.test"])
        #expect(order.response.state == "pending")
        #expect(order.authorizations != [url])
    }

    @Test("No other status can be asked for (Deactivating an Authorization)")
    func others() throws {
        let url = try client.order(["www.example.test"]).authorizations[0]
        for payload: [String: Any] in [[:], ["status": "valid"], ["status": 1]] {
            expectRefusal(try client.post(url, payload), 400, "malformed", "status")
        }
    }
}
