import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Order resource", .timeLimit(.minutes(5)))
struct OrderTests {
    @Test("It goes from pending to ready to valid, and always says where it is (§7.1.3, §7.1.6)")
    func life() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.order(["a.example.test", "b.example.test"])
        func check(_ state: String) throws {
            let response = try client.read(order.url)
            #expect(response.status == 200)
            #expect(response.state == state)
            #expect(response["Location"] == order.url)
            #expect(response.values("Content-Type") == ["application/json"])
            #expect(response.identifiers == order.response.identifiers)
            #expect(response.json["authorizations"] as? [String] == order.authorizations)
            #expect(response.json["expires"] as? String == "2026-11-29T08:00:00Z")
            #expect((response.json["certificate"] != nil) == (state == "valid"))
            #expect(response["Retry-After"] == nil)
        }
        try check("pending")
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        try check("pending")
        try client.respond(to: try client.challenge("dns-01", of: order.authorizations[1]).url)
        try check("ready")
        try client.finalize(order, csr: try csr(["a.example.test", "b.example.test"]))
        try check("valid")
    }

    @Test("It becomes invalid by a failed validation, with an error about the identifier (§7.1.3, §7.1.6)")
    func failed() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.order(["good.example.test", "bad.example.test"])
        server.decide {
            $0.attempt.identifier.value == "bad.example.test" ? ACMEProblem(.connection, "nobody listens") : nil
        }
        for authorization in order.authorizations {
            try client.respond(to: try client.challenge("http-01", of: authorization).url)
        }
        let response = try client.read(order.url)
        #expect(response.state == "invalid")
        let error = try #require(response.error)
        #expect(error["type"] as? String == "urn:ietf:params:acme:error:connection")
        #expect((error["detail"] as? String)?.contains("nobody listens") == true)
        #expect(error["identifier"] == nil)
        let subproblems = error["subproblems"] as? [[String: Any]] ?? []
        #expect(subproblems.compactMap { ($0["identifier"] as? [String: String])?["value"] } == ["bad.example.test"])
        #expect(response.json["authorizations"] as? [String] == order.authorizations)
        // A failed order does not take back what was proven.
        #expect(try client.read(order.authorizations[0]).state == "valid")
    }

    @Test("It is for the account that placed it (§6.2, §10.5)")
    func access() throws {
        let server = try TestServer()
        let (client, other) = (try server.registered(), try server.registered())
        let order = try client.readyOrder(["www.example.test"])
        expectRefusal(try other.read(order.url), 403, "unauthorized", "belongs to another account")
        let finalized = try other.finalize(order, csr: try csr(["www.example.test"]))
        expectRefusal(finalized, 403, "unauthorized", "belongs to another account")
        #expect(try client.read(order.url).state == "ready")
    }

    @Test("One that is not there is 404, for finalize too")
    func unknown() throws {
        let client = try TestServer().registered()
        let url = "https://ca.example.test/order/AAAAAAAAAAAAAAAAAAAAAA"
        expectRefusal(try client.read(url), 404, "malformed", "there is no order")
        expectRefusal(try client.post(url + "/finalize", ["csr": ""]), 404, "malformed", "there is no order")
    }

    @Test("It is read by POST-as-GET alone (§6.3)")
    func read() throws {
        let client = try TestServer().registered()
        let order = try client.order(["www.example.test"])
        expectRefusal(try client.post(order.url, [:]), 400, "malformed", "POST-as-GET, got 2 bytes", "§6.3")
        expectRefusal(try client.send("GET", order.url), 405, "malformed", "§6.3")
    }
}
