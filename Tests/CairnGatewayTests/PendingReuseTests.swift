import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Reuse of what is pending", .timeLimit(.minutes(5)))
struct PendingReuseTests {
    private let server: TestServer
    private let client: ReferenceClient

    init() throws {
        server = try TestServer()
        client = try server.registered()
    }

    @Test("A pending authorization is listed by the next order, and makes both ready (§7.1.6)")
    func authorizations() throws {
        server.engine.policy.reusesPendingAuthorizations = true
        let first = try client.order(["a.example.test", "b.example.test"])
        let second = try client.order(["b.example.test"])
        #expect(second.authorizations == [first.authorizations[1]])
        #expect(second.url != first.url)
        for authorization in first.authorizations {
            try client.respond(to: try client.challenge("http-01", of: authorization).url)
        }
        #expect(try client.read(first.url).state == "ready")
        #expect(try client.read(second.url).state == "ready")
        #expect(try client.order(["b.example.test"]).authorizations != second.authorizations)
    }

    @Test("Both orders fail with it, and end no later than it (§7.1.6)")
    func failing() throws {
        server.engine.policy.reusesPendingAuthorizations = true
        let first = try client.order(["a.example.test"])
        server.advance(by: .days(2))
        let second = try client.order(["a.example.test"])
        #expect(second.response.json["expires"] as? String == "2026-11-29T08:00:00Z")
        server.decide { _ in ACMEProblem(.connection, "no") }
        try client.respond(to: try client.challenge("http-01", of: second.authorizations[0]).url)
        #expect(try client.read(first.url).state == "invalid")
        #expect(try client.read(second.url).state == "invalid")
        #expect(try client.order(["a.example.test"]).authorizations != first.authorizations)
    }

    @Test("One that a client asked for before any order is used as well, one with other challenges is not")
    func challenges() throws {
        server.engine.policy.reusesPendingAuthorizations = true
        let url = try client.newAuthz("dns", "a.example.test")["Location"]
        #expect(try client.order(["a.example.test"]).authorizations == [url])
        server.engine.policy.challengeTypes = [.dns01]
        #expect(try client.order(["a.example.test"]).authorizations != [url])
    }

    @Test("Unless the policy says so, every order is new")
    func off() throws {
        let first = try client.order(["a.example.test"])
        let second = try client.order(["a.example.test"])
        #expect(second.url != first.url)
        #expect(second.authorizations != first.authorizations)
    }

    @Test("An order for the same names is 201 with the URL of the pending or ready one", arguments: [false, true])
    func orders(_ isReady: Bool) throws {
        server.engine.policy.reusesPendingOrders = true
        let names = ["a.example.test", "b.example.test"]
        let first = try isReady ? client.readyOrder(names) : client.order(names)
        let second = try client.order(["B.example.test", "a.example.test", "b.example.test"])
        #expect(second.url == first.url)
        #expect(second.response.status == 201)
        #expect(second.response.state == (isReady ? "ready" : "pending"))
        #expect(second.response.identifiers == ["dns a.example.test", "dns b.example.test"])
        #expect(server.engine.census.orders == 1)
    }

    @Test("Other names, dates, another profile or another account make another order")
    func otherOrders() throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [.standard, CairnCertificateProfile(name: "short", description: "Short")]
        var policy = CairnPolicy()
        policy.reusesPendingOrders = true
        let server = try TestServer(policy: policy, authority: authority)
        let client = try server.registered()
        var urls: Set<String> = [try client.order(["a.example.test"]).url]
        urls.insert(try client.order(["a.example.test", "b.example.test"]).url)
        urls.insert(try client.order(["*.a.example.test"]).url)
        urls.insert(try client.order(["a.example.test"], ["profile": "short"]).url)
        for _ in 0..<2 {
            urls.insert(try client.order(["a.example.test"], ["notAfter": "2026-12-01T00:00:00Z"]).url)
        }
        urls.insert(try server.registered().order(["a.example.test"]).url)
        #expect(urls.count == 7)
        #expect(urls.contains(try client.order(["a.example.test"], ["profile": "default"]).url))
    }

    @Test("An older order that ends takes nothing from the newer one that is handed out (§7.1.6)")
    func older() throws {
        server.engine.policy.reusesPendingOrders = true
        server.engine.policy.progress.issuance = .manually
        let old = try client.readyOrder(["www.example.test"])
        #expect(try client.finalize(old, csr: try csr(["www.example.test"])).state == "processing")
        let new = try client.order(["www.example.test"])
        #expect(new.url != old.url)
        for subject in server.engine.held { server.engine.release(subject, at: server.now) }
        #expect(try client.read(old.url).state == "valid")
        #expect(try client.order(["www.example.test"]).url == new.url)
    }

    @Test("One that is valid, invalid or expired is not handed out again (§7.1.6)")
    func finished() throws {
        server.engine.policy.reusesPendingOrders = true
        let valid = try client.readyOrder(["v.example.test"])
        try client.finalize(valid, csr: try csr(["v.example.test"]))
        #expect(try client.order(["v.example.test"]).url != valid.url)
        let invalid = try client.order(["i.example.test"])
        try client.post(invalid.authorizations[0], ["status": "deactivated"])
        #expect(try client.order(["i.example.test"]).url != invalid.url)
        let expired = try client.order(["e.example.test"])
        server.advance(by: .days(7))
        #expect(try client.order(["e.example.test"]).url != expired.url)
        server.engine.policy.progress.issuance = .manually
        let processing = try client.readyOrder(["p.example.test"])
        #expect(try client.finalize(processing, csr: try csr(["p.example.test"])).state == "processing")
        #expect(try client.order(["p.example.test"]).url != processing.url)
    }
}
