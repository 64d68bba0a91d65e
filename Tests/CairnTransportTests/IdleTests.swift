import CairnGateway
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import CairnTransport

/// Time is virtual here: the event loop's clock moves when it is told to.
@Suite("Idle connections", .timeLimit(.minutes(5)))
struct IdleTests {
    private func connect(
        _ delivery: CairnDelivery = CairnDelivery(HTTPResponse(status: .ok)), head: Duration = .zero
    ) throws -> EmbeddedChannel {
        let connection = Connection(ConnectionLimits(head: head, idle: .seconds(60), linger: .seconds(2)))
        let exchange = HTTPExchange(
            scheme: "http", bodyLimit: 100, respond: { _ in delivery }, refuse: HTTPListener.Configuration.plainText)
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HalfOpen())
        let beginning = HTTP1Beginning(connection: connection)
        try pipeline.addHandlers([
            connection, beginning, ByteToMessageHandler(HTTPRequestDecoder()),
            HTTP1Handler(exchange: exchange, connection: connection, beginning: beginning),
        ])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private func send(_ text: String, to channel: EmbeddedChannel) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    private func sent(by channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let part = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
        return text
    }

    @Test(
        "A connection without a finished exchange is closed, even if bytes trickle in",
        arguments: ["", "GET / HTTP/1.1\r\nHost: aaaaaa", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n1"])
    func closesIdle(bytes: String) throws {
        let channel = try connect()
        try send(bytes, to: channel)
        for _ in 0..<59 {
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            if !bytes.isEmpty { try send("a", to: channel) }
        }
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
        #expect(try sent(by: channel).isEmpty)
    }

    @Test("A head that does not come whole in time is answered with 408 (RFC 9110 §15.5.9)")
    func slowHead() throws {
        let channel = try connect(head: .seconds(10))
        channel.embeddedEventLoop.advanceTime(by: .seconds(30))
        try send("GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\n", to: channel)
        #expect(try sent(by: channel).hasPrefix("HTTP/1.1 200 OK\r\n"))
        try send("Host: ", to: channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(try sent(by: channel).isEmpty)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try sent(by: channel).hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive)
    }

    @Test("A head that comes whole in time, and a body, are waited for no longer than an idle connection")
    func headInTime() throws {
        let channel = try connect(head: .seconds(10))
        try send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n", to: channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        try send("\r\n", to: channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(40))
        try send("x", to: channel)
        #expect(try sent(by: channel).hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test("A handshake that does not end in time ends the connection, and so does one that does not begin")
    func slowHandshake() throws {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(HalfOpen())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let configuration = HTTPListener.Configuration(
            tls: .init(try testIdentity()), limits: ConnectionLimits(handshake: .seconds(10)))
        try HTTPPipeline(
            configuration, connections: Connections(), handler: always(CairnDelivery(HTTPResponse(status: .ok)))
        )
        .configure(channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        try channel.writeInbound(ByteBuffer(bytes: [22, 3, 1]))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("An exchange starts the wait anew, and it is at most two timeouts long")
    func exchangeIsActivity() throws {
        let channel = try connect()
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        try send("GET / HTTP/1.1\r\nHost: a\r\n\r\n", to: channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(!channel.isActive)
    }

    @Test("A client that is kept waiting is not idle")
    func waitIsNotIdle() throws {
        let channel = try connect(CairnDelivery(HTTPResponse(status: .ok), pace: .init(beforeHead: .seconds(3600))))
        try send("GET / HTTP/1.1\r\nHost: a\r\n\r\n", to: channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(3599))
        #expect(channel.isActive)
        #expect(try sent(by: channel).isEmpty)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(try sent(by: channel).hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test("A client that does not close after a goodbye is closed after the linger timeout (RFC 9112 §9.6)")
    func lingers() throws {
        let channel = try connect()
        try send("GET / HTTP/1.0\r\n\r\n", to: channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("A closed connection leaves no timer behind")
    func leavesNoTimer() throws {
        let channel = try connect(CairnDelivery(HTTPResponse(status: .ok), pace: .init(beforeHead: .seconds(1))))
        try send("GET / HTTP/1.1\r\nHost: a\r\n\r\n", to: channel)
        try channel.close().wait()
        channel.embeddedEventLoop.advanceTime(by: .seconds(3600))
        #expect(try sent(by: channel).isEmpty)
    }
}

/// Lets the server close its side without closing the other, as a socket does.
private final class HalfOpen: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all { context.close(promise: promise) } else { promise?.succeed() }
    }
}
