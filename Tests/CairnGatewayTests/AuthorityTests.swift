import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import HTTPTypes
import Testing

@Suite("The authority of a request", .timeLimit(.minutes(5)))
struct AuthorityTests {
    @Test(
        "A Host that is none is 400, and gets into no URL (RFC 9110 §7.2)",
        arguments: [
            "exa\"mple", "a b", "ca.test/..", "<x>", "ca.test?x", "user@ca.test", "ü.test", "", "localhost:x", "a:1:2",
            "[::1", "[::1]x",
            "[127.0.0.1]", "[]", "::1", ":80", "a:0", "a:65536", "a:99999999999999999999", "a:-1", "a:+1",
        ])
    func refused(_ authority: String) throws {
        let server = try TestServer()
        let delivery = server.gateway.respond(
            to: CairnRequest(HTTPRequest(method: .get, scheme: "https", authority: authority, path: "/dir")))
        #expect(delivery.head.status.code == 400)
        let text = String(decoding: delivery.body, as: UTF8.self)
        #expect(text.contains("Host: expected"))
        #expect(delivery.head.headerFields[values: .link].isEmpty)
    }

    @Test(
        "Names and addresses with and without a port are the beginning of every URL (RFC 8555 §7.1.1)",
        arguments: [
            "ca.test", "ca.test:14000", "127.0.0.1:1", "[::1]:14000", "under_score.test", "[::1]", "ca.test:",
            "ca.test:65535",
        ])
    func taken(_ authority: String) throws {
        let server = try TestServer()
        let delivery = server.gateway.respond(
            to: CairnRequest(HTTPRequest(method: .get, scheme: "https", authority: authority, path: "/dir")))
        #expect(delivery.head.status.code == 200)
        #expect(String(decoding: delivery.body, as: UTF8.self).contains("\"https://\(authority)/new-nonce\""))
    }

    @Test("A refused Host leaves the configured origin at the beginning of URLs, and a POST its nonce (§6.5, §7.1)")
    func refusedBeside() throws {
        let configuration = GatewayConfiguration(origin: "https://ca.example.test")
        let delivery = try TestServer(configuration: configuration).gateway.respond(
            to: CairnRequest(HTTPRequest(method: .post, scheme: "https", authority: "localhost:x", path: "/new-order")))
        #expect(delivery.head.status.code == 400)
        #expect(delivery.head.headerFields[values: .link] == ["<https://ca.example.test/dir>;rel=\"index\""])
        #expect(delivery.head.headerFields[.replayNonce] != nil)
    }

    @Test("A request that could not be read is refused with a problem, is in the journal, and names no directory")
    func unreadable() throws {
        let server = try TestServer()
        let delivery = server.gateway.refuse(.contentTooLarge, "expected less")
        #expect(delivery.head.status.code == 413)
        #expect(delivery.head.headerFields[.contentType] == "application/problem+json")
        #expect(delivery.head.headerFields[values: .link].isEmpty)
        #expect(delivery.head.headerFields[.accessControlAllowOrigin] == "*")
        #expect(delivery.head.headerFields[.cacheControl] != nil)
        let event = try #require(server.engine.journal.requests.last)
        #expect(event.endpoint == nil)
        #expect(event.status == 413)
        #expect(event.problem?.detail == "expected less")
        #expect(event.method.isEmpty)
    }

    @Test(
        "A refusal made before the gateway brings a nonce to what is, or may be, a POST, and a good one (RFC 8555 §6.5)"
    )
    func refusedPost() throws {
        let server = try TestServer()
        let client = try server.registered()
        let account = try #require(client.kid)
        for (method, expected) in [(nil, true), (.post, true), (.get, false), (.put, false)]
            as [(HTTPRequest.Method?, Bool)]
        {
            let head = method.map {
                HTTPRequest(method: $0, scheme: "https", authority: "ca.example.test", path: "/new-order")
            }
            let delivery = server.gateway.refuse(.requestHeaderFieldsTooLarge, "too long", head: head)
            let nonce = delivery.head.headerFields[.replayNonce]
            #expect((nonce != nil) == expected)
            if let nonce { #expect(try client.post(account, nil) { $0.header["nonce"] = nonce }.status == 200) }
            #expect(server.engine.journal.requests.contains { $0.status == 431 && $0.method == method?.rawValue ?? "" })
        }
    }

    @Test("It links to the directory where it is known where that is (RFC 8555 §7.1)")
    func refusedIndex() throws {
        let server = try TestServer()
        func links(_ server: TestServer, _ authority: String?) -> [String] {
            let head = HTTPRequest(method: .post, scheme: "https", authority: authority, path: "/draft/new-order")
            return server.gateway.refuse(.contentTooLarge, "too long", head: head).head.headerFields[values: .link]
        }
        #expect(links(server, "ca.example.test") == ["<https://ca.example.test/draft/dir>;rel=\"index\""])
        #expect(links(server, nil).isEmpty)
        #expect(links(server, "a:b").isEmpty)
        let known = try TestServer(configuration: GatewayConfiguration(origin: "https://cb.example.test"))
        #expect(links(known, nil) == ["<https://cb.example.test/draft/dir>;rel=\"index\""])
        let unread = known.gateway.refuse(.badRequest, "no request")
        #expect(unread.head.headerFields[values: .link] == ["<https://cb.example.test/dir>;rel=\"index\""])
    }
}
