import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

@Suite("Draft: links", .timeLimit(.minutes(5)))
struct DraftLinkTests {
    @Test("Every resource but the directory links to it, and to the draft's one (Resources)")
    func index() throws {
        let client = try TestServer().draftRegistered()
        let order = try client.issue(["www.example.test"])
        let account = try client.account()
        var responses = [account, order, try client.send("HEAD", try client.endpoint("new-nonce"))]
        let urls = [order.json["certificate"], account.json["orders"], (order.json["authorizations"] as? [Any])?.first]
        for url in urls { responses.append(try client.get(try #require(url as? String))) }
        responses.append(try client.get("https://ca.example.test/draft/nothing"))
        for response in responses {
            #expect(response.links("index") == ["https://ca.example.test/draft/dir"])
        }
        #expect(try client.get(client.directoryURL).links("index").isEmpty)
    }

    @Test("A challenge links up to its authorization (Resources)")
    func challenge() throws {
        let client = try TestServer(approving: false).draftRegistered()
        let order = try client.order(["www.example.test"])
        let challenge = try client.challenge("http-01", of: order.authorizations[0])
        for response in [try client.get(challenge.url), try client.respond(to: challenge)] {
            #expect(response.links("up") == order.authorizations)
        }
    }

    @Test("A certificate links up to its issuer, as PEM too (Downloading the Certificate)")
    func certificate() throws {
        let client = try TestServer().draftRegistered()
        let order = try client.issue(["www.example.test"])
        let chain = try client.certificate(of: order)
        let links = chain.values("Link").filter { $0.contains("rel=\"up\"") }
        #expect(links.count == 1)
        #expect(links.first?.hasSuffix(">;rel=\"up\";title=\"issuer\"") == true, "\(links)")
        let issuer = try client.get(try #require(chain.links("up").first))
        #expect(issuer.status == 200)
        #expect(issuer.body == (try chain.chain()[1]))
    }

    @Test("What was limited is explained under the draft's own relation (Rate limits)")
    func documentation() throws {
        let server = try TestServer()
        let client = try server.draftRegistered()
        server.engine.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(1, per: .hours(3))
        _ = try client.order(["a.example.test"])
        let response = try client.newOrder(csr: try csr(["b.example.test"]))
        expectRefusal(response, 429, "rateLimited")
        #expect(response["Retry-After"] == "10800")
        let pages = response.links("urn:ietf:params:acme:documentation")
        #expect(pages.count == 1)
        #expect(response.links("help").isEmpty)
        #expect(try client.get(try #require(pages.first)).status == 200)
    }

    private func pages(_ client: DraftClient) throws -> (first: Response, urls: Set<String>) {
        var urls: Set<String> = []
        for number in 0..<5 { urls.insert(try client.order(["n\(number).example.test"]).url) }
        let orders = try #require(try client.account().json["orders"] as? String)
        return (try client.get(orders), urls)
    }

    @Test("The pages of a list are linked as RFC 5988 has it (Orders List)")
    func next() throws {
        let server = try TestServer()
        server.engine.policy.ordersPerPage = 2
        let client = try server.draftRegistered()
        let (first, urls) = try pages(client)
        var page = first
        var found: [String] = []
        // Five orders are on three pages; pages that link to each other would have no end.
        for _ in 0..<3 {
            found += try #require(page.json["orders"] as? [String])
            guard let next = page.links("next").first else { break }
            page = try client.get(next)
        }
        #expect(found.count == 5)
        #expect(Set(found) == urls)
        #expect(try client.get(found[0]).status == 200)
    }
}
