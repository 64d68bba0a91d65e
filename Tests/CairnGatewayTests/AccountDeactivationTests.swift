import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Deactivation of accounts", .timeLimit(.minutes(5)))
struct AccountDeactivationTests {
    @Test("The account says so in the answer, once (§7.3.6)")
    func answer() throws {
        let client = try TestServer().registered()
        let response = try client.post(try #require(client.kid), ["status": "deactivated"])
        #expect(response.status == 200)
        #expect(response.state == "deactivated")
    }

    @Test("From then on its key gets 401 unauthorized from everything (§7.3.6)")
    func dead() throws {
        let client = try TestServer().registered()
        let order = try client.issue(["www.example.test"])
        let chain = try client.certificate(of: order)
        let certificate = try #require(order.json["certificate"] as? String)
        let open = try client.order(["open.example.test"])
        let challenge = try client.challenge("http-01", of: open.authorizations[0]).url
        let account = try #require(client.kid)
        try client.post(account, ["status": "deactivated"])

        for (url, payload) in [
            (account, nil), (account, [:]), (account, ["status": "deactivated"]), (account + "/orders", nil),
            (open.url, nil), (open.finalize, ["csr": ""]), (open.authorizations[0], nil),
            (open.authorizations[0], ["status": "deactivated"]), (challenge, nil), (challenge, [:]), (certificate, nil),
            (try client.endpoint("newOrder"), ["identifiers": [["type": "dns", "value": "a.example.test"]]]),
            (try client.endpoint("keyChange"), [:]), (try client.endpoint("newNonce"), nil),
            (try client.endpoint("revokeCert"), ["certificate": base64URL(try chain.leaf())]),
            ("https://ca.example.test/dir", nil),
        ] as [(String, [String: Any]?)] {
            let response = try client.post(url, payload)
            expectRefusal(response, 401, "unauthorized", "expected a valid account", "\"deactivated\"", "§7.3.6")
        }
        for members: [String: Any] in [["termsOfServiceAgreed": true], ["onlyReturnExisting": true]] {
            let response = try client.register(members)
            expectRefusal(response, 401, "unauthorized", "\"deactivated\"")
        }
    }

    @Test("Its pending authorizations and unfinished orders are cancelled, what is finished stays (§7.3.6)")
    func work() throws {
        let server = try TestServer()
        let client = try server.registered()
        let issued = try client.issue(["done.example.test"])
        let (pending, ready) = (try client.order(["p.example.test"]), try client.readyOrder(["r.example.test"]))
        // An order that failed, with one authorization that is still pending.
        let failed = try client.order(["f.example.test", "g.example.test"])
        try client.post(failed.authorizations[0], ["status": "deactivated"])
        let statuses = server.engine.journal.statusChanges.count
        try client.post(try #require(client.kid), ["status": "deactivated"])

        let changes = server.engine.journal.statusChanges.dropFirst(statuses).map {
            "\($0.subject) \($0.identifiers.map(\.value).joined()) \($0.from ?? "") \($0.to)"
        }
        #expect(changes.first == "account  valid deactivated")
        #expect(
            Set(changes.dropFirst()) == [
                "authorization p.example.test pending deactivated", "authorization g.example.test pending deactivated",
                "order p.example.test pending invalid", "order r.example.test ready invalid",
            ])
        #expect(changes.count == 5)
        #expect(pending.url != ready.url)
        #expect(issued.state == "valid")
        #expect(server.engine.census.certificates == 1)
    }

    @Test("Its certificates are not revoked, and the key of one can still revoke it (§7.3.6, §7.6)")
    func certificates() throws {
        let server = try TestServer()
        let client = try server.registered()
        let pair = CertificateKey()
        let leaf = try client.certificate(of: try client.issue(["www.example.test"], key: pair.x509)).leaf()
        try client.post(try #require(client.kid), ["status": "deactivated"])
        #expect(!server.engine.journal.statusChanges.contains { $0.subject == .certificate && $0.to == "revoked" })
        let response = try client.post(
            try client.endpoint("revokeCert"), ["certificate": base64URL(leaf)], as: .key, signedBy: pair.account)
        #expect(response.status == 200)
    }

    @Test("A validation that ends later changes neither the authorization nor the order (§7.1.6)")
    func late() throws {
        let server = try TestServer(approving: false)
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        try client.post(try #require(client.kid), ["status": "deactivated"])
        server.finish()
        let changes = server.engine.journal.statusChanges
        #expect(changes.last { $0.subject == .authorization }?.to == "deactivated")
        #expect(changes.last { $0.subject == .order }?.to == "invalid")
    }

    @Test("Its key is not given to another account, nor freed (§7.3.5, §7.3.6)")
    func keyStaysTaken() throws {
        let server = try TestServer()
        let (dead, other) = (try server.registered(), try server.registered())
        try dead.post(try #require(dead.kid), ["status": "deactivated"])
        let response = try other.changeKey(to: dead.key)
        expectRefusal(response, 409, "malformed", "already that of another account", "§7.3.5")
        #expect(response["Location"] == dead.kid)
        let order = try other.readyOrder(["www.example.test"])
        let pair = CertificateKey()
        let third = try server.registered(key: pair.account)
        try third.post(try #require(third.kid), ["status": "deactivated"])
        let refused = try other.finalize(order, csr: try csr(["www.example.test"], key: pair.x509))
        expectRefusal(refused, 400, "badCSR", "got the key of an account", "§11.1")
    }

    @Test("Its key cannot be bound to an external account, and uses up none (§7.3.4, §7.3.6)")
    func binding() throws {
        let server = try TestServer()
        let client = try server.registered()
        try client.post(try #require(client.kid), ["status": "deactivated"])
        let key = try server.engine.issueExternalAccountKey(
            identifier: nil, macKey: nil, uses: .once, expires: nil, policy: CairnBoundPolicy(), at: server.now)
        let response = try client.register(boundTo: ExternalAccount(key.identifier, key.macKey))
        expectRefusal(response, 401, "unauthorized", "\"deactivated\"")
        #expect(server.engine.externalAccountKeys.first?.status(at: server.now) == .usable)
        #expect(server.engine.census.accounts == 1)
    }

    @Test("What is held back for it never happens (§7.3.6)")
    func held() throws {
        let server = try TestServer()
        server.engine.policy.progress.issuance = .manually
        let client = try server.registered()
        let order = try client.readyOrder(["a.example.test"])
        #expect(try client.finalize(order, csr: try csr(["a.example.test"])).state == "processing")
        server.engine.policy.progress.validation = .manually
        let open = try client.order(["b.example.test"])
        try client.respond(to: try client.challenge("http-01", of: open.authorizations[0]).url)
        try client.post(try #require(client.kid), ["status": "deactivated"])
        for subject in server.engine.held { server.engine.release(subject, at: server.now) }
        let changes = server.engine.journal.statusChanges
        #expect(changes.last { $0.subject == .authorization }?.to == "deactivated")
        #expect(changes.filter { $0.subject == .order && $0.to == "invalid" }.count == 2)
        #expect(server.engine.census.certificates == 0)
    }
}
