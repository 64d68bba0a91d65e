import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import Testing

/// What the draft leaves open.
@Suite("Draft: settings", .timeLimit(.minutes(5)))
struct DraftSettingsTests {
    @Test("Keys can be refused where the text demands kid and the examples show jwk (Request Authentication)")
    func keys() throws {
        let client = try TestServer { $0.policy.acceptsKeys = false }.draftRegistered()
        expectRefusal(try client.newAuthorization("www.example.test", as: .key), 400, "malformed", "kid")
        expectRefusal(try client.changeKey(to: AccountKey(), as: .key), 400, "malformed", "kid")
        #expect(try client.newAuthorization("www.example.test").status == 201)
    }

    @Test("A deactivated account can be refused by another status (Account deactivation)", arguments: [400, 401])
    func deactivated(_ status: Int) throws {
        let client = try TestServer { $0.answers.deactivatedStatus = status }.draftRegistered()
        try client.account(["status": "deactivated"])
        expectRefusal(try client.account(), status, "unauthorized", "deactivated")
    }

    @Test("The account of a key that has one can be left out of the answer (Account Creation)")
    func existingAccount() throws {
        let client = try TestServer { $0.answers.showsExistingAccount = false }.draftRegistered()
        let account = client.kid
        let response = try client.register()
        #expect(response.status == 200)
        #expect(response["Content-Location"] == account)
        #expect(response.body.isEmpty)
        #expect(response["Content-Type"] == nil)
    }

    @Test("The pages of a list can be linked as the draft prints it (Orders List)")
    func printedLinks() throws {
        let server = try TestServer { $0.answers.printsPageLinks = true }
        server.engine.policy.ordersPerPage = 1
        let client = try server.draftRegistered()
        for name in ["a.example.test", "b.example.test"] { _ = try client.order([name]) }
        let orders = try #require(try client.account().json["orders"] as? String)
        let links = try client.get(orders).values("Link").filter { $0.contains("next") }
        let path = try #require(URL(string: orders)?.path)
        #expect(links.count == 1)
        #expect(links.first?.hasPrefix("href=\"\(path)?cursor=") == true, "\(links)")
        #expect(links.first?.hasSuffix("\", rel=\"next\"") == true, "\(links)")
    }

    @Test("Pending authorizations can be without status, which means pending (Authorization Objects)")
    func pendingStatus() throws {
        let server = try TestServer(approving: false) { $0.answers.omitsPendingStatus = true }
        let client = try server.draftRegistered()
        let order = try client.order(["www.example.test"])
        #expect(try client.get(order.authorizations[0]).json["status"] == nil)
        try client.prove(order)
        server.finish()
        #expect(try client.get(order.authorizations[0]).state == "valid")
    }

    @Test("Pending authorizations can have combinations: each challenge alone (Pre-Authorization)")
    func combinations() throws {
        let server = try TestServer(approving: false) { $0.answers.showsCombinations = true }
        let client = try server.draftRegistered()
        let order = try client.order(["www.example.test"])
        #expect(try client.get(order.authorizations[0]).json["combinations"] as? [[Int]] == [[0], [1], [2]])
        #expect(
            try client.newAuthorization("a.example.test").json["combinations"] as? [[Int]] == [[0], [1], [2]])
        try client.prove(order)
        server.finish()
        #expect(try client.get(order.authorizations[0]).json["combinations"] == nil)
    }

    @Test("Authorizations of an order can be good for that order alone (Authorization Objects)")
    func scopes() throws {
        let client = try TestServer { $0.policy.scopesAuthorizations = true }.draftRegistered()
        let first = try client.order(["www.example.test"])
        #expect(try client.get(first.authorizations[0]).json["scope"] as? String == first.url)
        try client.prove(first)
        #expect(try client.get(first.url).state == "valid")
        #expect(try client.get(first.authorizations[0]).json["scope"] as? String == first.url)
        let second = try client.order(["www.example.test"])
        #expect(second.response.state == "pending")
        #expect(second.authorizations != first.authorizations)
        #expect(try client.get(second.authorizations[0]).json["scope"] as? String == second.url)
        // That of new-authz belongs to no order.
        #expect(try client.newAuthorization("a.example.test").json["scope"] == nil)
    }

    @Test("A scoped authorization is none that new-authz leads to (Pre-Authorization)")
    func scopedExisting() throws {
        let client = try TestServer { $0.policy.scopesAuthorizations = true }.draftRegistered()
        let order = try client.order(["www.example.test"])
        try client.prove(order)
        expectRefusal(try client.newAuthorization("www.example.test", existing: "require"), 404, "malformed")
    }

    @Test("The answer 303 can show the authorization (Pre-Authorization)")
    func existingAuthorization() throws {
        let client = try TestServer { $0.answers.showsExistingAuthorization = true }.draftRegistered()
        let url = try #require(try client.newAuthorization("www.example.test")["Location"])
        try client.respond(to: try client.challenge("http-01", of: url))
        let response = try client.newAuthorization("www.example.test", existing: "accept")
        #expect(response.status == 303)
        #expect(response["Location"] == url)
        #expect(response.state == "valid")
    }

    @Test("Wildcards can be refused (Authorization Objects)")
    func wildcards() throws {
        let client = try TestServer { $0.policy.acceptsWildcards = false }.draftRegistered()
        expectRefusal(try client.newOrder(csr: try csr(["*.example.test"])), 400, "rejectedIdentifier")
        _ = try client.order(["example.test"])
    }

    @Test("A common name that is no alternative name can be refused (Applying for Certificate Issuance)")
    func commonName() throws {
        let client = try TestServer { $0.policy.certifiesCommonName = false }.draftRegistered()
        let alone = try csr(["a.example.test"], commonName: "b.example.test")
        expectRefusal(try client.newOrder(csr: alone), 400, "badCSR", "b.example.test")
        _ = try client.order(csr: try csr(["a.example.test"], commonName: "a.example.test"))
    }

    @Test("The certificate can be held back (Applying for Certificate Issuance)")
    func delay() throws {
        let server = try TestServer()
        server.engine.policy.progress.issuance = .after(.seconds(30))
        let client = try server.draftRegistered()
        let order = try client.order(["www.example.test"])
        try client.prove(order)
        server.advance(by: .seconds(29))
        #expect(try client.get(order.url).state == "processing")
        server.advance(by: .seconds(1))
        #expect(try client.get(order.url).state == "valid")
        // And so with one for which everything is authorized already.
        let second = try client.order(["www.example.test"])
        #expect(second.response.state == "processing")
        #expect(second.response["Retry-After"] == "1")
        server.advance(by: .seconds(30))
        #expect(try client.get(second.url).state == "valid")
    }

    @Test("Empty payloads can read, as in RFC 8555 (Request Authentication)")
    func postAsGet() throws {
        let client = try TestServer { $0.policy.acceptsPostAsGet = true }.draftRegistered()
        let order = try client.issue(["www.example.test"])
        let orders = try #require(try client.account().json["orders"] as? String)
        let authorization = try #require((order.json["authorizations"] as? [String])?.first)
        let challenge = try client.challenge("http-01", of: authorization).url
        let certificate = try #require(order.json["certificate"] as? String)
        let url = try #require(try client.get(orders).json["orders"] as? [String]).first
        for url in [try #require(url), orders, authorization, challenge, certificate] {
            let response = try client.post(url, [:]) { $0.payload = Data() }
            #expect(response.status == 200)
            #expect(response.body == (try client.get(url).body))
        }
        #expect(try client.post(try #require(client.kid), [:]) { $0.payload = Data() }.status == 200)
    }
}
