import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

/// Of everything that clients can make there is a most: who gives way, and who is refused.
@Suite("Bounds", .timeLimit(.minutes(5)))
struct BoundsTests {
    private func server(
        _ change: (inout CairnBounds) -> Void, policy changePolicy: (inout CairnPolicy) -> Void = { _ in }
    ) throws -> TestServer {
        var (bounds, policy) = (CairnBounds(), CairnPolicy())
        change(&bounds)
        changePolicy(&policy)
        return try TestServer(policy: policy, bounds: bounds)
    }

    private func id(_ client: ReferenceClient) throws -> Account.ID {
        try #require(client.kid?.split(separator: "/").last.flatMap { Account.ID($0) })
    }

    @Test("Of unfinished orders the one that was placed first becomes invalid, and says why")
    func unfinishedOrders() throws {
        let server = try server { $0.unfinishedOrders = 3 }
        let client = try server.registered()
        var orders: [ReferenceClient.Placed] = []
        orders.append(try client.readyOrder(["n0.example.test"]))
        for number in 1..<3 { orders.append(try client.order(["n\(number).example.test"])) }
        #expect(try client.read(orders[0].url).state == "ready")
        orders.append(try client.order(["n3.example.test"]))
        let first = try client.read(orders[0].url)
        #expect(first.state == "invalid")
        #expect((first.error?["detail"] as? String)?.contains("at most 3 unfinished orders") == true)
        for order in orders.dropFirst() { #expect(try client.read(order.url).state == "pending") }
        // One that is finished makes room.
        try client.post(orders[1].authorizations[0], ["status": "deactivated"])
        orders.append(try client.order(["n4.example.test"]))
        #expect(try client.read(orders[2].url).state == "pending")
    }

    @Test("Even a bound of nothing keeps the order that is being placed", arguments: [0, -1, 1])
    func nothing(_ bound: Int) throws {
        let server = try server {
            $0.unfinishedOrders = bound
            $0.authorizations = bound
        }
        let client = try server.registered()
        for round in 0..<3 {
            let names = ["a\(round).example.test", "b\(round).example.test"]
            let order = try client.readyOrder(names)
            #expect(try client.finalize(order, csr: try csr(names)).state == "valid")
        }
        let url = try #require(try client.newAuthz("dns", "c.example.test")["Location"])
        #expect(try client.read(url).state == "pending")
    }

    @Test("Authorizations go in the documented sequence: the ended, finished orders, unfinished ones, the others")
    func authorizations() throws {
        let server = try server { $0.authorizations = 6 }
        let client = try server.registered()
        func preAuthorization(_ name: String) throws -> String {
            try #require(try client.newAuthz("dns", "\(name).example.test")["Location"])
        }
        let ended = try preAuthorization("ended")
        try client.post(ended, ["status": "deactivated"])
        let kept = try preAuthorization("kept")
        let pending = try client.order(["pending1.example.test", "pending2.example.test"])
        let finished = try client.readyOrder(["finished.example.test"])
        #expect(try client.finalize(finished, csr: try csr(["finished.example.test"])).state == "valid")
        func census() -> Int { server.engine.census.authorizations }
        #expect(census() == 5)

        _ = try client.order(["a.example.test"])
        #expect(census() == 6)
        #expect(try client.read(ended).state == "deactivated")
        _ = try client.order(["b.example.test"])
        #expect(try client.read(ended).status == 404)
        #expect(try client.read(finished.url).state == "valid")
        _ = try client.order(["c.example.test"])
        #expect(try client.read(finished.url).status == 404)
        #expect(try client.read(pending.url).state == "pending")
        let last = try client.order(["d.example.test"])
        #expect(try client.read(pending.url).status == 404)
        #expect(try client.read(kept).state == "pending")
        #expect(census() == 5)
        // An order that needs nearly all of it.
        let large = try client.order((0..<6).map { "large\($0).example.test" })
        #expect(try client.read(last.url).status == 404)
        #expect(try client.read(kept).status == 404)
        #expect(try client.read(large.url).state == "pending")
        #expect(census() == 6)
    }

    @Test("Pending orders of many names do not pile up: all that is remembered is counted")
    func flood() throws {
        let server = try server {
            $0.authorizations = 200
            $0.unfinishedOrders = 20
            $0.finishedOrders = 15
        }
        let client = try server.registered()
        for number in 0..<120 {
            _ = try client.order((0..<(1 + number % 20)).map { "n\(number)-\($0).example.test" })
            if number.isMultiple(of: 3) { _ = try client.newAuthz("dns", "p\(number).example.test") }
        }
        let census = server.engine.census
        #expect(census.authorizations <= 200)
        #expect(census.orders <= 35)
        #expect(census.scheduledTasks <= 1_000)
        #expect(try client.order(["last.example.test"]).response.state == "pending")
    }

    @Test("A challenge that nobody has answered takes no room for what comes with an answer")
    func size() {
        #expect(MemoryLayout<Challenge>.stride <= 96)
        #expect(MemoryLayout<Authorization>.stride <= 192)
    }

    @Test("Accounts are never forgotten: one too many is refused, and those that are there go on")
    func accounts() throws {
        let server = try server { $0.accounts = 2 }
        let client = try server.registered()
        _ = try server.registered()
        expectRefusal(try server.client().register(), 503, "serverInternal", "at most 2 accounts")
        #expect(try client.register().status == 200)
        #expect(try client.issue(["www.example.test"]).state == "valid")
        #expect(server.engine.census.accounts == 2)
    }

    @Test("Grants and keys of external accounts have a most, beyond which none is made")
    func grants() throws {
        let server = try server {
            $0.grants = 2
            $0.externalAccountKeys = 1
        }
        let account = try id(try server.registered())
        func grant(_ name: String, for duration: Duration) throws {
            _ = try server.engine.grant(.name(name), to: account, until: server.now + duration, at: server.now)
        }
        try grant("a.example.test", for: .hours(1))
        try grant("b.example.test", for: .hours(2))
        #expect { try grant("c.example.test", for: .hours(1)) } throws: { error in
            (error as? Objection)?.description.contains("at most 2 grants") == true
        }
        server.advance(by: .hours(1))
        try grant("c.example.test", for: .hours(1))
        #expect(server.engine.census.grants == 2)
        func key(_ name: String) throws {
            _ = try server.engine.issueExternalAccountKey(
                identifier: name, macKey: nil, uses: .once, expires: nil, policy: CairnBoundPolicy(), at: server.now)
        }
        try key("a")
        #expect(throws: Objection.self) { try key("b") }
        #expect(server.engine.census.externalAccountKeys == 1)
    }

