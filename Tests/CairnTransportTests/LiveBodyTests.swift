import CairnGateway
import HTTPTypes
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import CairnTransport

/// A body that says the same again and again, a number of times, and tells when nobody asks any more.
private final class Loop: LiveSource {
    struct State {
        var left: Int
        var asked = 0
        var isClosed = false
    }

    let state: Mutex<State>
    private let portion: [UInt8]
    private let afterwards: LivePortion
    private let closed: @Sendable () -> Void

    init(
        _ count: Int, of portion: [UInt8], then afterwards: LivePortion = .nothing,
        closed: @escaping @Sendable () -> Void = {}
    ) {
        state = Mutex(State(left: count))
        (self.portion, self.afterwards, self.closed) = (portion, afterwards, closed)
    }

    func next() -> LivePortion {
        state.withLock { state in
            state.asked += 1
            guard state.left > 0 else { return afterwards }
            state.left -= 1
            return .bytes(portion)
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        closed()
    }

    func delivery(pulse: CairnDelivery.Pulse = .init(Array("!".utf8), every: .seconds(3600))) -> CairnDelivery {
        var delivery = CairnDelivery(HTTPResponse(status: .ok))
        delivery.live = CairnDelivery.LiveBody(pulse: pulse) { _ in self }
        return delivery
    }
}

@Suite("A live body", .timeLimit(.minutes(5)))
struct LiveBodyTests {
    @Test("What a client does not read is not made, over HTTP/1.1")
    func stuck() throws {
        let (channel, socket) = try StuckSocket.connected()
        let loop = Loop(10_000, of: [UInt8](repeating: 1, count: 1000), then: .end)
        let pipeline = try HTTPPipeline(.init(), connections: Connections(), handler: always(loop.delivery()))
        try pipeline.configure(channel)
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(socket.pending <= StuckSocket.highWaterMark + 2000)
        #expect(loop.state.withLock { $0.asked } < 100)
        while socket.pending > 0 { socket.drain() }
        #expect(socket.received.count { $0 == 1 } == 10_000_000)
        #expect(loop.state.withLock { $0.isClosed })
        // The next request of the connection is answered.
        socket.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(socket.pending > 0)
    }

    @Test("What a client does not read is not made, over HTTP/2 (RFC 9113 §5.2)")
    func window() throws {
        let (channel, socket) = try StuckSocket.connected()
        let loop = Loop(10_000, of: [UInt8](repeating: 1, count: 1000))
        let pipeline = try HTTPPipeline(.init(), connections: Connections(), handler: always(loop.delivery()))
        let connection = Connection(ConnectionLimits())
        try channel.pipeline.syncOperations.addHandler(connection)
        try pipeline.configureHTTP2(channel, connection)
        // GET https /, all of it in the static table (RFC 7541, appendix A).
        let request = FrameBytes("HEADERS", type: 1, flags: 5, stream: 1, [0x82, 0x87, 0x84])
        socket.send(FrameBytes.preface + request.octets)
        // A window is 65,535 octets (RFC 9113 §6.9.2); what is beyond it waits in the stream, up to its high-water mark.
        #expect(socket.pending <= 66_000 + StuckSocket.highWaterMark)
        #expect(loop.state.withLock { $0.asked } < 200)
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(loop.state.withLock { $0.isClosed })
    }

    @Test("Where there is nothing to say, a sign of life goes out", arguments: [true, false])
    func pulse(isHTTP2: Bool) async throws {
        let identity = try testIdentity()
        let root = try #require(identity.trustRoot)
        let loop = Loop(0, of: [])
        let delivery = loop.delivery(pulse: .init(Array("!".utf8), every: .milliseconds(1)))
        try await withServer(.init(tls: .init(identity)), handler: always(delivery)) { server, loops in
            if isHTTP2 {
                let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
                try await client.requestAndReset { $0.hasPrefix("!!!") }
            } else {
                let client = try await Client.connect(
                    to: server.localAddress, tls: .init(trustRoot: root), on: loops)
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let received = try await client.receive { $0.text.hasSuffix("1\r\n!\r\n1\r\n!\r\n1\r\n!\r\n") }
                #expect(received.text.contains("Transfer-Encoding: chunked\r\n"))
                await client.close()
            }
        }
    }

    @Test("Nobody asks for more once the client has gone", arguments: [true, false])
    func gone(isHTTP2: Bool) async throws {
        let identity = try testIdentity()
        let root = try #require(identity.trustRoot)
        let (closed, closing) = AsyncStream<Void>.makeStream()
        let loop = Loop(1, of: Array("here".utf8)) { closing.yield() }
        try await withServer(.init(tls: .init(identity)), handler: always(loop.delivery())) { server, loops in
            if isHTTP2 {
                let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
                try await client.requestAndReset { $0 == "here" }
            } else {
                let client = try await Client.connect(
                    to: server.localAddress, tls: .init(trustRoot: root), on: loops)
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.receive { $0.text.contains("here") }
                await client.close()
            }
            var iterator = closed.makeAsyncIterator()
            await iterator.next()
        }
    }

    @Test("Requests that are pipelined behind it wait for its end (RFC 9112 §9.3.2)")
    func pipelined() async throws {
        let loop = Loop(3, of: Array("x".utf8), then: .end)
        let answers: @Sendable (CairnRequest) -> CairnDelivery = { request in
            request.head.path == "/live" ? loop.delivery() : echo(request)
        }
        try await withServer(handler: answers) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("GET /live HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            let received = try await client.receive { $0.text.contains("/next") }
            let end = try #require(received.text.firstRange(of: "1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n0\r\n\r\nHTTP/1.1 200"))
            #expect(received.text[end.upperBound...].contains("GET http://a/next"))
        }
    }
}
