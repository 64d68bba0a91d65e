import CairnGateway
import HTTPTypes
import Testing

@testable import CairnTransport

@Suite("HTTP/1.1 (RFC 9112)", .timeLimit(.minutes(5)))
struct HTTP1Tests {
    @Test("A connection carries one request after the other (RFC 9112 §9.3)")
    func keepsAlive() async throws {
        try await withServer { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("GET /a?b=c HTTP/1.1\r\nHost: ca.test:80\r\n\r\n")
            _ = try await client.receive { $0.responses().count == 1 }
            try await client.send("POST /b HTTP/1.1\r\nHost: ca.test\r\nContent-Length: 3\r\n\r\nxyz")
            let received = try await client.receive { $0.responses().count == 2 }
            #expect(received.ending == nil)
            #expect(
                received.responses().map(\.body) == ["GET http://ca.test:80/a?b=c []", "POST http://ca.test/b [xyz]"])
        }
    }

    @Test("Pipelined requests are answered in order, however long the first takes (RFC 9112 §9.3.2)")
    func pipelines() async throws {
        let handler: @Sendable (CairnRequest) -> CairnDelivery = { request in
            var delivery = echo(request)
            if request.head.path == "/1" {
                delivery.pace = .init(beforeHead: .milliseconds(20), beforeBody: .milliseconds(1))
            }
            return delivery
        }
        try await withServer(handler: handler) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send((1...20).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            let received = try await client.receive { $0.responses().count == 20 }
            let expected = (1...20).map { "GET http://a/\($0) []" }
            #expect(received.responses().map(\.body) == expected)
        }
    }

    @Test("HEAD gets the header fields of GET, and no body (RFC 9110 §9.3.2)")
    func head() async throws {
        try await withServer { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send(String(repeating: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", count: 2))
            let received = try await client.receive { $0.responses(toHead: true).count == 2 }
            #expect(received.responses(toHead: true).map(\.fields["content-length"]) == ["17", "17"])
            #expect(received.text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("204 and 304 have neither a body nor a Content-Length (RFC 9110 §8.6)", arguments: [204, 304])
    func bodiless(status: Int) async throws {
        let delivery = CairnDelivery(HTTPResponse(status: .init(code: status)), body: [1, 2, 3])
        try await withServer(handler: always(delivery)) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 2))
            let received = try await client.receive { $0.responses().count == 2 }
            #expect(received.responses().map(\.fields) == [[:], [:]])
            #expect(received.responses().map(\.status) == [status, status])
        }
    }

    @Test("A client that expects 100-continue is told to go on (RFC 9110 §10.1.1)")
    func continues() async throws {
        try await withServer { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            let interim = try await client.receive { $0.text.hasSuffix("\r\n\r\n") }
            #expect(interim.text == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("ok")
            let received = try await client.receive { $0.responses().count == 2 }
            #expect(received.responses().map(\.status) == [100, 200])
            #expect(received.responses().last?.body == "POST http://a/ [ok]")
        }
    }

    @Test("A chunked body arrives whole (RFC 9112 §7.1)")
    func chunked() async throws {
        try await withServer { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3")
            try await client.send("\r\ncde\r\n0\r\n\r\n")
            let received = try await client.receive { $0.responses().count == 1 }
            #expect(received.responses().first?.body == "POST http://a/ [abcde]")
        }
    }

    @Test(
        "A body beyond the limit is refused with the configured document, and the connection ends (RFC 9110 §15.5.14)",
        arguments: [
            "Content-Length: 11\r\n\r\n", "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n",
            "Content-Length: 11\r\n\r\n01234567890", "Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n",
        ])
    func bodyLimit(rest: String) async throws {
        let configuration = HTTPListener.Configuration(
            bodyLimit: 10,
            refuse: { refusal in
                let known = refusal.head.map { "\($0.method) \($0.authority ?? "-")" } ?? "?"
                return CairnDelivery(
                    HTTPResponse(status: refusal.status), body: Array("\(known): \(refusal.detail)".utf8))
            })
        try await withServer(configuration) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\n" + rest)
            let received = try await client.receive()
            #expect(received.ending == .closed)
            #expect(received.responses().map(\.status) == [413])
            #expect(received.responses().first?.fields["connection"] == "close")
            #expect(received.responses().first?.body == "POST a: the body is longer than 10 bytes (RFC 9110 §15.5.14)")
        }
    }

    @Test(
        "Whoever answers a refusal is told as much of the request as could be read",
        arguments: [
            ("POST /x HTTP/1.1\r\n\r\n", "POST /x"), ("GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /x"),
            ("POST /x\r\n\r\n", "POST /x"), ("nonsense\r\n\r\n", "?"),
        ])
    func known(request: String, expected: String) async throws {
        let configuration = HTTPListener.Configuration(
            refuse: { refusal in
                let known = refusal.head.map { "\($0.method) \($0.path ?? "-")" } ?? "?"
                return CairnDelivery(HTTPResponse(status: refusal.status), body: Array(known.utf8))
            })
        try await withServer(configuration) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send(request)
            #expect(try await client.receive().responses().first?.body == expected)
        }
    }

    @Test("A body at the limit is taken")
    func bodyAtLimit() async throws {
        try await withServer(.init(bodyLimit: 10)) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789")
            let received = try await client.receive { $0.responses().count == 1 }
            #expect(received.responses().first?.status == 200)
        }
    }

    @Test(
        "What is no request is refused, and the connection ends",
        arguments: [
            ("GARBAGE\r\n\r\n", 400), ("\u{16}\u{3}\u{1}\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 2000))\r\n\r\n", 431),
        ])
    func malformed(bytes: String, status: Int) async throws {
        try await withServer(.init(headerLimit: 1000)) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send(bytes)
            let received = try await client.receive()
            #expect(received.ending == .closed)
            #expect(received.responses().map(\.status) == [status])
        }
    }

    @Test("Garbage after a request whose answer is delayed is refused after that answer")
    func garbageBehindDelay() async throws {
        let handler: @Sendable (CairnRequest) -> CairnDelivery = { request in
            var delivery = echo(request)
            delivery.pace.beforeHead = .milliseconds(5)
            return delivery
        }
        try await withServer(handler: handler) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n???\r\n\r\n")
            let received = try await client.receive()
            #expect(received.responses().map(\.status) == [200, 400])
        }
    }

    @Test("The connection ends when the client says so, in the request or by its version (RFC 9112 §9.6)")
    func closes() async throws {
        let cases = [
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        ]
        try await withServer { server, loops in
            for request in cases {
                let client = try await Client.connect(to: server.localAddress, on: loops)
                try await client.send(request)
                let received = try await client.receive()
                #expect(received.ending == .closed)
                #expect(received.responses().map(\.status) == [200])
                #expect(received.responses().first?.fields["connection"] == "close")
            }
        }
    }

    @Test("The connection ends when the answer says so")
    func closesByAnswer() async throws {
        let delivery = CairnDelivery(HTTPResponse(status: .ok, headerFields: [.connection: "Close"]))
        try await withServer(handler: always(delivery)) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let received = try await client.receive()
            #expect(received.responses().map(\.fields) == [["connection": "Close", "content-length": "0"]])
            #expect(received.ending == .closed)
        }
    }

    @Test("An HTTP/1.0 client may ask for the connection to stay open")
    func keepsAliveHTTP10() async throws {
        try await withServer { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send(String(repeating: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", count: 2))
            let received = try await client.receive { $0.responses().count == 2 }
            #expect(received.responses().map(\.fields["connection"]) == ["keep-alive", "keep-alive"])
        }
    }

    @Test(
        "The authority of an absolute target goes before Host (RFC 9112 §3.2.2)",
        arguments: [
            ("http://b.test:8080/p?q", "b.test:8080/p?q"), ("http://b.test", "b.test/"),
            ("http://b.test?q", "b.test/?q"),
            ("/http://b.test/", "a/http://b.test/"),
        ])
    func absoluteForm(target: String, expected: String) async throws {
        try await withServer { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            let received = try await client.receive { $0.responses().count == 1 }
            #expect(received.responses().first?.body == "GET http://\(expected) []")
        }
    }

    @Test("Framing that the answer brings is left alone")
    func ownContentLength() async throws {
        let delivery = CairnDelivery(
            HTTPResponse(status: .ok, headerFields: [.contentLength: "2"]), body: Array("abc".utf8))
        try await withServer(handler: always(delivery)) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let received = try await client.receive()
            #expect(received.text.hasSuffix("Content-Length: 2\r\nConnection: close\r\n\r\nabc"))
        }
    }

    @Test("A large body reaches a client that reads late")
    func largeBody() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 4 << 20)
        try await withServer(handler: always(CairnDelivery(HTTPResponse(status: .ok), body: body))) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 3))
            let received = try await client.receive { $0.bytes.count > 3 * body.count }
            let count = received.bytes.count { $0 == UInt8(ascii: "x") }
            #expect(count == 3 * body.count)
        }
    }
}
