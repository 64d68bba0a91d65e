import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Reuse of authorizations", .timeLimit(.minutes(5)))
struct AuthorizationReuseTests {
    private func server(_ reuse: CairnAuthorizationReuse = .always, seed: CairnSeed = 1) throws -> TestServer {
        var policy = CairnPolicy()
        policy.authorizationReuse = reuse
        return try TestServer(policy: policy, seed: seed)
    }

    @Test("Unless the policy says so, every order has its own (§7.1.3)")
    func never() throws {
        let client = try TestServer().registered()
        let first = try client.readyOrder(["www.example.test"])
        let second = try client.order(["www.example.test"])
        #expect(second.authorizations != first.authorizations)
        #expect(second.response.state == "pending")
    }

    @Test("A valid one is listed by the next order, which is born ready and ends no later (§7.1.3)")
    func always() throws {
        let server = try server()
        let client = try server.registered()
        let first = try client.readyOrder(["www.example.test"])
        server.advance(by: .days(29))
        let second = try client.order(["www.example.test"])
        #expect(second.authorizations == first.authorizations)
        #expect(second.response.state == "ready")
        #expect(second.response.json["expires"] as? String == "2026-12-22T08:00:00Z")
        let changes = server.engine.journal.statusChanges.suffix(2)
        #expect(changes.map(\.from) == [nil, "pending"])
        #expect(changes.map(\.to) == ["pending", "ready"])
        #expect(try client.finalize(second, csr: try csr(["www.example.test"])).state == "valid")
    }

    @Test("Another account's, another name's and a wildcard's are not (§7.1.3)")
    func others() throws {
        let server = try server()
        let client = try server.registered()
        _ = try client.readyOrder(["www.example.test", "*.wild.test"])
        for name in ["a.www.example.test", "*.www.example.test", "example.test", "wild.test", "a.wild.test"] {
            #expect(try client.order([name]).response.state == "pending", "\(name)")
        }
        #expect(try client.order(["*.wild.test"]).response.state == "ready")
        #expect(try server.registered().order(["www.example.test"]).response.state == "pending")
    }

    @Test("One that is pending, invalid, given up or expired is not (§7.1.6)")
    func ended() throws {
        let server = try server()
        let client = try server.registered()
        let pending = try client.order(["p.example.test"])
        #expect(try client.order(["p.example.test"]).authorizations != pending.authorizations)
        let deactivated = try client.readyOrder(["d.example.test"])
        try client.post(deactivated.authorizations[0], ["status": "deactivated"])
        #expect(try client.order(["d.example.test"]).response.state == "pending")
        _ = try client.readyOrder(["e.example.test"])
        server.advance(by: .days(30))
        #expect(try client.order(["e.example.test"]).response.state == "pending")
        server.decide { _ in ACMEProblem(.connection, "no") }
        _ = try client.readyOrder(["i.example.test"])
        #expect(try client.order(["i.example.test"]).response.state == "pending")
    }

    @Test("All orders that list it fail with it, and the finished ones stay (§7.1.6)")
    func failing() throws {
        let client = try server().registered()
        let first = try client.readyOrder(["www.example.test"])
        let issued = try client.order(["www.example.test"])
        try client.finalize(issued, csr: try csr(["www.example.test"]))
        let third = try client.order(["www.example.test", "other.example.test"])
        try client.post(first.authorizations[0], ["status": "deactivated"])
        let states = try [first, issued, third].map { try client.read($0.url).state }
        #expect(states == ["invalid", "valid", "invalid"])
    }

    @Test("Of several the one that expires last is taken")
    func last() throws {
        let server = try TestServer()
        let client = try server.registered()
        let orders = try [40, 50, 20].map { days in
            server.engine.policy.lifetimes.validAuthorization = .days(days)
            return try client.readyOrder(["www.example.test"])
        }
        server.engine.policy.authorizationReuse = .always
        #expect(try client.order(["www.example.test"]).authorizations == orders[1].authorizations)
        try client.post(orders[1].authorizations[0], ["status": "deactivated"])
        #expect(try client.order(["www.example.test"]).authorizations == orders[0].authorizations)
    }

