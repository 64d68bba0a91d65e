import CairnDNS
import CairnModel
import NIOCore
import NIOPosix
import Testing

@testable import CairnTransport

@Suite("DNS sockets", .timeLimit(.minutes(5)))
struct DNSListenerTests {
    /// Answers with the transport and the message in reverse; an empty message and `[0]` get no answer.
    private static let reverse: DNSListener.Handler = { message, transport, _ in
        message.isEmpty || message == [0]
            ? nil : DNSReply(messages: [[transport == .udp ? 1 : 2] + message.reversed()])
    }

    private func withDNS(
        _ configuration: DNSListener.Configuration = .init(idleTimeout: .seconds(86_400)),
        _ body: (DNSListener, EventLoops) async throws -> Void
    ) async throws {
        let loops = EventLoops()
        let listener = try await DNSListener.start(configuration, on: loops, handler: Self.reverse)
        do {
            try await body(listener, loops)
        } catch {
            await listener.shutdown()
            try await loops.shutdown()
            throw error
        }
        await listener.shutdown()
        try await loops.shutdown()
    }

    @Test("A query over UDP is answered in one datagram (RFC 1035 §4.2.1)")
    func udp() async throws {
        try await withDNS { listener, loops in
            let client = try await DatagramClient(on: loops)
            try await client.send([], to: listener.localAddress)
            try await client.send([0], to: listener.localAddress)
            try await client.send([1, 2, 3], to: listener.localAddress)
            let answer = try await client.receive()
            #expect(answer == [1, 3, 2, 1])
            let large = [UInt8](repeating: 7, count: 20_000)
            try await client.send(large, to: listener.localAddress)
            let largeAnswer = try await client.receive()
            #expect(largeAnswer == [1] + large)
            try await client.close()
        }
    }

    @Test("Queries over TCP are framed by their length, however the bytes are split (RFC 1035 §4.2.2)")
    func tcp() async throws {
        try await withDNS { listener, loops in
            let client = try await Client.connect(to: listener.localAddress, on: loops)
            for part in [[0], [3, 1], [2, 3, 0, 1, 9, 0, 1, 0, 0], [0, 0, 1, 8]] as [[UInt8]] {
                try await client.send(part)
            }
            let expected: [UInt8] = [0, 4, 2, 3, 2, 1, 0, 2, 2, 9, 0, 2, 2, 8]
            let received = try await client.receive { $0.bytes.count >= expected.count }
            #expect(received.bytes == expected)
            #expect(received.ending == nil)
        }
    }

    @Test("An answer too long for its frame is not sent, and the connection goes on")
    func tooLong() async throws {
        try await withDNS { listener, loops in
            let client = try await Client.connect(to: listener.localAddress, on: loops)
            try await client.send([0xff, 0xff] + [UInt8](repeating: 1, count: 65_535) + [0, 1, 5])
            let received = try await client.receive { $0.bytes.count >= 4 }
            #expect(received.bytes == [0, 2, 2, 5])
        }
    }

    @Test("Any number of late answers reach a client that asks on, and none holds up the end")
    func late() async throws {
        let loops = EventLoops()
        let listener = try await DNSListener.start(.init(idleTimeout: .seconds(86_400)), on: loops) { message, _, _ in
            DNSReply(messages: [message], delay: message == [1] ? .seconds(86_400) : .milliseconds(1))
        }
        let client = try await Client.connect(to: listener.localAddress, on: loops)
        let questions = (0..<5_000).flatMap { [0, 2, UInt8($0 >> 8), UInt8($0 & 0xff)] as [UInt8] }
        try await client.send(questions)
        let received = try await client.receive { $0.bytes.count >= questions.count }
        #expect(received.bytes.count == questions.count)
        #expect(received.ending == nil)
        try await client.send([UInt8](repeating: 0, count: 0) + [0, 1, 1, 0, 1, 2])
        let last = try await client.receive { $0.bytes.count >= questions.count + 3 }
        #expect(last.bytes.suffix(3) == [0, 1, 2])
        let datagrams = try await DatagramClient(on: loops)
        try await datagrams.send([1], to: listener.localAddress)
        try await datagrams.send([2], to: listener.localAddress)
        #expect(try await datagrams.receive() == [2])
        try await datagrams.close()
        await listener.shutdown()
        try await loops.shutdown()
    }

    @Test("A TCP connection that never finishes a query is closed (RFC 7766 §6.2.3)")
    func idle() async throws {
        try await withDNS(.init(idleTimeout: .milliseconds(1))) { listener, loops in
            let client = try await Client.connect(to: listener.localAddress, on: loops)
            try? await client.send([0, 9, 1])
            let received = try await client.receive()
            #expect(received.ending != nil)
        }
    }

    @Test("A port that is taken for TCP is refused as a whole")
    func addressInUse() async throws {
        try await withServer { server, loops in
            let port = server.localAddress.port
            let error = await #expect(throws: ListenError.self) {
                try await DNSListener.start(.init(port: port), on: loops, handler: Self.reverse)
            }
            #expect(error?.description == "address 127.0.0.1:\(port) is already in use")
        }
    }

    @Test("Both transports of every address share one port, and it is free after a shutdown")
    func sharesPort() async throws {
        let configuration = DNSListener.Configuration(
            addresses: machineHasIPv6 ? [quietAddress, "::1"] : [quietAddress])
        var port = 0
        try await withDNS(configuration) { listener, _ in
            #expect(Set(listener.endpoints.map(\.port)).count == 1)
            #expect(listener.endpoints.map(\.address) == configuration.addresses)
            port = listener.localAddress.port
        }
        try await withDNS(.init(addresses: [quietAddress], port: port)) { listener, _ in
            #expect(listener.localAddress.port == port)
        }
    }
}

/// A UDP socket that hands out what comes.
private struct DatagramClient {
    private let channel: any Channel
    private let datagrams: AsyncStream<[UInt8]>

    init(on loops: EventLoops) async throws {
        let (datagrams, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        self.datagrams = datagrams
        channel = try await DatagramBootstrap(group: loops.group)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_535))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(continuation))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func send(_ bytes: [UInt8], to endpoint: CairnIPEndpoint) async throws {
        let envelope = AddressedEnvelope(remoteAddress: try endpoint.socketAddress, data: ByteBuffer(bytes: bytes))
        try await channel.writeAndFlush(envelope).get()
    }

    func receive() async throws -> [UInt8]? {
        for await datagram in datagrams { return datagram }
        return nil
    }

    func close() async throws {
        try await channel.close().get()
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>

        private let continuation: AsyncStream<[UInt8]>.Continuation

        init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Array(unwrapInboundIn(data).data.readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    }
}
