import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Draft: RFC 8555 and the draft side by side", .timeLimit(.minutes(5)))
struct TwoDialectsTests {
    private let server: TestServer
    private let draft: DraftClient
    private let rfc: ReferenceClient

    init() throws {
        server = try TestServer()
        draft = try server.draftClient()
        rfc = try server.client(key: draft.key)
    }

    /// The last part of a URL.
    private func id(_ url: String?) -> Substring? { url?.split(separator: "/").last }

    /// The orders of the account, as RFC 8555 lists them.
    private func orders() throws -> [String] {
        let account = try rfc.read(try #require(rfc.kid))
        let list = try rfc.read(try #require(account.json["orders"] as? String))
        return list.json["orders"] as? [String] ?? []
    }

    @Test("An account of one dialect is there in the other, with its key and its id", arguments: [true, false])
    func account(_ draftFirst: Bool) throws {
        if draftFirst {
            #expect(try draft.register().status == 201)
            #expect(try rfc.register().status == 200)
        } else {
            #expect(try rfc.register().status == 201)
            #expect(try draft.register().status == 200)
        }
        #expect(id(draft.kid) == id(rfc.kid))
        #expect(draft.kid?.hasPrefix("https://ca.example.test/draft/account/") == true)
        #expect(rfc.kid?.hasPrefix("https://ca.example.test/account/") == true)
        try draft.account(["contact": ["mailto:a@example.test"]])
        #expect(try rfc.read(try #require(rfc.kid)).json["contact"] as? [String] == ["mailto:a@example.test"])
        #expect(server.engine.census.accounts == 1)
    }

    @Test("A key that changes in one changes in the other, and so does an account that is given up")
    func changed() throws {
        try draft.register()
        try rfc.register()
        let new = try AccountKey()
        #expect(try draft.changeKey(to: new).status == 200)
        rfc.key = new
        #expect(try rfc.read(try #require(rfc.kid)).status == 200)
        try rfc.post(try #require(rfc.kid), ["status": "deactivated"])
        draft.key = new
        expectRefusal(try draft.account(), 403, "unauthorized", "deactivated")
        expectRefusal(try rfc.read(try #require(rfc.kid)), 401, "unauthorized", "deactivated")
    }

    @Test("An order of the draft is one of RFC 8555 too, with its certificate")
    func orderOfDraft() throws {
        try draft.register()
        try rfc.register()
        let order = try draft.order(["www.example.test"])
        let url = try #require(try orders().first)
        #expect(id(url) == id(order.url))
        let seen = try rfc.read(url)
        #expect(seen.state == "pending")
        #expect((seen.json["identifiers"] as? [[String: String]])?.first?["value"] == "www.example.test")
        try draft.prove(order)
        let valid = try rfc.read(url)
        #expect(valid.state == "valid")
        #expect(try rfc.certificate(of: valid).body == (try draft.certificate(of: try draft.get(order.url)).body))
    }

    @Test("What the draft asked a certificate for is issued however the challenge was answered")
    func answeredInRFC() throws {
        try draft.register()
        try rfc.register()
        let order = try draft.order(["www.example.test"])
        let seen = try rfc.read(try #require(try orders().first))
        let authorization = try #require((seen.json["authorizations"] as? [String])?.first)
        try rfc.respond(to: try rfc.challenge("http-01", of: authorization).url)
        #expect(try draft.get(order.url).state == "valid")
    }

    /// The URL in the draft of what RFC 8555 has at `url`.
    private func inDraft(_ url: String) -> String {
        url.replacing("https://ca.example.test/", with: "https://ca.example.test/draft/")
    }

    @Test("What RFC 8555 made is for its account: the draft's unsigned GET is shown nothing of it (§6.3, §10.5)")
    func orderOfRFC() throws {
        try draft.register()
        try rfc.register()
        let order = try rfc.readyOrder(["www.example.test"])
        let valid = try rfc.finalize(order, csr: try csr(["www.example.test"]))
        let certificate = try #require(valid.json["certificate"] as? String)
        let challenge = try rfc.challenge("http-01", of: order.authorizations[0]).url
        for url in [order.url, order.authorizations[0], challenge, certificate] {
            expectRefusal(try draft.get(inDraft(url)), 403, "unauthorized", "for its account alone")
        }
        let own = try draft.order(["draft.example.test"])
        let list = try draft.get(try #require(try draft.account().json["orders"] as? String))
        #expect(list.json["orders"] as? [String] == [own.url])
        #expect(try orders().count == 2, "RFC 8555 lists both")
        // The account may still do what needs no reading.
        let chain = try rfc.certificate(of: valid)
        #expect(try draft.revoke(try chain.leaf()).status == 200)
        expectRefusal(
            try rfc.post(try rfc.endpoint("revokeCert"), ["certificate": base64URL(try chain.leaf())]), 400,
            "alreadyRevoked")
    }

    @Test("The pages of an unsigned list have the public orders alone, and are as long as others (§7.1.2.1)")
    func publicPages() throws {
        server.engine.policy.ordersPerPage = 2
        try draft.register()
        try rfc.register()
        var expected: [String] = []
        for number in 0..<4 {
            _ = try rfc.order(["r\(number).example.test"])
            expected.append(try draft.order(["d\(number).example.test"]).url)
            _ = try rfc.order(["s\(number).example.test"])
        }
        let url = try #require(try draft.account().json["orders"] as? String)
        let first = try draft.get(url)
        #expect(first.json["orders"] as? [String] == Array(expected[..<2]))
        let second = try draft.get(try #require(first.links("next").first))
        #expect(second.json["orders"] as? [String] == Array(expected[2...]))
        #expect(second.links("next").isEmpty)
    }

    @Test("What an order of the draft lists may be read there, whichever dialect made it")
    func listed() throws {
        try draft.register()
        try rfc.register()
        let order = try rfc.readyOrder(["www.example.test"])
        expectRefusal(try draft.get(inDraft(order.authorizations[0])), 403, "unauthorized")
        let own = try draft.order(["www.example.test"])
        #expect(own.authorizations == [inDraft(order.authorizations[0])])
        #expect(try draft.get(own.authorizations[0]).state == "valid")
        expectRefusal(try draft.get(inDraft(order.url)), 403, "unauthorized")
    }

    @Test("An order that came with its CSR takes no other by finalize (RFC 8555 §7.4)", arguments: [true, false])
    func finalized(_ isHeld: Bool) throws {
        server.engine.policy.progress.issuance = isHeld ? .manually : .immediately
        try draft.register()
        try rfc.register()
        let order = try draft.order(["www.example.test"])
        let url = try #require(try orders().first)
        let finalize = try #require(try rfc.read(url).json["finalize"] as? String)
        let other = ["csr": base64URL(try csr(["www.example.test"]))]
        expectRefusal(try rfc.post(finalize, other), 403, "orderNotReady")
        try draft.prove(order)
        expectRefusal(try rfc.post(finalize, other), 403, "orderNotReady")
        for subject in server.engine.held { _ = server.engine.release(subject, at: server.now) }
        let valid = try draft.get(order.url)
        #expect(valid.state == "valid")
        #expect(valid.json["csr"] as? String == order.response.json["csr"] as? String)
        #expect(server.engine.journal.certificates.count == 1)
    }

    @Test("The journal names the endpoints of both alike")
    func journal() throws {
        try draft.register()
        let order = try draft.issue(["www.example.test"])
        _ = try draft.certificate(of: order)
        let endpoints = server.engine.journal.requests.compactMap(\.endpoint)
        #expect(
            endpoints == [
                .directory, .newNonce, .newAccount, .newOrder, .authorization, .authorization, .challenge, .order,
                .certificate,
            ])
        #expect(server.engine.journal.requests.allSatisfy { $0.path.hasPrefix("/draft/") })
    }

    @Test("An authorization of one serves the other")
    func authorizations() throws {
        try draft.register()
        try rfc.register()
        let url = try #require(try draft.newAuthorization("www.example.test")["Location"])
        try draft.respond(to: try draft.challenge("http-01", of: url))
        let order = try rfc.order(["www.example.test"])
        #expect(order.response.state == "ready")
        #expect(id(order.authorizations.first) == id(url))
        _ = try rfc.readyOrder(["rfc.example.test"])
        let existing = try draft.newAuthorization("rfc.example.test", existing: "require")
        #expect(existing.status == 303)
        #expect(try draft.order(["rfc.example.test"]).response.state == "valid")
    }

    @Test("Each speaks its own language of the same event")
    func language() throws {
        server.decide { _ in ACMEProblem(.incorrectResponse, "as it is") }
        try draft.register()
        try rfc.register()
        let order = try rfc.readyOrder(["www.example.test"])
        let error = try rfc.read(order.authorizations[0]).challenges.first { $0["error"] != nil }?["error"]
        #expect((error as? [String: Any])?["type"] as? String == "urn:ietf:params:acme:error:incorrectResponse")
        let own = try draft.order(["www.example.test"])
        try draft.prove(own)
        let seen = try draft.get(own.authorizations[0])
        let same = seen.challenges.first { $0["error"] != nil }?["error"]
        #expect((same as? [String: Any])?["type"] as? String == "urn:ietf:params:acme:error:unauthorized")
    }

    @Test("Nonces of one are good in the other")
    func nonces() throws {
        try draft.register()
        let nonce = try rfc.nonce()
        #expect(try draft.post(try #require(draft.kid), [:]) { $0.header["nonce"] = nonce }.status == 200)
    }

    @Test("The draft can be left out, and then there is nothing at its URLs")
    func without() throws {
        let server = try TestServer(configuration: GatewayConfiguration(.with { $0.draft = nil }))
        let client = try server.client()
        expectRefusal(try client.send("GET", draft.directoryURL), 404, "malformed")
        #expect(try server.registered().issue(["www.example.test"]).state == "valid")
    }

    @Test("What both are told is the same CA: the terms, and the names in CAA records")
    func directories() throws {
        let theirs = try #require(try rfc.send("GET", "https://ca.example.test/dir").json["meta"] as? [String: Any])
        let meta = try #require(try draft.get(draft.directoryURL).json["meta"] as? [String: Any])
        #expect(meta["terms-of-service"] as? String == theirs["termsOfService"] as? String)
        #expect(meta["caa-identities"] as? [String] == theirs["caaIdentities"] as? [String])
    }
}
