import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

@Suite("Paused identifiers", .timeLimit(.minutes(5)))
struct PauseTests {
    private static func server() throws -> TestServer {
        var policy = CairnPolicy()
        policy.rateLimits.failedValidationsUntilPause = CairnRateLimit(3, per: .days(3))
        return try TestServer(policy: policy)
    }

    private static func fail(_ server: TestServer) {
        server.decide { _ in ACMEProblem(.dns, "no such name") }
    }

    @Test("A name is paused for an account after so many failures in a row, and a page ends that (§6.6)")
    func pauses() throws {
        let server = try Self.server()
        Self.fail(server)
        let client = try server.registered()
        for _ in 0..<3 { _ = try client.readyOrder(["bad.example.test"]) }
        let response = try client.newOrder([
            ("dns", "good.example.test"), ("dns", "bad.example.test"), ("dns", "*.bad.example.test"),
        ])
        expectRefusal(response, 429, "rateLimited", "\"bad.example.test\", \"*.bad.example.test\"", "RFC 8555 §6.6")
        #expect(response.refusedIdentifiers == ["bad.example.test", "*.bad.example.test"])
        #expect(response["Retry-After"] == nil)
        let page = try #require(response.links("help").first)
        #expect(response.detail.hasSuffix("a human can end the pause at \(page)"))
        // Time alone does not help, other names and other accounts are free.
        server.advance(by: .days(100))
        #expect(try client.newOrder([("dns", "bad.example.test")]).status == 429)
        #expect(try client.newOrder([("dns", "good.example.test")]).status == 201)
        #expect(try server.registered().newOrder([("dns", "bad.example.test")]).status == 201)

        let shown = try client.send("GET", page)
        #expect(shown.values("Content-Type") == ["text/html; charset=utf-8"])
        #expect(shown.text.contains("<li>bad.example.test</li>"))
        #expect(shown.text.contains("<form method=\"post\">"))
        #expect(shown.text.contains(client.kid ?? "no account"))
        #expect(try client.send("HEAD", page).status == 200)
        // To look changes nothing.
        #expect(try client.newOrder([("dns", "bad.example.test")]).status == 429)
        let posted = try client.send(
            "POST", page, fields: ["Content-Type": "application/x-www-form-urlencoded"], body: Data())
        #expect(posted.status == 200)
        #expect(posted.text.contains("<li>bad.example.test</li>"))
        #expect(try client.newOrder([("dns", "bad.example.test")]).status == 201)
        expectRefusal(try client.send("GET", page), 404, "malformed", "nothing is paused here")
        // It takes as many failures again.
        for _ in 0..<2 { _ = try client.readyOrder(["bad.example.test"]) }
        #expect(try client.newOrder([("dns", "bad.example.test")]).status == 201)
        _ = try client.readyOrder(["bad.example.test"])
        #expect(try client.newOrder([("dns", "bad.example.test")]).status == 429)
    }

    @Test(
        "A person who ends a pause forgives the failures before it, at the page or elsewhere (§6.6)",
        arguments: [true, false])
    func forgiven(_ onPage: Bool) throws {
        let server = try Self.server()
        Self.fail(server)
        let client = try server.registered()
        let id = try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
        for _ in 0..<3 { _ = try client.readyOrder(["bad.example.test"]) }
        let refused = try client.newOrder([("dns", "bad.example.test")])
        #expect(refused.status == 429)
        if onPage {
            let page = try #require(refused.links("help").first)
            let form = ["Content-Type": "application/x-www-form-urlencoded"]
            #expect(try client.send("POST", page, fields: form, body: Data()).status == 200)
        } else {
            try server.engine.unpause(["bad.example.test"], of: id, at: server.now)
        }
        // No time has passed, so it is not time that forgives.
        for _ in 0..<3 { _ = try client.readyOrder(["bad.example.test"]) }
        #expect(try client.newOrder([("dns", "bad.example.test")]).status == 429)
    }

    @Test("A pending order is not handed out again for a name that was paused since (§6.6)")
    func pendingOrder() throws {
        var policy = CairnPolicy()
        policy.reusesPendingOrders = true
        let server = try TestServer(policy: policy)
        let client = try server.registered()
        let id = try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
        let order = try client.order(["www.example.test"])
        #expect(try client.order(["www.example.test"]).url == order.url)
        try server.engine.pause(["www.example.test"], of: id, at: server.now)
        expectRefusal(try client.newOrder([("dns", "www.example.test")]), 429, "rateLimited", "\"www.example.test\"")
        try server.engine.unpause(nil, of: id, at: server.now)
        #expect(try client.order(["www.example.test"]).url == order.url)
    }

    @Test("A validation that succeeds forgives the failures before it (§6.6)")
    func forgives() throws {
        let server = try Self.server()
        let client = try server.registered()
        for _ in 0..<3 {
            Self.fail(server)
            for _ in 0..<2 { _ = try client.readyOrder(["www.example.test"]) }
            server.decide { _ in nil }
            _ = try client.readyOrder(["www.example.test"])
        }
        #expect(try client.newOrder([("dns", "www.example.test")]).status == 201)
        Self.fail(server)
        for _ in 0..<3 { _ = try client.readyOrder(["www.example.test"]) }
        #expect(try client.newOrder([("dns", "www.example.test")]).status == 429)
    }

    @Test("Names are paused and unpaused by the test, some or all of them (§6.6)")
    func byTest() throws {
        let server = try TestServer()
        let client = try server.registered()
        let id = try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
        let before = server.engine.census
        try server.engine.pause(["a.example.test", "*.b.example.test", "<b>&.test"], of: id, at: server.now)
        #expect(try server.engine.paused(of: id) == ["<b>&.test", "a.example.test", "b.example.test"])
        let response = try client.newOrder([("dns", "a.example.test")])
        expectRefusal(response, 429, "rateLimited", "\"a.example.test\"")
        let page = try client.send("GET", try #require(response.links("help").first)).text
        #expect(page.contains("<li>&lt;b&gt;&amp;.test</li>"))
        try server.engine.unpause(["a.example.test", "unknown.example.test"], of: id, at: server.now)
        #expect(try client.newOrder([("dns", "b.example.test")]).status == 429)
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 201)
        try server.engine.unpause(nil, of: id, at: server.now)
        #expect(try client.newOrder([("dns", "b.example.test")]).status == 201)
        #expect(try server.engine.paused(of: id).isEmpty)
        #expect(before.accounts == server.engine.census.accounts)
    }
}
