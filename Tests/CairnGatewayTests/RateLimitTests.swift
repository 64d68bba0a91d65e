import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Rate limits", .timeLimit(.minutes(5)))
struct RateLimitTests {
    private static func server(_ set: (inout CairnRateLimits) -> Void) throws -> TestServer {
        var policy = CairnPolicy()
        set(&policy.rateLimits)
        return try TestServer(policy: policy)
    }

    @Test("A request beyond a limit is 429 rateLimited, and says when it is possible and where to read more (§6.6)")
    func refusal() throws {
        let server = try Self.server { $0.newOrdersPerAccount = CairnRateLimit(3, per: .hours(3)) }
        let client = try server.registered()
        for number in 0..<3 { _ = try client.order(["n\(number).example.test"]) }
        server.advance(by: .minutes(20))
        let response = try client.newOrder([("dns", "n3.example.test")])
        expectRefusal(
            response, 429, "rateLimited", "expected at most 3 new orders of one account in 3 h",
            "since 2026-11-22T05:20:00Z", "possible at 2026-11-22T09:00:00Z", "RFC 8555 §6.6")
        #expect(response.values("Retry-After") == ["2400"])
        #expect(response.links("help") == ["https://ca.example.test/rate-limits"])
        // Others are not held up by it.
        #expect(try server.registered().newOrder([("dns", "n3.example.test")]).status == 201)
    }

