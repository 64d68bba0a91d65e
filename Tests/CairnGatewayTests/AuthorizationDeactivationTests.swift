import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Deactivation of authorizations", .timeLimit(.minutes(5)))
struct AuthorizationDeactivationTests {
    @Test("A pending one is given up, and its order with it (§7.5.2, §7.1.6)")
    func pending() throws {
        let client = try TestServer().registered()
        let order = try client.order(["a.example.test", "b.example.test"])
        let response = try client.post(order.authorizations[0], ["status": "deactivated"])
        #expect(response.status == 200)
        #expect(response.state == "deactivated")
        let invalid = try client.read(order.url)
        #expect(invalid.state == "invalid")
        #expect((invalid.error?["detail"] as? String)?.contains("\"a.example.test\" was deactivated") == true)
        #expect(try client.read(order.authorizations[1]).state == "pending")
    }

    @Test("A valid one is given up, and an order that is ready with it (§7.5.2, §7.1.6)")
    func valid() throws {
        let client = try TestServer().registered()
        let order = try client.readyOrder(["a.example.test"])
        #expect(try client.post(order.authorizations[0], ["status": "deactivated"]).state == "deactivated")
        #expect(try client.read(order.url).state == "invalid")
        let finalized = try client.finalize(order, csr: try csr(["a.example.test"]))
        expectRefusal(finalized, 403, "orderNotReady", "got one that is \"invalid\"")
    }

    @Test("An order that was issued stays valid, and its certificate can be had (§7.1.6)")
    func issued() throws {
        let client = try TestServer().registered()
        let order = try client.readyOrder(["a.example.test"])
        try client.finalize(order, csr: try csr(["a.example.test"]))
        try client.post(order.authorizations[0], ["status": "deactivated"])
        let after = try client.read(order.url)
        #expect(after.state == "valid")
        #expect(after.error == nil)
        #expect(try client.certificate(of: after).status == 200)
    }

    @Test("One that is final stays as it is (§7.1.6)")
    func final() throws {
        let server = try TestServer()
        let client = try server.registered()
        server.decide { _ in ACMEProblem(.connection, "nobody listens") }
        let order = try client.order(["failed.example.test", "given-up.example.test"])
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        try client.post(order.authorizations[1], ["status": "deactivated"])
        for (url, status) in zip(order.authorizations, ["invalid", "deactivated"]) {
            let response = try client.post(url, ["status": "deactivated"])
            expectRefusal(response, 400, "malformed", "got one that is \"\(status)\"", "§7.1.6")
            #expect(try client.read(url).state == status)
        }
    }

    @Test("No other status can be asked for (§7.5.2)")
    func others() throws {
        let client = try TestServer().registered()
        let url = try client.order(["www.example.test"]).authorizations[0]
        for (payload, words) in [
            ([:], "expected a member \"status\", got none"), (["status": "valid"], "got \"valid\""),
            (["status": "Deactivated"], "got \"Deactivated\""), (["status": true], "got a boolean"),
        ] as [([String: Any], String)] {
            expectRefusal(try client.post(url, payload), 400, "malformed", words, "§7.5.2")
        }
        #expect(try client.read(url).state == "pending")
    }

    @Test("A validation that ends later changes nothing (§7.1.6)", arguments: [true, false])
    func late(_ succeeds: Bool) throws {
        let server = try TestServer(approving: false)
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        try client.post(order.authorizations[0], ["status": "deactivated"])
        let before = try client.read(order.url)
        server.finish(succeeds ? nil : ACMEProblem(.connection, "nobody listens"))
        #expect(try client.read(order.authorizations[0]).state == "deactivated")
        #expect(try client.read(order.url).body == before.body)
    }
}
