import CairnGateway
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP2
import Testing

@testable import CairnTransport

/// Runs `body` against a server that speaks TLS, with the root to trust.
func withTLSServer(
    _ configuration: HTTPListener.Configuration = .init(),
    handler: @escaping @Sendable (CairnRequest) -> CairnDelivery = echo,
    _ body: (HTTPListener, [UInt8], EventLoops) async throws -> Void
) async throws {
    let identity = try testIdentity()
    var configuration = configuration
    configuration.tls = .init(identity)
    let root = try #require(identity.trustRoot)
    try await withServer(configuration, handler: handler) { try await body($0, root, $1) }
}

@Suite("HTTP/2 (RFC 9113)", .timeLimit(.minutes(5)))
struct HTTP2Tests {
    @Test("A request reaches the handler with authority, scheme and body")
    func request() async throws {
        try await withTLSServer { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            let response = try await client.request("POST", "/a?b", body: Array("xyz".utf8))
            #expect(response.status == "200")
            #expect(response.body == "POST https://ca.test/a?b [xyz]")
            #expect(response.fields.last?["content-length"] == "30")
            #expect(response.ending == .complete)
        }
    }

    @Test("Streams do not wait for one another")
    func concurrentStreams() async throws {
        let handler: @Sendable (CairnRequest) -> CairnDelivery = { request in
            var delivery = echo(request)
            if request.head.path == "/slow" { delivery.pace.beforeHead = .seconds(3600) }
            return delivery
        }
        try await withTLSServer(handler: handler) { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            async let slow = client.request("GET", "/slow")
            let fast = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 1...30 {
                    group.addTask { try await client.request("GET", "/\(number)").body }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(fast.count == 30)
            await server.shutdown()
            let ending = try await slow.ending
            #expect(ending != .complete)
        }
    }

    @Test("HEAD, 204 and 304 end with their header fields (RFC 9113 §8.1)")
    func bodiless() async throws {
        let handler: @Sendable (CairnRequest) -> CairnDelivery = { request in
            let status = HTTPResponse.Status(code: Int(request.head.path?.dropFirst() ?? "") ?? 500)
            return CairnDelivery(HTTPResponse(status: status), body: [1, 2, 3])
        }
        try await withTLSServer(handler: handler) { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            let responses = [
                try await client.request("HEAD", "/200"), try await client.request("GET", "/204"),
                try await client.request("GET", "/304"),
            ]
            #expect(responses.map(\.ending) == [.complete, .complete, .complete])
            #expect(responses.map(\.body) == ["", "", ""])
            #expect(responses.map { $0.fields.last?["content-length"] } == ["3", nil, nil])
        }
    }

    @Test("Fields that belong to a connection are left out (RFC 9113 §8.2.2)")
    func connectionSpecific() async throws {
        let fields: HTTPFields = [.connection: "close", .transferEncoding: "x", .contentLength: "0", .eTag: "\"1\""]
        let delivery = CairnDelivery(HTTPResponse(status: .ok, headerFields: fields))
        try await withTLSServer(handler: always(delivery)) { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            let response = try await client.request()
            #expect(response.fields == [[":status": "200", "content-length": "0", "etag": "\"1\""]])
        }
    }

    @Test("A body beyond the limit is refused, and the connection goes on", arguments: [true, false])
    func bodyLimit(announced: Bool) async throws {
        let configuration = HTTPListener.Configuration(
            bodyLimit: 10,
            refuse: { refusal in
                CairnDelivery(HTTPResponse(status: refusal.head?.method == .post ? refusal.status : .badRequest))
            })
        try await withTLSServer(configuration) { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            let fields = announced ? [("content-length", "11")] : []
            let refused = try await client.request("POST", fields: fields, body: [UInt8](repeating: 0, count: 11))
            #expect(refused.status == "413")
            let taken = try await client.request("POST", body: [UInt8](repeating: 65, count: 10))
            #expect(taken.status == "200")
        }
    }

    @Test("A client that expects 100-continue is told to go on (RFC 9110 §10.1.1)")
    func continues() async throws {
        try await withTLSServer { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            let response = try await client.request("POST", fields: [("expect", "100-continue")], body: [65])
            #expect(response.fields.map(\.[":status"]) == ["100", "200"])
        }
    }

    @Test("A body larger than the flow-control window arrives whole (RFC 9113 §5.2)")
    func largeBody() async throws {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        try await withTLSServer(handler: always(CairnDelivery(HTTPResponse(status: .ok), body: body))) {
            server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            let response = try await client.request()
            #expect(response.body.utf8.count == body.count)
            #expect(response.ending == .complete)
        }
    }

    @Test(
        "Every pace and every complete ending brings the same response",
        arguments: [
            CairnDelivery.Pace.immediate, .init(beforeHead: .milliseconds(2)), .init(beforeBody: .milliseconds(2)),
            .init(dribble: .init(bytes: 3, every: .milliseconds(1))), .init(dribble: .init(bytes: 1, every: .zero)),
        ])
    func paces(pace: CairnDelivery.Pace) async throws {
        let delivery = CairnDelivery(HTTPResponse(status: .ok), body: Array("0123456789".utf8), pace: pace)
        try await withTLSServer(handler: always(delivery)) { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            let response = try await client.request()
            #expect(response.body == "0123456789")
            #expect(response.ending == .complete)
        }
    }

    @Test("A cut response ends its stream with CANCEL after the bytes, and no other stream", arguments: [0, 4, 10, 99])
    func cut(count: Int) async throws {
        let handler: @Sendable (CairnRequest) -> CairnDelivery = { request in
            var delivery = CairnDelivery(HTTPResponse(status: .ok), body: Array("0123456789".utf8))
            if request.head.path == "/cut" { delivery.ending = .cut(afterBodyBytes: count) }
            return delivery
        }
        try await withTLSServer(handler: handler) { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            let response = try await client.request("GET", "/cut")
            #expect(response.fields.last?["content-length"] == "10")
            #expect(response.body == "0123456789".prefix(count))
            #expect(response.ending == .reset(.cancel))
            let next = try await client.request()
            #expect(next.ending == .complete)
        }
    }

    @Test("A reset response ends the connection", arguments: [nil, 0, 4])
    func reset(count: Int?) async throws {
        let delivery = CairnDelivery(
            HTTPResponse(status: .ok), body: Array("0123456789".utf8), ending: .reset(afterBodyBytes: count))
        try await withTLSServer(handler: always(delivery)) { server, root, loops in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            let response = try await client.request()
            #expect(response.ending == .lost)
            #expect(response.status == (count == nil ? nil : "200"))
            #expect(response.body == "0123456789".prefix(count ?? 0))
        }
    }
}

@Suite("HTTP/2 at its border", .timeLimit(.minutes(5)))
struct HTTP2BorderTests {
    private let channel: EmbeddedChannel
    private let socket: StuckSocket

