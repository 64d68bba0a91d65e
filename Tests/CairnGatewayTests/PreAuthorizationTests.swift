import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("newAuthz", .timeLimit(.minutes(5)))
struct PreAuthorizationTests {
    @Test(
        "An authorization is 201 with its URL, pending, with challenges, and never says wildcard (§7.4.1, erratum 6364)"
    )
    func created() throws {
        let client = try TestServer().registered()
        let response = try client.newAuthz("dns", "WWW.Example.TEST")
        #expect(response.status == 201)
        #expect(response.state == "pending")
        #expect(response.json["identifier"] as? [String: String] == ["type": "dns", "value": "www.example.test"])
        #expect(response.json["expires"] as? String == "2026-11-29T08:00:00Z")
        #expect(response.challenges.compactMap { $0["type"] as? String } == ["http-01", "dns-01", "tls-alpn-01"])
        #expect(response.json["wildcard"] == nil)
        let url = try #require(response["Location"])
        #expect(url.hasPrefix("https://ca.example.test/authorization/"))
        #expect(try client.read(url).body == response.body)
    }

    @Test("Once it is valid, an order for the name lists it and is ready from the start (§7.4.1, §7.1.3)")
    func used() throws {
        let server = try TestServer()
        let client = try server.registered()
        let url = try client.preAuthorize("www.example.test")
        #expect(try client.read(url).state == "valid")
        server.advance(by: .days(26))
        let order = try client.order(["www.example.test"])
        #expect(order.authorizations == [url])
        #expect(order.response.state == "ready")
        // No later than the authorization, which lives 30 days.
        #expect(order.response.json["expires"] as? String == "2026-12-22T08:00:00Z")
        #expect(try client.finalize(order, csr: try csr(["www.example.test"])).state == "valid")
        #expect(try client.order(["www.example.test"]).authorizations == [url])
    }

    @Test("It is for the exact name and the account alone (§7.4.1)")
    func exact() throws {
        let server = try TestServer()
        let client = try server.registered()
        let url = try client.preAuthorize("www.example.test")
        let order = try client.order(["a.www.example.test", "*.www.example.test", "example.test"])
        #expect(!order.authorizations.contains(url))
        #expect(try server.registered().order(["www.example.test"]).response.state == "pending")
        let mixed = try client.order(["www.example.test", "a.example.test"])
        #expect(mixed.authorizations.first == url)
        #expect(mixed.response.state == "pending")
    }

    @Test("One that is still pending is not used, and an order for the name has its own (§7.4.1)")
    func pending() throws {
        let client = try TestServer(approving: false).registered()
        let url = try #require(try client.newAuthz("dns", "www.example.test")["Location"])
        #expect(try client.order(["www.example.test"]).authorizations != [url])
    }

    @Test("An order that uses it fails when it is deactivated, and the next one has another (§7.5.2, §7.1.6)")
    func deactivated() throws {
        let client = try TestServer().registered()
        let url = try client.preAuthorize("www.example.test")
        let order = try client.order(["www.example.test"])
        #expect(try client.post(url, ["status": "deactivated"]).state == "deactivated")
        #expect(try client.read(order.url).state == "invalid")
        #expect(try client.read(url).state == "deactivated")
        #expect(try client.order(["www.example.test"]).authorizations != [url])
    }

    @Test("It expires, pending or valid (§7.1.6)")
    func expired() throws {
        let server = try TestServer()
        let client = try server.registered()
        let pending = try #require(try client.newAuthz("dns", "p.example.test")["Location"])
        let valid = try client.preAuthorize("v.example.test")
        server.advance(by: .days(7))
        #expect(try client.read(pending).state == "expired")
        #expect(try client.read(valid).state == "valid")
        server.advance(by: .days(23))
        #expect(try client.read(valid).state == "expired")
        #expect(try client.order(["v.example.test"]).response.state == "pending")
    }