    @Test("A name's own rule is the strongest, then the nearest above it")
    func entries() throws {
        var reuse = CairnAuthorizationReuse.never
        reuse["*.example.test"] = .always
        reuse["*.fresh.example.test"] = .never
        reuse["own.fresh.example.test"] = .always
        let client = try server(reuse).registered()
        for (name, isReused) in [
            ("a.example.test", true), ("*.a.example.test", true), ("example.test", false),
            ("a.fresh.example.test", false),
            ("own.fresh.example.test", true), ("192.0.2.1", false),
        ] {
            let first = try client.readyOrder([name])
            #expect((try client.order([name]).authorizations == first.authorizations) == isReused, "\(name)")
        }
    }

    @Test("With a probability, the seed decides")
    func sometimes() throws {
        func pattern(_ seed: CairnSeed) throws -> [Bool] {
            let client = try server(.sometimes(0.5), seed: seed).registered()
            _ = try client.readyOrder(["www.example.test"])
            return try (0..<40).map { _ in try client.order(["www.example.test"]).response.state == "ready" }
        }
        let first = try pattern(1)
        #expect(Set(first) == [true, false])
        #expect(try pattern(1) == first)
        #expect(try pattern(2) != first)
    }

    @Test("One that was proven by what the profile does not offer is not used")
    func profile() throws {
        var authority = CairnAuthorityConfiguration()
        authority.profiles = [.standard, CairnCertificateProfile(name: "careful", description: "dns-01 alone")]
        var policy = CairnPolicy()
        policy.authorizationReuse = .always
        policy.profiles["careful"] = CairnProfileRules(challengeTypes: [.dns01])
        let client = try TestServer(policy: policy, authority: authority).registered()
        let first = try client.readyOrder(["www.example.test"])
        let careful = try client.readyOrder(["www.example.test"], ["profile": "careful"])
        #expect(careful.authorizations != first.authorizations)
        #expect(try client.order(["www.example.test"], ["profile": "careful"]).authorizations == careful.authorizations)
    }

    @Test("An order that is born with all it needs may still show that late (§7.1.6)")
    func held() throws {
        let server = try server()
        let client = try server.registered()
        _ = try client.readyOrder(["www.example.test"])
        server.engine.policy.progress.readiness = .afterPolls(1)
        let order = try client.order(["www.example.test"])
        #expect(order.response.state == "pending")
        #expect(try client.read(order.url).state == "pending")
        #expect(try client.read(order.url).state == "ready")
    }

    @Test("Many orders at once share it, and each ends valid")
    func concurrent() async throws {
        let server = try server()
        let key = try AccountKey()
        let request = try csr(["www.example.test"])
        _ = try server.registered(key: key).readyOrder(["www.example.test"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let client = try server.registered(key: key)
                    for _ in 0..<10 {
                        let order = try client.order(["www.example.test"])
                        let state = try client.finalize(order, csr: request).state
                        #expect(state == "valid")
                    }
                }
            }
            try await group.waitForAll()
        }
        let census = server.engine.census
        #expect(census.orders == 41)
        #expect(census.authorizations == 1)
    }

    @Test("It is forgotten with the last order that lists it")
    func forgotten() throws {
        var bounds = CairnBounds()
        bounds.finishedOrders = 1
        var policy = CairnPolicy()
        policy.authorizationReuse = .always
        let server = try TestServer(policy: policy, bounds: bounds)
        let client = try server.registered()
        let request = try csr(["www.example.test"])
        let first = try client.readyOrder(["www.example.test"])
        try client.finalize(first, csr: request)
        for _ in 0..<3 { try client.finalize(try client.order(["www.example.test"]), csr: request) }
        #expect(try client.read(first.url).status == 404)
        #expect(try client.read(first.authorizations[0]).state == "valid")
        _ = try client.issue(["other.example.test"])
        #expect(try client.read(first.authorizations[0]).status == 404)
        #expect(server.engine.census.authorizations == 1)
    }
}
