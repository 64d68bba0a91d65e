import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing
import X509

@Suite("Draft: orders", .timeLimit(.minutes(5)))
struct DraftOrderTests {
    @Test("An order is pending, processing and valid; it never is ready (Applying for Certificate Issuance)")
    func statuses() throws {
        let server = try TestServer(approving: false)
        server.engine.policy.progress.readiness = .manually
        server.engine.policy.progress.issuance = .manually
        let client = try server.draftRegistered()
        let order = try client.order(["a.example.test", "b.example.test"])
        try client.prove(order)
        #expect(try client.get(order.url).state == "pending")
        server.finish()
        #expect(try client.get(order.url).state == "pending")
        server.finish()
        var seen: [String?] = []
        for _ in 0..<4 {
            seen.append(try client.get(order.url).state)
            for subject in server.engine.held { _ = server.engine.release(subject, at: server.now) }
        }
        #expect(seen.last == "valid", "\(seen)")
        #expect(seen.contains("processing"))
    }

    @Test("An order that failed says no more than that (Order Objects)")
    func invalid() throws {
        let server = try TestServer(approving: false)
        let client = try server.draftRegistered()
        let order = try client.order(["www.example.test"])
        try client.prove(order)
        server.finish(ACMEProblem(.connection, "nobody listens"))
        let response = try client.get(order.url)
        #expect(response.state == "invalid")
        #expect(response.json["error"] == nil)
        #expect(response.json["certificate"] == nil)
    }

    @Test("The certificate comes by itself after the last authorization (Applying for Certificate Issuance)")
    func issued() throws {
        let server = try TestServer(approving: false)
        let client = try server.draftRegistered()
        let key = CertificateKey()
        let order = try client.order(csr: try csr(["a.example.test", "b.example.test"], key: key.x509))
        try client.prove(order)
        server.finish()
        #expect(try client.get(order.url).state == "pending")
        server.finish()
        let valid = try client.get(order.url)
        #expect(valid.state == "valid")
        let chain = try client.certificate(of: valid)
        #expect(try chain.parsedLeaf().publicKey == key.x509.publicKey)
        #expect(server.engine.journal.statusChanges.contains { $0.subject == .order && $0.to == "valid" })
    }

    @Test("It comes with the order if everything is authorized already (Applying for Certificate Issuance)")
    func proactive() throws {
        let server = try TestServer()
        let client = try server.draftRegistered()
        var authorizations: Set<String> = []
        for name in ["a.example.test", "b.example.test"] {
            let url = try #require(try client.newAuthorization(name)["Location"])
            try client.respond(to: try client.challenge("dns-01", of: url))
            authorizations.insert(url)
        }
        let order = try client.order(["a.example.test", "b.example.test"])
        #expect(order.response.status == 201)
        #expect(order.response.state == "valid")
        #expect(Set(order.authorizations) == authorizations)
        #expect(try client.certificate(of: order.response).chain().count == 2)
    }

    @Test(
        "It comes with authorizations of earlier orders, if they are used again (Applying for Certificate Issuance)"
    )
    func reused() throws {
        let server = try TestServer()
        server.engine.policy.authorizationReuse = .always
        let client = try server.draftRegistered()
        let first = try client.order(["www.example.test"])
        try client.prove(first)
        let second = try client.order(["www.example.test"])
        #expect(second.url != first.url)
        #expect(second.response.state == "valid")
        #expect(second.authorizations == first.authorizations)
    }

    @Test(
        "The key is that of the CSR, even where the account's key changes meanwhile (Applying for Certificate Issuance)"
    )
    func keyChanged() throws {
        let client = try TestServer().draftRegistered()
        let order = try client.order(["www.example.test"])
        let new = try AccountKey()
        #expect(try client.changeKey(to: new).status == 200)
        client.key = new
        try client.prove(order)
        #expect(try client.get(order.url).state == "valid")
    }

    @Test("What forbids the certificate when it is due makes the order invalid (Applying for Certificate Issuance)")
    func forbidden() throws {
        let server = try TestServer()
        let client = try server.draftRegistered()
        #expect(try client.issue(["www.example.test"]).state == "valid")
        server.advance(by: .hours(8))
        server.forbidByCAA(ACMEProblem(.caa, "not here"))
        let order = try client.order(["www.example.test"])
        #expect(order.response.status == 201)
        #expect(order.response.state == "invalid")
        #expect(try client.get(order.authorizations[0]).state == "valid")
    }

    @Test("While it is processing, the order says when to ask again (Applying for Certificate Issuance)")
    func retryAfter() throws {
        let server = try TestServer()
        server.engine.policy.progress.issuance = .afterPolls(2)
        let client = try server.draftRegistered()
        let order = try client.order(["www.example.test"])
        #expect(order.response["Retry-After"] == nil)
        try client.prove(order)
        let polled = try client.get(order.url)
        #expect(polled.state == "processing")
        #expect(polled["Retry-After"] == "1")
        let valid = try client.poll(order.url, until: ["valid"], reads: 5)
        #expect(valid["Retry-After"] == nil)
    }

    @Test("An order that expires becomes invalid (Order Objects)")
    func expired() throws {
        let server = try TestServer()
        let client = try server.draftRegistered()
        let order = try client.order(["www.example.test"])
        #expect(order.response.json["expires"] as? String == "2026-11-29T08:00:00Z")
        let issued = try client.issue(["issued.example.test"])
        #expect(issued.json["expires"] is String)
        server.advance(by: .days(7))
        #expect(try client.get(order.url).state == "invalid")
    }

    @Test("The authorizations never change, whatever becomes of them (Order Objects)")
    func immutable() throws {
        let client = try TestServer().draftRegistered()
        let order = try client.order(["a.example.test", "b.example.test"])
        let first = order.authorizations
        try client.respond(to: try client.challenge("http-01", of: first[0]))
        #expect(try client.get(order.url).json["authorizations"] as? [String] == first)
        try client.post(first[1], ["status": "deactivated"])
        let invalid = try client.get(order.url)
        #expect(invalid.state == "invalid")
        #expect(invalid.json["authorizations"] as? [String] == first)
    }

    @Test("The list has orders that are pending, and none that are invalid (Orders List)")
    func list() throws {
        let client = try TestServer().draftRegistered()
        let orders = try #require(try client.account().json["orders"] as? String)
        let (pending, lost) = (try client.order(["a.example.test"]), try client.order(["b.example.test"]))
        try client.post(lost.authorizations[0], ["status": "deactivated"])
        #expect(try client.get(orders).json["orders"] as? [String] == [pending.url])
    }
}