    @Test("The deactivation of the account gives it up (§7.3.6)")
    func account() throws {
        let server = try TestServer()
        let client = try server.registered()
        _ = try client.newAuthz("dns", "p.example.test")
        try client.post(try #require(client.kid), ["status": "deactivated"])
        #expect(server.engine.journal.statusChanges.last?.to == "deactivated")
        #expect(server.engine.journal.statusChanges.last?.subject == .authorization)
    }

    @Test("A wildcard is refused, since the name in it must be that of the authorization (§7.4.1)")
    func wildcard() throws {
        let client = try TestServer().registered()
        let response = try client.newAuthz("dns", "*.example.test")
        expectRefusal(response, 400, "malformed", "expected a name without \"*.\"", "§7.4.1")
    }

    @Test("A name that the CA is not willing to certify is 403 with the reason (§7.4.1)")
    func unwilling() throws {
        var policy = CairnPolicy()
        policy.blockedNames = ["blocked.test"]
        let server = try TestServer(policy: policy)
        let client = try server.registered()
        let before = server.engine.census.authorizations
        let blocked = try client.newAuthz("dns", "blocked.test")
        expectRefusal(blocked, 403, "rejectedIdentifier", "forbids certificates for \"blocked.test\"", "§7.4")
        #expect(blocked.refusedIdentifiers == ["blocked.test"])
        let unknown = try client.newAuthz("email", "a@example.test")
        expectRefusal(unknown, 403, "unsupportedIdentifier", "of type \"dns\" or \"ip\"")
        #expect(unknown.refusedIdentifiers == ["a@example.test"])
        let malformed = try client.newAuthz("dns", "a_b.example.test")
        expectRefusal(malformed, 400, "malformed", "letters, digits and hyphens")
        #expect(malformed.refusedIdentifiers == ["a_b.example.test"])
        #expect(server.engine.census.authorizations == before)
    }

    @Test("A name that no challenge can prove is 403 (§7.4.1)")
    func unprovable() throws {
        var policy = CairnPolicy()
        policy.challengeTypes = [.dns01]
        let client = try TestServer(policy: policy).registered()
        let response = try client.newAuthz("ip", "192.0.2.1")
        expectRefusal(response, 403, "rejectedIdentifier", "no challenge type", "\"192.0.2.1\"")
    }

    @Test("A payload in which something is missing or of another kind is malformed and says what (§7.4.1)")
    func payload() throws {
        let client = try TestServer().registered()
        for (members, words) in [
            ([:], "expected a member \"identifier\", got none"),
            (["identifier": "www.example.test"], "expected \"identifier\" to be an object, got a string"),
            (["identifier": ["value": "www.example.test"]], "expected a member \"type\", got none"),
            (["identifier": ["type": "dns"]], "expected a member \"value\", got none"),
        ] as [([String: Any], String)] {
            let response = try client.post(try client.endpoint("newAuthz"), members)
            expectRefusal(response, 400, "malformed", words, "§7.4.1")
        }
        expectRefusal(try client.read(try client.endpoint("newAuthz")), 400, "malformed", "POST-as-GET")
    }

    @Test("A CA without it names no newAuthz, and has nothing there (§7.1.1)")
    func off() throws {
        let server = try TestServer()
        let client = try server.registered()
        let url = try client.endpoint("newAuthz")
        server.engine.policy.preAuthorization = false
        #expect(try client.send("GET", "https://ca.example.test/dir").json["newAuthz"] == nil)
        let response = try client.post(url, ["identifier": ["type": "dns", "value": "www.example.test"]])
        #expect(response.status == 404)
    }

    @Test("It stays when the orders that used it are forgotten, and goes when it has ended and many others have")
    func bounded() throws {
        var bounds = CairnBounds()
        bounds.finishedOrders = 1
        bounds.finishedAuthorizations = 2
        let server = try TestServer(bounds: bounds)
        let client = try server.registered()
        let url = try client.preAuthorize("www.example.test")
        let request = try csr(["www.example.test"])
        for _ in 0..<5 {
            let order = try client.order(["www.example.test"])
            #expect(order.authorizations == [url])
            #expect(try client.finalize(order, csr: request).state == "valid")
        }
        #expect(server.engine.census.authorizations == 1)
        var ended: [String] = []
        for number in 0..<5 {
            let other = try #require(try client.newAuthz("dns", "n\(number).example.test")["Location"])
            #expect(try client.post(other, ["status": "deactivated"]).state == "deactivated")
            ended.append(other)
        }
        #expect(server.engine.census.authorizations == 3)
        #expect(try client.read(ended[2]).status == 404)
        #expect(try client.read(ended[3]).state == "deactivated")
        #expect(try client.read(url).state == "valid")
    }
}

extension ReferenceClient {
    /// Asks for an authorization before any order (RFC 8555 §7.4.1), whatever comes of it.
    func newAuthz(_ type: String, _ value: String) throws -> Response {
        try post(try endpoint("newAuthz"), ["identifier": ["type": type, "value": value]])
    }

    /// Obtains a valid authorization for a name, and gives its URL.
    func preAuthorize(_ name: String) throws -> String {
        let response = try newAuthz("dns", name)
        try respond(to: response.challenges.first?["url"] as? String ?? "")
        return response["Location"] ?? ""
    }
}
