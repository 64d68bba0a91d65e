import CairnEngine
import CairnReferenceClient
import Foundation
import Testing

@Suite("Orders list", .timeLimit(.minutes(5)))
struct OrdersListTests {
    /// Follows the links from the first page to the last.
    private func pages(_ client: ReferenceClient) throws -> [[String]] {
        var next: String? = (client.kid ?? "") + "/orders"
        var pages: [[String]] = []
        // No list here is longer; one that links to itself would have no end.
        while let url = next, pages.count < 100 {
            let response = try client.read(url)
            #expect(response.status == 200)
            #expect(Set(response.json.keys) == ["orders"])
            pages.append(response.json["orders"] as? [String] ?? [])
            #expect(response.links("next").count <= 1)
            next = response.links("next").first
        }
        #expect(next == nil, "expected a last page, got 100 pages and one more")
        return pages
    }

    @Test("It begins empty (§7.1.2.1)")
    func empty() throws {
        #expect(try pages(TestServer().registered()) == [[]])
    }

    @Test(
        "It comes in pages, linked by next, each order once and oldest first (§7.1.2.1)",
        arguments: [1, 2, 3, 5, 6, 50])
    func paging(_ size: Int) throws {
        var policy = CairnPolicy()
        policy.ordersPerPage = size
        let server = try TestServer(policy: policy)
        let (client, other) = (try server.registered(), try server.registered())
        var urls: [String] = []
        for number in 0..<6 {
            urls.append(try client.order(["n\(number).example.test"]).url)
            _ = try other.order(["other.example.test"])
        }
        let pages = try pages(client)
        #expect(pages.flatMap { $0 } == urls)
        #expect(pages.map(\.count) == stride(from: 0, to: 6, by: size).map { min(size, 6 - $0) })
    }

    @Test("It has pending, ready and valid orders, and none that are invalid (§7.1.2.1)")
    func statuses() throws {
        let client = try TestServer().registered()
        let pending = try client.order(["p.example.test"])
        let failed = try client.order(["f.example.test"])
        let ready = try client.readyOrder(["r.example.test"])
        let valid = try client.readyOrder(["v.example.test"])
        try client.finalize(valid, csr: try csr(["v.example.test"]))
        try client.post(failed.authorizations[0], ["status": "deactivated"])
        #expect(try client.read(failed.url).state == "invalid")
        #expect(try pages(client) == [[pending.url, ready.url, valid.url]])
    }

    @Test("An order that becomes invalid or is placed between two pages moves no other (§7.1.2.1)")
    func stable() throws {
        var policy = CairnPolicy()
        policy.ordersPerPage = 2
        let client = try TestServer(policy: policy).registered()
        var orders = try (0..<5).map { try client.order(["n\($0).example.test"]) }
        let first = try client.read(try #require(client.kid) + "/orders")
        for index in [0, 1, 2] { try client.post(orders[index].authorizations[0], ["status": "deactivated"]) }
        orders.append(try client.order(["n5.example.test"]))
        let second = try client.read(try #require(first.links("next").first))
        #expect(second.json["orders"] as? [String] == [orders[3].url, orders[4].url])
        let third = try client.read(try #require(second.links("next").first))
        #expect(third.json["orders"] as? [String] == [orders[5].url])
        #expect(third.links("next").isEmpty)
    }

    @Test("A cursor that no page gave is refused or gives an empty page, and never fails (§7.1.2.1)")
    func cursors() throws {
        let client = try TestServer().registered()
        let list = try #require(client.kid) + "/orders"
        _ = try client.order(["www.example.test"])
        for cursor in ["x", "-1", "", "99999999999999999999", "1.5", "%31"] {
            expectRefusal(
                try client.read(list + "?cursor=\(cursor)"), 404, "malformed", "expected the cursor of a link")
        }
        for cursor in ["1", "\(Int.max)"] {
            let response = try client.read(list + "?cursor=\(cursor)")
            #expect(response.json["orders"] as? [String] == [])
            #expect(response.links("next").isEmpty)
        }
        for query in ["?", "?other=1", "?cursor=0&other=1", "?cursor=+1", "?cursor=01", "?CURSOR=1"] {
            expectRefusal(try client.read(list + query), 404, "malformed", "expected the cursor of a link")
        }
        expectRefusal(try client.post(list, [:]), 400, "malformed", "POST-as-GET")
    }
}
