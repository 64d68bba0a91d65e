import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Orders that replace a certificate", .timeLimit(.minutes(5)))
struct ReplacementTests {
    private static let names = ["www.example.test", "example.test"]

    @Test("An order names the certificate that it replaces, and shows that from then on (RFC 9773 §5)")
    func reflected() throws {
        let client = try TestServer().registered()
        let id = try client.certificate(of: client.issue(Self.names)).certID()
        let order = try client.readyOrder(["example.test", "other.example.test"], ["replaces": id])
        #expect(order.response.json["replaces"] as? String == id)
        #expect(try client.read(order.url).json["replaces"] as? String == id)
        let issued = try client.finalize(order, csr: try csr(["example.test", "other.example.test"]))
        #expect(issued.json["replaces"] as? String == id)
        // The replacement can be replaced in its turn.
        let next = try client.certificate(of: issued).certID()
        #expect(try client.order(["example.test"], ["replaces": next]).response.json["replaces"] as? String == next)
        #expect(try client.order(Self.names).response.json["replaces"] == nil)
    }

    @Test("A certificate is replaced once: a second order is 409 alreadyReplaced (RFC 9773 §5)")
    func once() throws {
        let server = try TestServer()
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(Self.names)).certID()
        let first = try client.order(Self.names, ["replaces": id])
        let response = try client.newOrder([("dns", "example.test")], ["replaces": id])
        expectRefusal(response, 409, "alreadyReplaced", id, "RFC 9773 §5")
        // An order that became invalid replaces nothing.
        _ = try client.post(try #require(first.authorizations.first), ["status": "deactivated"])
        #expect(try client.read(first.url).state == "invalid")
        let second = try client.readyOrder(Self.names, ["replaces": id])
        _ = try client.finalize(second, csr: try csr(Self.names))
        expectRefusal(try client.newOrder([("dns", "example.test")], ["replaces": id]), 409, "alreadyReplaced")
    }