    @Test("Of paused identifiers the one that was paused first is so no longer")
    func pauses() throws {
        let server = try server { $0.pausedIdentifiers = 2 }
        let (first, second) = (try server.registered(), try server.registered())
        let (a, b) = (try id(first), try id(second))
        try server.engine.pause(["a.example.test", "b.example.test"], of: a, at: server.now)
        try server.engine.pause(["c.example.test"], of: b, at: server.now)
        #expect(try server.engine.paused(of: a) == ["b.example.test"])
        #expect(try server.engine.paused(of: b) == ["c.example.test"])
        #expect(try first.newOrder([("dns", "a.example.test")]).status == 201)
        // What is paused twice counts once, and what is paused no longer counts nothing.
        try server.engine.pause(["c.example.test"], of: b, at: server.now)
        try server.engine.unpause(nil, of: a, at: server.now)
        try server.engine.pause(["d.example.test"], of: a, at: server.now)
        #expect(try server.engine.paused(of: b) == ["c.example.test"])
        #expect(server.engine.census.pausedIdentifiers == 2)
    }

    @Test("Of counters of rate limits the half is forgotten that would be back to nothing first")
    func counters() throws {
        let server = try server({ $0.rateLimitCounters = 8 }) {
            $0.rateLimits.failedValidationsPerIdentifier = CairnRateLimit(1, per: .days(7))
        }
        server.decide { _ in ACMEProblem(.dns, "no") }
        let client = try server.registered()
        for number in 0..<9 {
            _ = try client.readyOrder(["n\(number).example.test"])
            server.advance(by: .minutes(1))
        }
        #expect(server.engine.census.rateLimitCounters == 4)
        #expect(try client.newOrder([("dns", "n0.example.test")]).status == 201)
        #expect(try client.newOrder([("dns", "n8.example.test")]).status == 429)
        for number in 9..<40 { _ = try client.readyOrder(["n\(number).example.test"]) }
        #expect(server.engine.census.rateLimitCounters <= 8)
    }

