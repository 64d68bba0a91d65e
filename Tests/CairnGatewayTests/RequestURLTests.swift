import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite("The URL of a request", .timeLimit(.minutes(5)))
struct RequestURLTests {
    private static let others = [
        ("another path", "https://ca.example.test/new-account"),
        ("a slash at the end", "https://ca.example.test/new-order/"),
        ("another host", "https://cb.example.test/new-order"),
        ("another port", "https://ca.example.test:443/new-order"),
        ("the host in upper case", "https://CA.example.test/new-order"),
        ("plain HTTP", "http://ca.example.test/new-order"),
        ("a query", "https://ca.example.test/new-order?"),
        ("a fragment", "https://ca.example.test/new-order#"),
        ("the path alone", "/new-order"),
        ("nothing", ""),
    ]

    @Test("A signed URL that is not exactly that of the request is unauthorized, with both (§6.4)", arguments: others)
    func signed(_ name: String, _ url: String) throws {
        let client = try TestServer().registered()
        let response = try client.post("https://ca.example.test/new-order", [:]) { $0.header["url"] = url }
        expectRefusal(
            response, 403, "unauthorized", "expected \"url\" to be \"https://ca.example.test/new-order\"",
            "got \"\(url)\"", "§6.4")
    }

    @Test("The query belongs to the URL (§6.4)")
    func query() throws {
        let client = try TestServer().registered()
        let account = try client.read(try #require(client.kid))
        let orders = try #require(account.json["orders"] as? String)
        #expect(try client.read(orders + "?cursor=0").status == 200)
        let other = try client.post(orders + "?cursor=0", nil) { $0.header["url"] = orders + "?cursor=1" }
        expectRefusal(other, 403, "unauthorized", "?cursor=0", "?cursor=1")
        let none = try client.post(orders + "?cursor=0", nil) { $0.header["url"] = orders }
        expectRefusal(none, 403, "unauthorized", "§6.4")
    }

    @Test("A signed request with a query where the resource has none is 404, though its url has it too (§6.4)")
    func queryOfNone() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        let account = try #require(client.kid)
        for (url, payload) in [
            (try client.endpoint("newOrder"), [:]), (account, nil), (order.url, nil), (order.authorizations[0], nil),
            (order.finalize, [:]), ("https://ca.example.test/dir", nil), ("https://ca.example.test/issuer/0", nil),
        ] as [(String, [String: Any]?)] {
            for query in ["?x=1", "?", "?cursor=0"] {
                expectRefusal(
                    try client.post(url + query, payload), 404, "malformed", "without a query", "\"\(query)\"", "§6.4")
            }
        }
        #expect(server.engine.journal.findings(atLeast: .should).isEmpty)
    }

    @Test("What anybody may read is read with a query, too, and that is a finding; to the letter it is 404")
    func queryOfPage() throws {
        let server = try TestServer()
        let client = try server.client()
        let urls = ["dir", "new-nonce", "terms/1", "rate-limits", "issuer/0"].map {
            "https://ca.example.test/\($0)?x=1"
        }
        for url in urls { #expect(try client.send("GET", url).status < 300, "\(url)") }
        let findings = server.engine.journal.findings
        #expect(findings.map(\.kind.rawValue) == urls.map { _ in "unaskedQuery" })
        #expect(findings.map(\.request) == server.engine.journal.requests.map(\.number))
        server.engine.policy.leniencies.refused = [.unaskedQuery]
        for url in urls { expectRefusal(try client.send("GET", url), 404, "malformed", "got \"?x=1\"") }
    }

    @Test("A request that was captured for one resource is no good for another, even with a nonce that is (§6.4)")
    func replayed() throws {
        let client = try TestServer().registered()
        let order = try client.order(["www.example.test"])
        let account = try #require(client.kid)
        let response = try client.post(account, ["status": "deactivated"]) {
            $0.header["url"] = order.authorizations.first
        }
        #expect(response.problem == "unauthorized")
        #expect(try client.read(account).state == "valid")
    }

    @Test("A server that is reached by plain HTTP has plain URLs (§6.4)")
    func plain() throws {
        let server = try TestServer()
        let client = try ReferenceClient(directory: "http://127.0.0.1:8080/dir") { server.gateway.respond(to: $0) }
        try client.register()
        #expect(client.kid?.hasPrefix("http://127.0.0.1:8080/account/") == true)
    }
}
