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
        arguments: ["exa\"mple", "a b", "ca.test/..", "<x>", "ca.test?x", "user@ca.test", "ü.test", ""])
    func refused(_ authority: String) throws {
        let server = try TestServer()
        let delivery = server.gateway.respond(
            to: Request(HTTPRequest(method: .get, scheme: "https", authority: authority, path: "/dir")))
        #expect(delivery.head.status.code == 400)
        let text = String(decoding: delivery.body, as: UTF8.self)
        #expect(text.contains("expected Host to be a name or an address"))
        #expect(delivery.head.headerFields[values: .link] == ["<https://localhost/dir>;rel=\"index\""])
    }

    @Test(
        "Names and addresses with and without a port are the beginning of every URL (RFC 8555 §7.1.1)",
        arguments: ["ca.test", "ca.test:14000", "127.0.0.1:1", "[::1]:14000", "under_score.test"])
    func taken(_ authority: String) throws {
        let server = try TestServer()
        let delivery = server.gateway.respond(
            to: Request(HTTPRequest(method: .get, scheme: "https", authority: authority, path: "/dir")))
        #expect(delivery.head.status.code == 200)
        #expect(String(decoding: delivery.body, as: UTF8.self).contains("\"https://\(authority)/new-nonce\""))
    }

    @Test("A request that could not be read is refused with a problem, is in the journal, and names no directory")
    func unreadable() throws {
        let server = try TestServer()
        let delivery = server.gateway.refuse(.contentTooLarge, "expected less")
        #expect(delivery.head.status.code == 413)
        #expect(delivery.head.headerFields[.contentType] == "application/problem+json")
        #expect(delivery.head.headerFields[values: .link].isEmpty)
        let event = try #require(server.engine.journal.requests.last)
        #expect(event.endpoint == nil)
        #expect(event.status == 413)
        #expect(event.problem?.detail == "expected less")
    }
}