    @Test("A CA can count a certificate as replaced once the other is issued, as Pebble does (RFC 9773 §5)")
    func byCertificate() throws {
        let server = try TestServer()
        server.engine.policy.renewalInfo?.replacedBy = .certificate
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(Self.names)).certID()
        let first = try client.readyOrder(Self.names, ["replaces": id])
        let second = try client.readyOrder(Self.names, ["replaces": id])
        _ = try client.finalize(first, csr: try csr(Self.names))
        expectRefusal(try client.newOrder([("dns", "example.test")], ["replaces": id]), 409, "alreadyReplaced")
        // One that is under way is not disturbed, and takes nothing from the first.
        #expect(try client.finalize(second, csr: try csr(Self.names)).state == "valid")
        let replacement = try #require(server.engine.certificates(at: server.now).first).replacement
        #expect("\(try #require(replacement))" == first.url.split(separator: "/").last.map(String.init))
    }

    @Test("The certificate must be known, of the same account, and have an identifier of the order (RFC 9773 §5)")
    func refused() throws {
        let server = try TestServer()
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(Self.names)).certID()
        let before = server.engine.census
        let list = [("dns", "example.test")]
        expectRefusal(
            try client.newOrder([("dns", "other.test")], ["replaces": id]), 400, "malformed",
            "(\"www.example.test\", \"example.test\")", "RFC 9773 §5")
        expectRefusal(
            try client.newOrder(list, ["replaces": "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"]), 404, "malformed",
            "did not issue")
        for text in ["x", ".", "AQ.h2VDIQ"] {
            expectRefusal(try client.newOrder(list, ["replaces": text]), 400, "malformed", "RFC 9773 §4.1")
        }
        expectRefusal(
            try client.newOrder(list, ["replaces": 7]), 400, "malformed", "expected \"replaces\" to be a string")
        var after = server.engine.census
        after.nonces = before.nonces
        #expect(after == before)
        expectRefusal(
            try server.registered().newOrder(list, ["replaces": id]), 403, "unauthorized", "another one", "RFC 9773 §5")
    }

    @Test("An order that replaces a certificate is free of all limits, unless the CA says otherwise (RFC 9773 §5)")
    func exempt() throws {
        let server = try TestServer()
        let client = try server.registered()
        let id = try client.certificate(of: client.issue(Self.names)).certID()
        server.engine.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(0, per: .hours(3))
        server.engine.policy.rateLimits.certificatesPerRegisteredDomain = CairnRateLimit(1, per: .days(7))
        server.engine.policy.rateLimits.certificatesPerIdentifierSet = CairnRateLimit(0, per: .days(7))
        server.engine.policy.rateLimits.pendingAuthorizationsPerAccount = 0
        let names = Self.names + ["third.example.test"]
        #expect(try client.newOrder(names.map { ("dns", $0) }).status == 429)
        server.engine.policy.rateLimits.exemptsReplacements = false
        #expect(try client.newOrder(names.map { ("dns", $0) }, ["replaces": id]).status == 429)
        server.engine.policy.rateLimits.exemptsReplacements = true
        let order = try client.readyOrder(names, ["replaces": id])
        _ = try client.finalize(order, csr: try csr(names))
        // And it does not count for the domain.
        server.engine.policy.rateLimits.newOrdersPerAccount = nil
        server.engine.policy.rateLimits.certificatesPerIdentifierSet = nil
        server.engine.policy.rateLimits.pendingAuthorizationsPerAccount = nil
        _ = try client.issue(["fourth.example.test"])
        #expect(try client.newOrder([("dns", "fifth.example.test")]).status == 429)
    }

    @Test("An order for the names of an earlier certificate is free of two limits, and not of the others (§6.6)")
    func renewal() throws {
        let server = try TestServer()
        let client = try server.registered()
        // Before there were limits.
        _ = try client.issue(Self.names)
        server.engine.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(0, per: .hours(3))
        server.engine.policy.rateLimits.certificatesPerRegisteredDomain = CairnRateLimit(1, per: .days(7))
        #expect(try client.newOrder([("dns", "new.example.test")]).status == 429)
        #expect(try client.newOrder([("dns", "example.test")]).status == 429)
        _ = try client.issue(Self.names.reversed())
        _ = try client.issue(Self.names)
        // Renewals have not counted for the domain.
        server.engine.policy.rateLimits.newOrdersPerAccount = nil
        _ = try client.issue(["first.example.test"])
        #expect(try client.newOrder([("dns", "second.example.test")]).status == 429)
        server.engine.policy.rateLimits.exemptsRenewals = false
        #expect(try client.newOrder(Self.names.map { ("dns", $0) }).status == 429)
        server.engine.policy.rateLimits.exemptsRenewals = true
        #expect(try client.newOrder(Self.names.map { ("dns", $0) }).status == 201)
        server.engine.policy.rateLimits.certificatesPerIdentifierSet = CairnRateLimit(1, per: .days(7))
        _ = try client.issue(Self.names)
        expectRefusal(try client.newOrder(Self.names.map { ("dns", $0) }), 429, "rateLimited", "for exactly")
    }

    @Test("A certificate that is forgotten makes no renewal any more, as long as another is not kept")
    func forgotten() throws {
        var bounds = CairnBounds()
        bounds.finishedOrders = 2
        let server = try TestServer(bounds: bounds)
        let client = try server.registered()
        _ = try client.issue(["a.example.test"])
        _ = try client.issue(["a.example.test"])
        server.engine.policy.rateLimits.certificatesPerRegisteredDomain = CairnRateLimit(0, per: .days(7))
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 201)
        server.engine.policy.rateLimits.certificatesPerRegisteredDomain = nil
        _ = try client.issue(["b.example.test"])
        server.engine.policy.rateLimits.certificatesPerRegisteredDomain = CairnRateLimit(0, per: .days(7))
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 201)
        server.engine.policy.rateLimits.certificatesPerRegisteredDomain = nil
        _ = try client.issue(["c.example.test"])
        server.engine.policy.rateLimits.certificatesPerRegisteredDomain = CairnRateLimit(0, per: .days(7))
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 429)
    }
}