    init() throws {
        (channel, socket) = try StuckSocket.connected()
        let connection = Connection(ConnectionLimits())
        let pipeline = try HTTPPipeline(.init(), connections: Connections(), handler: echo)
        try channel.pipeline.syncOperations.addHandler(connection)
        try pipeline.configureHTTP2(channel, connection)
        socket.send(FrameBytes.preface)
    }

    /// The field block of a GET with fields that have so many octets in all, neither indexed nor compressed (RFC 7541 §6.2.2).
    private func request(fields length: Int) -> [UInt8] {
        // :method GET, :scheme https, :path /, :authority a
        var block: [UInt8] = [0x82, 0x87, 0x84, 0x01, 0x01, UInt8(ascii: "a")]
        var rest = length
        while rest > 0 {
            let value = min(rest, 1000)
            block += [0x00, 0x01, UInt8(ascii: "x"), 0x7f]
            var number = value - 127
            while number >= 128 {
                block.append(UInt8(number & 127 | 128))
                number >>= 7
            }
            block.append(UInt8(number))
            block += [UInt8](repeating: UInt8(ascii: "v"), count: value)
            rest -= value
        }
        let first = block.prefix(16_000)
        let others = block.dropFirst(16_000)
        return FrameBytes("HEADERS", type: 1, flags: others.isEmpty ? 5 : 1, stream: 1, Array(first)).octets
            + (others.isEmpty
                ? [] : FrameBytes("CONTINUATION", type: 9, flags: 4, stream: 1, Array(others)).octets)
    }

    @Test("The header limit that is announced holds before the client has acknowledged it (RFC 9113 §6.5.3)")
    func limitFromTheFirstFrame() throws {
        socket.send(request(fields: 20_000))
        socket.drain()
        let types = FrameBytes.types(in: socket.received)
        #expect(types.contains(1), "\(types)")
        #expect(!types.contains(7), "\(types)")
        socket.send(FrameBytes.settingsAcknowledgement.octets + FrameBytes.ping.octets)
        socket.drain()
        #expect(!socket.isOutputClosed)
        #expect(FrameBytes.types(in: socket.received).last == 6)
    }

    @Test("The acknowledgement may come octet by octet")
    func slowly() throws {
        for octet in FrameBytes.settingsAcknowledgement.octets + FrameBytes.ping.octets { socket.send([octet]) }
        socket.drain()
        #expect(!socket.isOutputClosed)
        #expect(FrameBytes.types(in: socket.received).last == 6)
    }

    @Test("Nobody may acknowledge twice (RFC 9113 §6.5)")
    func acknowledgedTwice() throws {
        socket.send(FrameBytes.settingsAcknowledgement.octets + FrameBytes.settingsAcknowledgement.octets)
        socket.drain()
        #expect(socket.isOutputClosed)
    }

    @Test(
        "After a connection error there is one GOAWAY, and the connection closes (RFC 9113 §5.4.1)",
        arguments: [
            FrameBytes("DATA on stream 0", type: 0, [1]),
            FrameBytes("PING of 7 octets", type: 6, [1, 2, 3, 4, 5, 6, 7]),
            FrameBytes("WINDOW_UPDATE of 0", type: 8, [0, 0, 0, 0]),
        ])
    func connectionError(frame: FrameBytes) throws {
        socket.send((0..<1000).flatMap { _ in frame.octets })
        socket.drain()
        #expect(FrameBytes.types(in: socket.received).count { $0 == 7 } == 1)
        #expect(socket.isOutputClosed)
        let sent = socket.received.count
        socket.send((0..<1000).flatMap { _ in frame.octets })
        socket.drain()
        #expect(socket.received.count == sent)
        #expect(socket.unsent == 0)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }
}