    @Test("Of compromised keys the oldest is forgotten (§7.6)")
    func compromisedKeys() throws {
        let server = try server({ $0.compromisedKeys = 1 }) { $0.keys.compromised = .blocked }
        let client = try server.registered()
        let keys = (CertificateKey(), CertificateKey())
        for (key, name) in [(keys.0, "a.example.test"), (keys.1, "b.example.test")] {
            let order = try client.readyOrder([name])
            let leaf = try client.certificate(of: try client.finalize(order, csr: try csr([name], key: key.x509)))
                .leaf()
            #expect(
                try client.post(try client.endpoint("revokeCert"), ["certificate": base64URL(leaf), "reason": 1]).status
                    == 200)
        }
        #expect(server.engine.census.compromisedKeys == 1)
        let order = try client.readyOrder(["c.example.test"])
        expectRefusal(
            try client.finalize(order, csr: try csr(["c.example.test"], key: keys.1.x509)), 400, "badCSR",
            "keyCompromise")
        #expect(try client.finalize(order, csr: try csr(["c.example.test"], key: keys.0.x509)).state == "valid")
    }

    @Test("A revocation outlives its order and its certificate, until that has expired (§7.6)")
    func revocations() throws {
        let server = try server { $0.finishedOrders = 1 }
        let client = try server.registered()
        let (pair, url) = (CertificateKey(), try client.endpoint("revokeCert"))
        let leaf = try client.certificate(of: try client.issue(["a.example.test"], key: pair.x509)).leaf()
        let payload: [String: Any] = ["certificate": base64URL(leaf), "reason": 4]
        #expect(try client.post(url, payload).status == 200)
        let revoked = server.now
        _ = try client.issue(["b.example.test"])
        #expect(server.engine.census.certificates == 1)
        #expect(server.engine.census.revocations == 1)
        let known = try #require(server.engine.revocations(at: server.now).first)
        #expect(known.at == revoked)
        #expect(known.reason == .superseded)

        expectRefusal(try client.post(url, payload), 400, "alreadyRevoked", "§7.6")
        let byKey = try client.post(url, payload, as: .key, signedBy: pair.account)
        expectRefusal(byKey, 400, "alreadyRevoked", "§7.6")
        expectRefusal(try server.registered().post(url, payload), 403, "unauthorized", "none for \"a.example.test\"")
        var forged = leaf
        forged[forged.count - 1] ^= 1
        expectRefusal(
            try client.post(url, ["certificate": base64URL(forged)]), 404, "malformed", "did not issue")

        server.advance(by: .days(365))
        #expect(server.engine.revocations(at: server.now).isEmpty)
        expectRefusal(try client.post(url, payload), 404, "malformed", "did not issue")
    }

    @Test("Of revocations the oldest is forgotten", arguments: [0, 1, 3])
    func boundedRevocations(_ bound: Int) throws {
        let server = try server {
            $0.finishedOrders = 1
            $0.revocations = bound
        }
        let client = try server.registered()
        let url = try client.endpoint("revokeCert")
        var leaves: [[UInt8]] = []
        for number in 0..<4 {
            leaves.append(try client.certificate(of: try client.issue(["n\(number).example.test"])).leaf())
            #expect(try client.post(url, ["certificate": base64URL(leaves[number])]).status == 200)
        }
        _ = try client.issue(["last.example.test"])
        let statuses = try leaves.map { try client.post(url, ["certificate": base64URL($0)]).status }
        let kept = max(1, bound)
        #expect(statuses == (0..<4).map { $0 < 4 - kept ? 404 : 400 })
        #expect(server.engine.census.revocations == kept)
    }

    @Test("Of former keys of accounts the oldest is forgotten (§7.3.5)")
    func formerKeys() throws {
        let server = try server { $0.formerAccountKeys = 2 }
        let client = try server.registered()
        for _ in 0..<4 {
            let new = try AccountKey()
            #expect(try client.changeKey(to: new).status == 200)
            client.key = new
        }
        #expect(server.engine.census.formerAccountKeys == 2)
    }

    @Test("The pages of out-of-band challenges are closed with their authorizations")
    func pages() throws {
        let server = try server({ $0.finishedOrders = 2 }) { $0.challengeTypes = [.oob01] }
        let client = try server.registered()
        var pages: [String] = []
        for number in 0..<5 {
            let order = try client.order(["n\(number).example.test"])
            pages.append(
                try #require(try client.read(order.authorizations[0]).challenges.first?["href"] as? String))
            try client.post(order.authorizations[0], ["status": "deactivated"])
        }
        #expect(server.engine.census.authorizations == 2)
        #expect(server.engine.census.outOfBandPages == 2)
        #expect(try client.send("GET", pages[0]).status == 404)
        #expect(try client.send("GET", pages[4]).status == 200)
    }

    @Test("What is held back goes with what it is about (§7.1.6)")
    func held() throws {
        let server = try server({ $0.unfinishedOrders = 3 }) {
            $0.progress.validation = .manually
            $0.progress.readiness = .manually
        }
        let client = try server.registered()
        for number in 0..<10 { _ = try client.readyOrder(["n\(number).example.test"]) }
        #expect(server.engine.census.held <= 10)
        server.advance(by: .days(8))
        #expect(server.engine.census.held == 0)
    }
}
