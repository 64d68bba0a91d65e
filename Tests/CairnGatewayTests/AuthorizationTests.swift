import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Authorization resource", .timeLimit(.minutes(5)))
struct AuthorizationTests {
    @Test("A pending one has its identifier, an expiry and pending challenges (§7.1.4, §8)")
    func pending() throws {
        let client = try TestServer().registered()
        let url = try client.order(["www.example.test"]).authorizations[0]
        let response = try client.read(url)
        #expect(response.status == 200)
        #expect(response.state == "pending")
        #expect(response.json["identifier"] as? [String: String] == ["type": "dns", "value": "www.example.test"])
        #expect(response.json["expires"] as? String == "2026-11-29T08:00:00Z")
        #expect(response.json["wildcard"] == nil)
        for challenge in response.challenges {
            #expect(Set(challenge.keys) == ["type", "url", "status", "token"])
            #expect(challenge["status"] as? String == "pending")
            #expect(Set(challenge["url"].map { [$0 as? String ?? ""] } ?? []).count == 1)
        }
        #expect(Set(response.challenges.compactMap { $0["url"] as? String }).count == 3)
    }

    @Test(
        "Each kind of identifier is offered what can prove it (§7.1.4, §7.4.1, §7.5, RFC 8738 §7)",
        arguments: [
            ("www.example.test", ["http-01", "dns-01", "tls-alpn-01"]), ("*.example.test", ["dns-01"]),
            ("192.0.2.1", ["http-01", "tls-alpn-01"]), ("2001:db8::1", ["http-01", "tls-alpn-01"]),
        ])
    func types(_ name: String, _ types: [String]) throws {
        let client = try TestServer().registered()
        let response = try client.read(try client.order([name]).authorizations[0])
        #expect(response.challenges.compactMap { $0["type"] as? String } == types)
    }

    @Test("That of a wildcard has the name without it, and wildcard is true (§7.1.3, §7.1.4)")
    func wildcard() throws {
        let client = try TestServer().registered()
        let order = try client.order(["*.example.test", "example.test"])
        let (wildcard, plain) = (try client.read(order.authorizations[0]), try client.read(order.authorizations[1]))
        #expect(wildcard.json["identifier"] as? [String: String] == ["type": "dns", "value": "example.test"])
        #expect(wildcard.json["wildcard"] as? Bool == true)
        #expect(plain.json["identifier"] as? [String: String] == ["type": "dns", "value": "example.test"])
        #expect(plain.json["wildcard"] == nil)
    }

    @Test("Tokens are base64url of at least 128 bits, each its own (§8.3, §11.3)")
    func tokens() throws {
        let client = try TestServer().registered()
        let order = try client.order((0..<10).map { "n\($0).example.test" })
        let tokens = try order.authorizations.flatMap { try client.read($0).challenges }
            .compactMap { $0["token"] as? String }
        #expect(tokens.count == 30)
        #expect(Set(tokens).count == 30)
        for token in tokens {
            #expect(token.count >= 22)
            #expect(token.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        }
    }

    @Test("By choice all challenges of one have one token, and each can be met (§8.3)")
    func sharedToken() throws {
        var policy = CairnPolicy()
        policy.challengesShareToken = true
        let client = try TestServer(policy: policy).registered()
        let order = try client.order(["a.example.test", "b.example.test"])
        let tokens = try order.authorizations.map { url in
            Set(try client.read(url).challenges.compactMap { $0["token"] as? String })
        }
        #expect(tokens.map(\.count) == [1, 1])
        #expect(tokens[0] != tokens[1])
        for url in order.authorizations { try client.respond(to: try client.challenge("tls-alpn-01", of: url).url) }
        #expect(try client.read(order.url).state == "ready")
    }

    @Test("A valid one has the expiry of a valid one, and keeps its other challenges pending (§7.1.4, §7.5.1)")
    func valid() throws {
        let client = try TestServer().registered()
        let url = try client.order(["www.example.test"]).authorizations[0]
        try client.respond(to: try client.challenge("dns-01", of: url).url)
        let response = try client.read(url)
        #expect(response.state == "valid")
        #expect(response.json["expires"] as? String == "2026-12-22T08:00:00Z")
        #expect(response.challenges.compactMap { $0["status"] as? String } == ["pending", "valid", "pending"])
    }

    @Test("A failed one keeps the challenge and its error (§7.5.1, §8)")
    func invalid() throws {
        let server = try TestServer()
        let client = try server.registered()
        server.decide { _ in ACMEProblem(.dns, "no such name") }
        let url = try client.order(["www.example.test"]).authorizations[0]
        try client.respond(to: try client.challenge("dns-01", of: url).url)
        let response = try client.read(url)
        #expect(response.state == "invalid")
        #expect(response.challenges.count == 3)
        let error = try #require(response.challenges[1]["error"] as? [String: Any])
        #expect(error["type"] as? String == "urn:ietf:params:acme:error:dns")
        #expect(error["detail"] as? String == "no such name")
    }

    @Test("It is for the account that placed the order (§6.2, §10.5)")
    func access() throws {
        let server = try TestServer()
        let (client, other) = (try server.registered(), try server.registered())
        let url = try client.order(["www.example.test"]).authorizations[0]
        for payload: [String: Any]? in [nil, ["status": "deactivated"]] {
            expectRefusal(try other.post(url, payload), 403, "unauthorized", "belongs to another account", "§6.2")
        }
        #expect(try client.read(url).state == "pending")
        let unknown = try client.read("https://ca.example.test/authorization/AAAAAAAAAAAAAAAAAAAAAA")
        expectRefusal(unknown, 404, "malformed", "there is no authorization")
    }
}
