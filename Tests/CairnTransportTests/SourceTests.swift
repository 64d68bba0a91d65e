import CairnGateway
import CairnModel
import HTTPTypes
import Testing

@testable import CairnTransport

@Suite("The address of a client", .timeLimit(.minutes(5)))
struct SourceTests {
    /// Answers with the address of the client.
    private static let tell: @Sendable (CairnRequest) -> CairnDelivery = { request in
        CairnDelivery(HTTPResponse(status: .ok), body: Array((request.source.map { "\($0)" } ?? "nobody").utf8))
    }

    @Test("A request over HTTP/1.1 knows where its client is")
    func http1() async throws {
        try await withServer(handler: Self.tell) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 2))
            let received = try await client.receive { $0.responses().count == 2 }
            #expect(received.responses().map(\.body) == ["127.0.0.1", "127.0.0.1"])
        }
    }

    @Test("A request over HTTP/2 knows where its client is")
    func http2() async throws {
        try await withTLSServer(handler: Self.tell) { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            #expect(try await client.request().body == "127.0.0.1")
            #expect(try await client.request().body == "127.0.0.1")
        }
    }

    @Test("So does one over IPv6, and IPv4 stays IPv4 on a socket for both", .enabled(if: machineHasIPv6))
    func both() async throws {
        try await withServer(.init(addresses: ["::"]), handler: Self.tell) { server, loops in
            for address in [CairnIPAddress.loopbackV6, .loopbackV4] {
                let endpoint = CairnIPEndpoint(address: address, port: server.localAddress.port)
                let client = try await Client.connect(to: endpoint, on: loops)
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let received = try await client.receive { $0.responses().count == 1 }
                #expect(received.responses().map(\.body) == ["\(address)"])
            }
        }
    }
}
