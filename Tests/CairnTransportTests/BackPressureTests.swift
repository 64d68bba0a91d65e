import CairnDNS
import CairnGateway
import HTTPTypes
import NIOCore
import NIOEmbedded
import Testing

@testable import CairnTransport

/// What a server keeps for a client that does not read is counted here, on a socket that lets nothing out.
@Suite("What is not read stops the reading", .timeLimit(.minutes(5)))
struct BackPressureTests {
    /// More than one portion of requests and one answer never wait beyond the high-water mark.
    private func expectBounded(_ socket: StuckSocket, answer: Int) {
        #expect(socket.read <= 2 * StuckSocket.readSize, "read from the client")
        #expect(socket.pending <= StuckSocket.highWaterMark + answer, "kept for the client")
        #expect(socket.unsent > 0, "the client was read to the end")
    }

    @Test("HTTP/1.1 requests that are pipelined wait in the client (RFC 9112 §9.3.2)")
    func pipelined() throws {
        let (channel, socket) = try StuckSocket.connected()
        let answer = CairnDelivery(HTTPResponse(status: .ok), body: [UInt8](repeating: 1, count: 1000))
        let pipeline = try HTTPPipeline(.init(), connections: Connections(), handler: always(answer))
        try pipeline.configure(channel)
        let count = 20_000
        socket.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: count))
        expectBounded(socket, answer: 2000)
        while socket.pending > 0 { socket.drain() }
        #expect(socket.unsent == 0)
        #expect(socket.received.count { $0 == 1 } == 1000 * count)
    }

    @Test("DNS queries over TCP wait in the client (RFC 7766 §6.2.1)")
    func dnsStream() throws {
        let (channel, socket) = try StuckSocket.connected()
        let connection = Connection(ConnectionLimits())
        var asked = 0
        try channel.pipeline.syncOperations.addHandlers([
            connection, Intake(),
            DNSStreamHandler(
                connection: connection,
                respond: { _, _, _ in DNSReply(messages: [[UInt8](repeating: 1, count: 60_000)]) }),
        ])
        let count = 10_000
        socket.send([UInt8]((0..<count).flatMap { _ in [0, 20] + [UInt8](repeating: 7, count: 20) }))
        expectBounded(socket, answer: 2 * 60_002)
        for _ in 0..<100 { socket.drain() }
        asked = socket.received.count { $0 == 1 } / 60_000
        #expect(asked > 100)
        #expect(socket.pending <= StuckSocket.highWaterMark + 2 * 60_002)
    }

    @Test(
        "HTTP/2 PING and SETTINGS are not answered without end (RFC 9113 §10.5)",
        arguments: [FrameBytes.ping, .settings])
    func flood(frame: FrameBytes) throws {
        let (channel, socket) = try StuckSocket.connected()
        let pipeline = try HTTPPipeline(.init(), connections: Connections(), handler: echo)
        let connection = Connection(ConnectionLimits())
        try channel.pipeline.syncOperations.addHandler(connection)
        try pipeline.configureHTTP2(channel, connection)
        socket.send(FrameBytes.preface)
        let flood = [UInt8]((0..<100_000).flatMap { _ in frame.octets })
        socket.send(flood)
        #expect(socket.pending <= StuckSocket.highWaterMark + Intake.portion)
        #expect(socket.read <= 4 * StuckSocket.readSize || socket.isOutputClosed)
    }

    @Test("What the client does not send more of is all handed on, however it is cut")
    func portions() throws {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(Intake())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for length in [1, Intake.portion, Intake.portion + 1, 3 * Intake.portion + 7] {
            let sent = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            try channel.writeInbound(ByteBuffer(bytes: sent))
            var received: [UInt8] = []
            while let part = try channel.readInbound(as: ByteBuffer.self) {
                #expect(part.readableBytes <= Intake.portion)
                received += part.readableBytesView
            }
            #expect(received == sent)
        }
    }
}

/// Frames of HTTP/2 in their octets (RFC 9113 §6).
struct FrameBytes: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var octets: [UInt8]

    init(_ name: String, type: UInt8, flags: UInt8 = 0, stream: UInt8 = 0, _ payload: [UInt8] = []) {
        testDescription = name
        let length = [UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 255), UInt8(payload.count & 255)]
        octets = length + [type, flags, 0, 0, 0, stream] + payload
    }

    static let ping = FrameBytes("PING", type: 6, [1, 2, 3, 4, 5, 6, 7, 8])
    static let settings = FrameBytes("SETTINGS", type: 4)
    static let settingsAcknowledgement = FrameBytes("SETTINGS ACK", type: 4, flags: 1)
    /// What a client begins with.
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings.octets

    /// The types of the frames in what a server sent.
    static func types(in octets: [UInt8]) -> [UInt8] {
        var (types, rest) = ([UInt8](), octets[...])
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            types.append(head[3])
            rest = rest.dropFirst(9 + Int(head[0]) << 16 + Int(head[1]) << 8 + Int(head[2]))
        }
        return types
    }
}
