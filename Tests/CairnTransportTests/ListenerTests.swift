import CairnGateway
import CairnModel
import HTTPTypes
import Testing

@testable import CairnTransport

@Suite("The life of a listener", .timeLimit(.minutes(5)))
struct ListenerTests {
    @Test("Fifty servers with event loops of their own run side by side")
    func fifty() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<50 {
                group.addTask {
                    let delivery = CairnDelivery(HTTPResponse(status: .ok), body: Array("\(number)".utf8))
                    var port = 0
                    try await withServer(handler: always(delivery)) { server, loops in
                        let client = try await Client.connect(to: server.localAddress, on: loops)
                        try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                        let received = try await client.receive { $0.responses().count == 1 }
                        #expect(received.responses().map(\.body) == ["\(number)"])
                        port = server.localAddress.port
                    }
                    return port
                }
            }
            for try await port in group { #expect(port > 0) }
        }
    }

    @Test("Shutting down closes connections that are idle, half-way through a request, or kept waiting")
    func shutdownClosesConnections() async throws {
        let delivery = CairnDelivery(HTTPResponse(status: .ok), pace: .init(beforeHead: .seconds(3600)))
        let requests = ["", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"]
        let (handled, continuation) = AsyncStream.makeStream(of: Void.self)
        let handler: @Sendable (CairnRequest) -> CairnDelivery = { _ in
            continuation.yield()
            return delivery
        }
        try await withServer(threads: 2, handler: handler) { server, loops in
            var clients: [Client] = []
            for request in requests {
                let client = try await Client.connect(to: server.localAddress, on: loops)
                try await client.send(request)
                clients.append(client)
            }
            for await _ in handled { break }
            await server.shutdown()
            for client in clients {
                let received = try await client.receive()
                #expect(received.ending != nil)
                #expect(received.bytes.isEmpty)
            }
        }
    }

    @Test("The port can be bound again after a shutdown, though clients were connected")
    func rebinds() async throws {
        let loops = EventLoops()
        let first = try await HTTPListener.start(.init(addresses: [quietAddress]), on: loops, handler: echo)
        let client = try await Client.connect(to: first.localAddress, on: loops)
        try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await client.receive { $0.responses().count == 1 }
        await first.shutdown()
        let second = try await HTTPListener.start(
            .init(addresses: [quietAddress], port: first.localAddress.port), on: loops, handler: echo)
        #expect(second.localAddress == first.localAddress)
        await second.shutdown()
        try await loops.shutdown()
    }

    @Test("A port in use is named in the error")
    func addressInUse() async throws {
        try await withServer { server, loops in
            let endpoint = server.localAddress
            let error = await #expect(throws: ListenError.self) {
                try await HTTPListener.start(.init(port: endpoint.port), on: loops, handler: echo)
            }
            #expect(error?.reason == .addressInUse)
            #expect(error?.description == "address 127.0.0.1:\(endpoint.port) is already in use")
        }
    }

    @Test("An address that no interface has is named in the error")
    func addressNotAvailable() async throws {
        let loops = EventLoops()
        let error = await #expect(throws: ListenError.self) {
            try await HTTPListener.start(.init(addresses: ["192.0.2.1"]), on: loops, handler: echo)
        }
        #expect(error?.description == "address 192.0.2.1:0 is not available on this machine")
        try await loops.shutdown()
    }

    @Test("Several addresses share one port", .enabled(if: machineHasIPv6))
    func severalAddresses() async throws {
        try await withServer(.init(addresses: ["127.0.0.1", "::1"])) { server, loops in
            #expect(Set(server.endpoints.map(\.port)).count == 1)
            #expect(server.endpoints.map(\.address) == ["127.0.0.1", "::1"])
            for endpoint in server.endpoints {
                let client = try await Client.connect(to: endpoint, on: loops)
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let received = try await client.receive { $0.responses().count == 1 }
                #expect(received.responses().count == 1)
            }
        }
    }

    @Test("Errors name IPv6 endpoints as URLs do, and say what the system says")
    func errorTexts() {
        let endpoint = CairnIPEndpoint(address: .loopbackV6, port: 80)
        #expect(
            ListenError(.permissionDenied, at: endpoint).description == "no permission to listen on address [::1]:80")
        #expect(ListenError(.other("no"), at: endpoint).description == "cannot listen on address [::1]:80: no")
    }

    @Test("Many connections are served by several threads")
    func threads() async throws {
        try await withServer(threads: 3) { server, loops in
            try await withThrowingTaskGroup(of: String?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let client = try await Client.connect(to: server.localAddress, on: loops)
                        try await client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
                        return try await client.receive { $0.responses().count == 1 }.responses().first?.body
                    }
                }
                let bodies = try await group.reduce(into: Set<String?>()) { $0.insert($1) }
                #expect(bodies.count == 20)
            }
        }
    }

    @Test("Event loops can be shut down twice, and nothing is given to them afterwards")
    func shutdownTwice() async throws {
        let loops = EventLoops(threads: 0)
        for _ in 0..<2 {
            await #expect(throws: Never.self) { try await loops.shutdown() }
            #expect(!loops.hold())
        }
    }

    @Test("The clock does not run backwards")
    func clock() {
        let clock = SystemClock()
        let instants = (0..<100).map { _ in clock.now }
        #expect(instants == instants.sorted())
    }
}

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
