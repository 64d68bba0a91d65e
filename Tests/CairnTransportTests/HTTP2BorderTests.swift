import CairnGateway
import HTTPTypes
import NIOCore
import NIOEmbedded
import Testing

@testable import CairnTransport

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
