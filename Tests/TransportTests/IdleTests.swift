import Gateway
import HTTPTypes
import Testing

@testable import Transport

@Suite("Idle connections")
struct IdleTests {
    @Test(
        "A connection without a finished exchange is closed, even if bytes trickle in",
        arguments: ["", "G", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1"])
    func closesIdle(bytes: String) async throws {
        try await withServer(.init(idleTimeout: .milliseconds(5))) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try? await client.send(bytes)
            let received = try await client.receive()
            #expect(received.ending != nil)
            #expect(received.bytes.isEmpty)
        }
    }

    @Test("A client that is kept waiting is not idle")
    func waitIsNotIdle() async throws {
        let delivery = Delivery(HTTPResponse(status: .ok), pace: .init(beforeHead: .milliseconds(100)))
        try await withServer(.init(idleTimeout: .milliseconds(20)), handler: always(delivery)) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let received = try await client.receive()
            #expect(received.responses().map(\.status) == [200])
        }
    }

    @Test("A client that does not close after a goodbye is closed")
    func lingering() async throws {
        try await withServer(.init(lingerTimeout: .milliseconds(1))) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("GET / HTTP/1.0\r\n\r\n")
            let received = try await client.receive()
            #expect(received.responses().map(\.status) == [200])
        }
    }
}
