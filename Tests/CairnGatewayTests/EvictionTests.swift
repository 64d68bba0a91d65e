import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("What is forgotten", .timeLimit(.minutes(5)))
struct EvictionTests {
    private func server(keeping orders: Int) throws -> TestServer {
        var bounds = CairnBounds()
        bounds.finishedOrders = orders
        return try TestServer(bounds: bounds)
    }

    @Test("Beyond the bound the order that was finished first goes, with its certificate and authorizations")
    func oldest() throws {
        let server = try server(keeping: 2)
        let client = try server.registered()
        var orders: [ReferenceClient.Placed] = []
        var leaves: [[UInt8]] = []
        for name in ["a.example.test", "b.example.test", "c.example.test"] {
            let order = try client.readyOrder([name])
            leaves.append(try client.certificate(of: try client.finalize(order, csr: try csr([name]))).leaf())
            orders.append(order)
        }
        for url in [orders[0].url, orders[0].authorizations[0]] {
            expectRefusal(try client.read(url), 404, "malformed", "there is no")
        }
        let revoke = try client.endpoint("revokeCert")
        #expect(try client.post(revoke, ["certificate": base64URL(leaves[0])]).status == 404)
        for order in orders.dropFirst() {
            let response = try client.read(order.url)
            #expect(response.state == "valid")
            #expect(try client.certificate(of: response).status == 200)
            #expect(try client.read(order.authorizations[0]).state == "valid")
        }
        let list = try client.read(try #require(client.kid) + "/orders")
        #expect(list.json["orders"] as? [String] == [orders[1].url, orders[2].url])
    }

    @Test("Orders that are not finished are not counted, and not forgotten")
    func unfinished() throws {
        let server = try server(keeping: 1)
        let client = try server.registered()
        let (pending, ready) = (try client.order(["p.example.test"]), try client.readyOrder(["r.example.test"]))
        for number in 0..<5 { _ = try client.issue(["n\(number).example.test"]) }
        #expect(try client.read(pending.url).state == "pending")
        #expect(try client.finalize(ready, csr: try csr(["r.example.test"])).state == "valid")
        let list = try client.read(try #require(client.kid) + "/orders")
        #expect(list.json["orders"] as? [String] == [pending.url, ready.url])
    }

    @Test("The first to be finished goes first, not the first to be placed; invalid ones count")
    func sequence() throws {
        let server = try server(keeping: 2)
        let client = try server.registered()
        let orders = try (0..<3).map { try client.order(["n\($0).example.test"]) }
        for index in [2, 0, 1] { try client.post(orders[index].authorizations[0], ["status": "deactivated"]) }
        #expect(try client.read(orders[2].url).status == 404)
        #expect(try client.read(orders[0].url).state == "invalid")
        #expect(try client.read(orders[1].url).state == "invalid")
    }

    @Test("Even a bound of nothing keeps the order that is being answered", arguments: [0, -1, 1])
    func nothing(_ bound: Int) throws {
        let server = try server(keeping: bound)
        let client = try server.registered()
        for name in ["a.example.test", "b.example.test"] {
            let order = try client.issue([name])
            #expect(order.state == "valid")
            #expect(try client.certificate(of: order).status == 200)
        }
        let order = try client.order(["c.example.test"])
        #expect(try client.post(order.authorizations[0], ["status": "deactivated"]).state == "deactivated")
        #expect(server.engine.census.orders == 1)
    }

    @Test("What a CA remembers does not grow with what it has done")
    func bounded() throws {
        var policy = CairnPolicy()
        var bounds = CairnBounds()
        bounds.finishedOrders = 10
        bounds.nonces = 20
        bounds.journalEntries = 30
        policy.lifetimes.pendingAuthorization = .days(20)
        let server = try TestServer(policy: policy, bounds: bounds)
        let client = try server.registered()
        let waiting = try client.order(["waiting.example.test"])
        let request = try csr(["www.example.test", "*.example.test"])
        for number in 0..<300 {
            let order = try client.readyOrder(["www.example.test", "*.example.test"])
            if number.isMultiple(of: 3) {
                try client.post(order.authorizations[0], ["status": "deactivated"])
            } else {
                try client.finalize(order, csr: request)
            }
        }
        let census = server.engine.census
        #expect(census.orders == 11)
        #expect(census.authorizations == 21)
        #expect(census.certificates <= 10)
        #expect(census.nonces <= 20)
        #expect(census.scheduledTasks < 200)
        #expect(server.engine.journal.entries.count == 30)
        // Nothing of what was dropped from the schedule is missing: the rest still expires.
        server.advance(by: .days(7))
        #expect(try client.read(waiting.url).state == "invalid")
        #expect(try client.read(waiting.authorizations[0]).state == "pending")
        server.advance(by: .days(13))
        #expect(server.engine.journal.statusChanges.last?.to == "expired")
        server.advance(by: .days(10))
        #expect(server.engine.census.scheduledTasks == 0)
        #expect(server.engine.journal.statusChanges.filter { $0.to == "expired" }.count >= 10)
    }

    @Test("Proof that was forgotten is no proof for a revocation (§7.6)")
    func proof() throws {
        let server = try server(keeping: 2)
        let (client, other) = (try server.registered(), try server.registered())
        _ = try other.issue(["www.example.test"])
        let leaf = try client.certificate(of: try client.issue(["www.example.test"])).leaf()
        _ = try client.issue(["more.example.test"])
        let response = try other.post(try other.endpoint("revokeCert"), ["certificate": base64URL(leaf)])
        expectRefusal(response, 403, "unauthorized", "has none for \"www.example.test\"")
    }
}
