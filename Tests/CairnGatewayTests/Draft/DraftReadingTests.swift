import CairnGateway
import CairnReferenceClient
import Foundation
import HTTPTypes
import Testing

@Suite("Draft: reading", .timeLimit(.minutes(5)))
struct DraftReadingTests {
    private let server: TestServer
    private let client: DraftClient
    private let order: DraftClient.Placed

    init() throws {
        server = try TestServer(approving: false)
        client = try server.draftRegistered()
        order = try client.order(["www.example.test"])
    }

    /// The URLs of everything but the account that an order leads to.
    private func resources() throws -> [String] {
        let orders = try #require(try client.account().json["orders"] as? String)
        let challenges = try client.get(order.authorizations[0]).challenges.compactMap { $0["url"] as? String }
        return [order.url, orders] + order.authorizations + challenges
    }

    @Test("Orders, lists, authorizations and challenges are read by anybody's GET (Request Authentication)")
    func get() throws {
        let stranger = try server.draftClient()
        for url in try resources() { #expect(try stranger.get(url).status == 200, "\(url)") }
    }

    @Test("A certificate is read by anybody's GET (Downloading the Certificate)")
    func certificate() throws {
        try client.prove(order)
        server.finish()
        let url = try #require(try client.get(order.url).json["certificate"] as? String)
        #expect(try server.draftClient().get(url).status == 200)
    }

    @Test("An account is not read by GET (Account Creation)")
    func account() throws {
        let response = try client.get(try #require(client.kid))
        expectRefusal(response, 405, "malformed", "expected POST for account, got GET")
        #expect(!response.detail.contains("POST-as-GET"), "of which the draft knows nothing")
        #expect(response["Allow"]?.contains("POST") == true)
        #expect(response["Allow"]?.contains("GET") == false)
    }

    @Test("The account is read by an empty update (Account Creation)")
    func emptyUpdate() throws {
        try client.account(["contact": ["mailto:a@example.test"]])
        for _ in 0..<2 {
            let response = try client.account()
            #expect(response.status == 200)
            #expect(response.state == "valid")
            #expect(response.json["contact"] as? [String] == ["mailto:a@example.test"])
            #expect(response.json["key"] as? [String: String] == client.key.jwk)
        }
    }

    @Test("An empty payload reads nothing (Request Authentication)")
    func postAsGet() throws {
        for url in try resources() + [try #require(client.kid)] {
            let response = try client.post(url, [:]) { $0.payload = Data() }
            #expect([400, 405].contains(response.status), "\(url): \(response.text)")
            #expect(response.problem == "malformed", "\(url)")
        }
    }

    @Test(
        "A method that is not allowed gets 405, and the list of those that are (Errors)",
        arguments: [
            ("GET", "new-account", "POST"), ("PUT", "new-order", "POST"), ("DELETE", "new-authz", "POST"),
            ("GET", "revoke-cert", "POST"), ("HEAD", "key-change", "POST"), ("POST", "new-nonce", "GET, HEAD"),
        ])
    func methods(_ method: String, _ endpoint: String, _ allowed: String) throws {
        let response = try client.send(method, try client.endpoint(endpoint))
        #expect(response.status == 405)
        #expect(response.problem == "malformed")
        #expect(response["Allow"] == allowed)
    }

    @Test("Resources that are read by GET alone take no POST (Errors)")
    func posted() throws {
        let orders = try #require(try client.account().json["orders"] as? String)
        for url in [client.directoryURL, order.url, orders] {
            let response = try client.post(url, [:])
            expectRefusal(response, 405, "malformed")
            #expect(response["Allow"] == "GET, HEAD", "\(url)")
        }
    }

    @Test("A client that does not say what it is is served (HTTPS Requests)")
    func userAgent() throws {
        let nameless = try DraftClient { [gateway = server.gateway] request in
            var request = request
            request.head.headerFields[.userAgent] = nil
            return gateway.respond(to: request)
        }
        #expect(try nameless.register().status == 201)
    }

    @Test("Nothing is at a URL that nobody handed out (Resources)")
    func unknown() throws {
        for path in [
            "/draft", "/draft/", "/draft/newNonce", "/draft/order/x", "/draft/order/x/finalize", "/draft/dir/",
        ] {
            expectRefusal(try client.get("https://ca.example.test" + path), 404, "malformed")
        }
        expectRefusal(try client.get(order.url + "/finalize"), 404, "malformed")
    }
}