    @Test("What Retry-After says is true, to the second (§6.6)")
    func punctual() throws {
        let server = try Self.server { $0.newOrdersPerAccount = CairnRateLimit(7, per: .hours(1)) }
        let client = try server.registered()
        for number in 0..<7 { _ = try client.order(["n\(number).example.test"]) }
        let wait = try #require(try client.newOrder([("dns", "a.example.test")])["Retry-After"].flatMap { Int($0) })
        #expect(wait == 515)  // An hour / 7 is 514.28 s.
        server.advance(by: .seconds(wait - 1))
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 429)
        server.advance(by: .seconds(1))
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 201)
    }

    @Test("Retry-After can be left out, and the link can lead elsewhere or nowhere (§6.6 has it SHOULD and MAY)")
    func switches() throws {
        let server = try Self.server {
            $0.newOrdersPerAccount = CairnRateLimit(0, per: .hours(3))
            $0.pendingAuthorizationsPerAccount = 0
            $0.help = .url("https://help.example.test/")
        }
        let client = try server.registered()
        let elsewhere = try client.newOrder([("dns", "a.example.test")])
        #expect(elsewhere.links("help") == ["https://help.example.test/"])
        #expect(elsewhere["Retry-After"] == nil)
        server.engine.policy.rateLimits.help = nil
        #expect(try client.newOrder([("dns", "a.example.test")]).links("help").isEmpty)
        server.engine.policy.rateLimits = CairnRateLimits()
        server.engine.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(1, per: .hours(3))
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 201)
        #expect(try client.newOrder([("dns", "a.example.test")])["Retry-After"] == "10800")
        server.engine.policy.rateLimits.sendsRetryAfter = false
        let silent = try client.newOrder([("dns", "a.example.test")])
        #expect(silent.status == 429)
        #expect(silent["Retry-After"] == nil)
    }

    @Test("The page that refusals link to lists the limits in force (§6.6)")
    func page() throws {
        let server = try Self.server { _ in }
        let client = try server.client()
        let url = "https://ca.example.test/rate-limits"
        #expect(try client.send("GET", url).text == "This certificate authority limits nothing.\n")
        server.engine.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(300, per: .hours(3))
        server.engine.policy.rateLimits.failedValidationsPerIdentifier = CairnRateLimit(5, per: .minutes(90))
        server.engine.policy.rateLimits.pendingAuthorizationsPerAccount = 7
        let text = try client.send("GET", url).text
        for line in [
            "newOrdersPerAccount: 300 in 3 h\n", "failedValidationsPerIdentifier: 5 in 90 min\n",
            "pendingAuthorizationsPerAccount: 7 at a time\n",
        ] {
            #expect(text.contains(line), "\(text)")
        }
    }

    @Test("New accounts are limited by the address of the client; existing ones are found all the same (§6.6)")
    func accounts() throws {
        let server = try Self.server { $0.newAccountsPerAddress = CairnRateLimit(1, per: .hours(3)) }
        let first = try server.client(from: "192.0.2.1")
        #expect(try first.register().status == 201)
        let second = try server.client(from: "192.0.2.1")
        expectRefusal(try second.register(), 429, "rateLimited", "new accounts from 192.0.2.1 in 3 h")
        #expect(try first.register().status == 200)
        #expect(try server.client(from: "192.0.2.2").register().status == 201)
        // A request without a connection comes from 127.0.0.1.
        #expect(try server.client().register().status == 201)
        expectRefusal(try server.client(from: "127.0.0.1").register(), 429, "rateLimited", "from 127.0.0.1")
        server.advance(by: .hours(3))
        #expect(try second.register().status == 201)
    }

    @Test("New accounts are limited by IPv6 network of 48 bits, too (§6.6)")
    func ranges() throws {
        let server = try Self.server {
            $0.newAccountsPerAddress = CairnRateLimit(1, per: .hours(3))
            $0.newAccountsPerIPv6Range = CairnRateLimit(2, per: .hours(3))
        }
        #expect(try server.client(from: "2001:db8:1::1").register().status == 201)
        expectRefusal(
            try server.client(from: "2001:db8:1::1").register(), 429, "rateLimited", "from 2001:db8:1::1 in")
        // What was refused has cost nothing of the other limit.
        #expect(try server.client(from: "2001:db8:1:f::2").register().status == 201)
        expectRefusal(
            try server.client(from: "2001:db8:1:a::3").register(), 429, "rateLimited", "from 2001:db8:1::/48 in 3 h")
        #expect(try server.client(from: "2001:db8:2::1").register().status == 201)
    }

    @Test("Certificates count for their registered domains when they are issued, whoever asks (§6.6)")
    func domains() throws {
        let server = try Self.server { $0.certificatesPerRegisteredDomain = CairnRateLimit(2, per: .days(7)) }
        let client = try server.registered()
        for number in 0..<5 { _ = try client.order(["n\(number).example.test"]) }
        _ = try client.issue(["a.example.test"])
        #expect(try client.newOrder([("dns", "a.other.test")]).status == 201)
        // Two names of one domain are one certificate.
        _ = try server.registered().issue(["b.example.test", "c.example.test"])
        let response = try client.newOrder([
            ("dns", "d.example.test"), ("dns", "a.other.test"), ("dns", "example.test"),
        ])
        expectRefusal(
            response, 429, "rateLimited", "2 certificates for the registered domain example.test in 7 d",
            "possible at 2026-11-25T20:00:00Z")
        #expect(response.refusedIdentifiers == ["d.example.test", "example.test"])
        #expect(response["Retry-After"] == "302400")
    }

    @Test("Several limits that are exceeded are refused with the longest wait (§6.6, §6.7.1)")
    func several() throws {
        let server = try Self.server {
            $0.certificatesPerRegisteredDomain = CairnRateLimit(1, per: .days(7))
            $0.newOrdersPerAccount = CairnRateLimit(1, per: .hours(1))
            $0.override(
                .certificatesPerRegisteredDomain, for: .domain("b.test"), with: CairnRateLimit(1, per: .days(9)))
        }
        let client = try server.registered()
        _ = try client.issue(["www.a.test", "www.b.test"])
        let response = try client.newOrder([("dns", "x.a.test"), ("dns", "x.b.test")])
        expectRefusal(response, 429, "rateLimited", "registered domain b.test in 9 d")
        #expect(response["Retry-After"] == "\(9 * 86_400)")
        #expect(response.refusedIdentifiers == ["x.a.test", "x.b.test"])
    }

    @Test("Certificates for exactly the same identifiers are limited, in whatever order they are named (§6.6)")
    func duplicates() throws {
        let server = try Self.server { $0.certificatesPerIdentifierSet = CairnRateLimit(2, per: .days(7)) }
        let client = try server.registered()
        _ = try client.issue(["a.example.test", "b.example.test"])
        _ = try client.issue(["b.example.test", "a.example.test"])
        let response = try client.newOrder([("dns", "a.example.test"), ("dns", "b.example.test")])
        expectRefusal(response, 429, "rateLimited", "certificates for exactly \"a.example.test\", \"b.example.test\"")
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 201)
    }

    @Test("Failed validations of a name are counted for each account, and hold up new orders (§6.6)")
    func failures() throws {
        let server = try Self.server { $0.failedValidationsPerIdentifier = CairnRateLimit(2, per: .hours(1)) }
        server.decide { $0.attempt.identifier.value == "bad.example.test" ? ACMEProblem(.dns, "no such name") : nil }
        let client = try server.registered()
        for _ in 0..<2 { _ = try client.readyOrder(["bad.example.test"]) }
        let response = try client.newOrder([("dns", "good.example.test"), ("dns", "bad.example.test")])
        expectRefusal(
            response, 429, "rateLimited", "2 failed validations of \"bad.example.test\" for one account in 1 h")
        #expect(response.refusedIdentifiers == ["bad.example.test"])
        #expect(response["Retry-After"] == "1800")
        #expect(try client.newOrder([("dns", "*.bad.example.test")]).status == 429)
        #expect(try client.newOrder([("dns", "good.example.test")]).status == 201)
        #expect(try server.registered().newOrder([("dns", "bad.example.test")]).status == 201)
        server.advance(by: .minutes(30))
        #expect(try client.newOrder([("dns", "bad.example.test")]).status == 201)
    }

    @Test("Pending authorizations are limited at any time, and one that is done with makes room (§6.6)")
    func pending() throws {
        let server = try Self.server { $0.pendingAuthorizationsPerAccount = 2 }
        let client = try server.registered()
        expectRefusal(
            try client.newOrder([("dns", "a.test"), ("dns", "b.test"), ("dns", "c.test")]), 429, "rateLimited",
            "at most 2 pending authorizations of one account, got 0 and 3 more")
        _ = try client.order(["a.example.test"])
        server.advance(by: .hours(1))
        let order = try client.order(["b.example.test"])
        let response = try client.newOrder([("dns", "c.example.test")])
        expectRefusal(
            response, 429, "rateLimited", "got 2 and 1 more; 1 of them will have expired at 2026-11-29T08:00:00Z")
        #expect(response["Retry-After"] == "\(7 * 86_400 - 3600)")
        _ = try client.post(try #require(order.authorizations.first), ["status": "deactivated"])
        #expect(try client.newOrder([("dns", "c.example.test")]).status == 201)
    }

    @Test(
        "Beyond the limit of pending authorizations Retry-After is when as many have expired as are too many (§6.6)",
        arguments: [1, 2, 3, 4])
    func pendingExcess(_ excess: Int) throws {
        let server = try Self.server { $0.pendingAuthorizationsPerAccount = 3 }
        let client = try server.registered()
        for hour in 0..<3 {
            _ = try client.order(["n\(hour).example.test"])
            server.advance(by: .hours(1))
        }
        let response = try client.newOrder((0..<excess).map { ("dns", "more\($0).example.test") })
        expectRefusal(response, 429, "rateLimited", "got 3 and \(excess) more")
        // They expire 7 days after the hour in which they were made; more than there are never will.
        let wait = excess <= 3 ? "\(7 * 86_400 - 3 * 3600 + (excess - 1) * 3600)" : nil
        #expect(response["Retry-After"] == wait)
        guard let wait, let seconds = Int(wait) else { return }
        server.advance(by: .seconds(seconds - 1))
        #expect(try client.newOrder((0..<excess).map { ("dns", "more\($0).example.test") }).status == 429)
        server.advance(by: .seconds(1))
        #expect(try client.newOrder((0..<excess).map { ("dns", "more\($0).example.test") }).status == 201)
    }

    @Test("newAuthz is limited as orders are; what is granted or used again is not counted (§7.4.1, §6.6)")
    func preAuthorizations() throws {
        let server = try Self.server {
            $0.pendingAuthorizationsPerAccount = 1
            $0.failedValidationsPerIdentifier = CairnRateLimit(1, per: .hours(1))
        }
        let client = try server.registered()
        let account = try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
        func authorize(_ name: String) throws -> Response {
            try client.post(try client.endpoint("newAuthz"), ["identifier": ["type": "dns", "value": name]])
        }
        let first = try authorize("a.example.test")
        #expect(first.status == 201)
        expectRefusal(try authorize("b.example.test"), 429, "rateLimited", "pending authorizations")
        _ = try server.engine.grant(.name("c.example.test"), to: account, until: server.now + .days(1), at: server.now)
        #expect(try authorize("c.example.test").state == "valid")
        #expect(try client.newOrder([("dns", "c.example.test")]).state == "ready")

        server.decide { _ in ACMEProblem(.dns, "no such name") }
        let url = try #require(first["Location"])
        try client.respond(to: try client.challenge("http-01", of: url).url)
        let refused = try authorize("a.example.test")
        expectRefusal(refused, 429, "rateLimited", "failed validations of \"a.example.test\"")
        server.decide { _ in nil }
        server.advance(by: .hours(1))
        #expect(try authorize("a.example.test").status == 201)
    }

    @Test("An order that is refused by one limit costs nothing of another (§6.6)")
    func atomic() throws {
        let server = try Self.server {
            $0.newOrdersPerAccount = CairnRateLimit(2, per: .hours(3))
            $0.pendingAuthorizationsPerAccount = 1
        }
        let client = try server.registered()
        let before = server.engine.census
        for _ in 0..<5 {
            #expect(try client.newOrder([("dns", "a.example.test"), ("dns", "b.example.test")]).status == 429)
        }
        var after = server.engine.census
        after.nonces = before.nonces
        #expect(after == before)
        server.engine.policy.rateLimits.pendingAuthorizationsPerAccount = nil
        #expect(try client.newOrder([("dns", "a.example.test")]).status == 201)
        #expect(try client.newOrder([("dns", "b.example.test")]).status == 201)
        #expect(try client.newOrder([("dns", "c.example.test")]).status == 429)
    }

    @Test("Somebody can have a limit of his own, or none (§6.6)")
    func overrides() throws {
        let server = try Self.server {
            $0.newOrdersPerAccount = CairnRateLimit(1, per: .hours(3))
            $0.newAccountsPerAddress = CairnRateLimit(1, per: .hours(3))
            $0.certificatesPerRegisteredDomain = CairnRateLimit(1, per: .days(7))
            $0.override(.newAccountsPerAddress, for: .address("127.0.0.1"), with: .unlimited)
        }
        let (client, other) = (try server.registered(), try server.registered())
        server.engine.policy.rateLimits.override(
            .newOrdersPerAccount, for: .account(CairnObjectID(url: client.kid ?? "")),
            with: CairnRateLimit(4, per: .hours(3)))
        server.engine.policy.rateLimits.override(
            .certificatesPerRegisteredDomain, for: .account(CairnObjectID(url: client.kid ?? "")),
            with: CairnRateLimit(2, per: .days(7)))
        _ = try other.issue(["a.example.test"])
        #expect(try other.newOrder([("dns", "b.other.test")]).status == 429)
        _ = try client.issue(["b.example.test"])
        _ = try client.issue(["c.example.test"])
        expectRefusal(try client.newOrder([("dns", "d.example.test")]), 429, "rateLimited", "at most 2 certificates")
        server.engine.policy.rateLimits.override(
            .certificatesPerRegisteredDomain, for: .account(CairnObjectID(url: client.kid ?? "")), with: nil)
        expectRefusal(try client.newOrder([("dns", "d.example.test")]), 429, "rateLimited", "at most 1 certificates")
        server.engine.policy.rateLimits.override(
            .certificatesPerRegisteredDomain, for: .domain("Example.TEST"), with: .unlimited)
        #expect(try client.newOrder([("dns", "d.example.test")]).status == 201)
    }

    @Test("Every limit can be that of an account or of a set of identifiers alone (§6.6)")
    func ownLimits() throws {
        let server = try Self.server { _ in }
        let (client, other) = (try server.registered(), try server.registered())
        let (names, list) = (
            ["a.example.test", "b.example.test"], [("dns", "b.example.test"), ("dns", "a.example.test")]
        )
        let account = CairnRateLimits.Subject.account(CairnObjectID(url: client.kid ?? ""))
        func expectOwn(
            _ name: CairnRateLimits.Name, _ subject: CairnRateLimits.Subject, _ words: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            server.engine.policy.rateLimits.override(name, for: subject, with: CairnRateLimit(0, per: .hours(3)))
            expectRefusal(
                try client.newOrder(list), 429, "rateLimited", words, sourceLocation: sourceLocation)
            if case .account = subject { #expect(try other.newOrder(list).status == 201) }
            server.engine.policy.rateLimits.override(name, for: subject, with: nil)
            #expect(server.engine.policy.rateLimits.overrides.isEmpty)
        }
        try expectOwn(.newOrdersPerAccount, account, "new orders")
        try expectOwn(.failedValidationsPerIdentifier, account, "failed validations of \"b.example.test\"")
        try expectOwn(.pendingAuthorizationsPerAccount, account, "pending authorizations")
        try expectOwn(.certificatesPerRegisteredDomain, account, "registered domain example.test")
        try expectOwn(.certificatesPerIdentifierSet, account, "certificates for exactly")
        let set = Set(names.map { ACMEIdentifier.dns($0) })
        try expectOwn(.certificatesPerIdentifierSet, .identifiers(set), "certificates for exactly")
        #expect(try client.newOrder(list).status == 201)

        server.engine.policy.rateLimits.override(
            .failedValidationsUntilPause, for: account, with: CairnRateLimit(1, per: .days(1)))
        server.decide { _ in ACMEProblem(.dns, "no such name") }
        for someone in [client, other] { _ = try someone.readyOrder(["a.example.test"]) }
        #expect(try client.newOrder(list).refusedIdentifiers == ["a.example.test"])
        #expect(try other.newOrder(list).status == 201)
    }

    @Test("Asking for a retry of a validation too often is rateLimited, with the same link (§6.6, §8.2)")
    func retries() throws {
        var policy = CairnPolicy()
        policy.validationRetries = [.seconds(10)]
        policy.maximumRequestedRetries = 0
        let server = try TestServer(policy: policy)
        server.decide { _ in ACMEProblem(.dns, "no such name") }
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        let (url, _) = try client.challenge("http-01", of: try #require(order.authorizations.first))
        _ = try client.respond(to: url)
        let response = try client.respond(to: url)
        expectRefusal(response, 429, "rateLimited", "§8.2")
        #expect(response.links("help") == ["https://ca.example.test/rate-limits"])
        #expect(response["Retry-After"] == "10")
    }
}

extension TestServer {
    /// A client at an address.
    func client(from address: CairnIPAddress) throws -> ReferenceClient {
        try ReferenceClient { [gateway] request in
            var request = request
            request.source = address
            return gateway.respond(to: request)
        }
    }
}
