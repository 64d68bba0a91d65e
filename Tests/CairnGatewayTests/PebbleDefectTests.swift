import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

/// What Pebble gets wrong and no other suite has a test for.
///
/// `RFC8555.md` lists all of it.
@Suite("Defects of Pebble", .timeLimit(.minutes(5)))
struct PebbleDefectTests {
    @Test(
        "An authorization that was read can still be used and read, whatever came of it (§7.1.6)",
        arguments: [true, false])
    func lockedAuthorization(_ succeeds: Bool) throws {
        let server = try TestServer()
        let client = try server.registered()
        server.decide { _ in succeeds ? nil : ACMEProblem(.connection, "nobody listens") }
        let order = try client.order(["a.example.test", "b.example.test"])
        let url = order.authorizations[0]
        let challenges = try client.read(url).challenges.compactMap { $0["url"] as? String }
        try client.respond(to: try #require(challenges.first))
        for _ in 0..<2 {
            let before = try client.read(url)
            #expect(before.state == (succeeds ? "valid" : "invalid"))
            for challenge in challenges {
                try client.respond(to: challenge)
                #expect(try client.read(challenge).status == 200)
            }
            expectRefusal(try client.finalize(order, csr: try csr(["a.example.test"])), 403, "orderNotReady")
            #expect(try client.read(order.url).status == 200)
            #expect(try client.read(url).body == before.body)
        }
    }

    @Test("An order whose certificate cannot be signed is invalid, with the error, and does not stay processing (§7.4)")
    func unsignable() throws {
        let server = try TestServer()
        let client = try server.registered()
        // A certificate of 90 days would end in a year that no certificate can say.
        server.advance(by: CivilTime(year: 9999, month: 11, day: 1, hour: 0).instant.sinceEpoch - server.now.sinceEpoch)
        let order = try client.readyOrder(["www.example.test"])
        let response = try client.finalize(order, csr: try csr(["www.example.test"]))
        #expect(response.status == 200)
        #expect(response.state == "invalid")
        #expect(response.error?["type"] as? String == "urn:ietf:params:acme:error:serverInternal")
        #expect((response.error?["detail"] as? String)?.contains("years 1 to 9999") == true)
        #expect(response.json["certificate"] == nil)
        #expect(try client.read(order.url).body == response.body)
        #expect(server.engine.census.certificates == 0)
    }

    @Test("What is not there is a problem document, not an empty 404 (§6.7)")
    func emptyNotFound() throws {
        let client = try TestServer().registered()
        let id = "AAAAAAAAAAAAAAAAAAAAAA"
        for path in [
            "order/\(id)", "order/\(id)/finalize", "authorization/\(id)", "challenge/\(id)/0", "certificate/\(id)",
        ] {
            let payload: [String: Any]? = path.hasSuffix("finalize") ? ["csr": ""] : nil
            expectRefusal(try client.post("https://ca.example.test/" + path, payload), 404, "malformed", "there is no")
        }
    }

    @Test("A clock, a seed and a configuration belong to one server, not to the process (§7.1.6)")
    func shared() throws {
        var policy = CairnPolicy()
        policy.lifetimes.order = .hours(1)
        let (hasty, patient) = (try TestServer(policy: policy), try TestServer())
        let orders = try [hasty, patient].map { server in
            let client = try server.registered()
            return (client, try client.order(["www.example.test"]).url)
        }
        for server in [hasty, patient] { server.advance(by: .hours(2)) }
        #expect(try orders.map { try $0.read($1).state } == ["invalid", "pending"])
        patient.advance(by: .days(7))
        #expect(try orders.map { try $0.read($1).state } == ["invalid", "invalid"])
        #expect(hasty.now < patient.now)
    }
}
