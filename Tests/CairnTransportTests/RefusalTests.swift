import CairnGateway
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import Testing

@testable import CairnTransport

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What is known of a request that is refused before there is one.
@Suite("Refusals", .timeLimit(.minutes(5)))
struct RefusalTests {
    /// The refusals of a server, and what the client got.
    private func refused(
        _ configuration: HTTPListener.Configuration = .init(), _ octets: String
    ) async throws -> ([HTTPRefusal], Client.Received) {
        let (box, result) = (Refusals(), Result())
        var configuration = configuration
        configuration.refuse = { refusal in
            box.list.withLock { $0.append(refusal) }
            return HTTPListener.Configuration.plainText(refusal)
        }
        try await withServer(configuration) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send(octets)
            let received = try await client.receive()
            result.received.withLock { $0 = received }
        }
        return (box.list.withLock { $0 }, try #require(result.received.withLock { $0 }))
    }

    private final class Result: Sendable {
        let received = Mutex<Client.Received?>(nil)
    }

    private final class Refusals: Sendable {
        let list = Mutex<[HTTPRefusal]>([])
    }

    @Test(
        "A refusal knows method and Host of what was refused, where they can be read",
        arguments: [
            ("POST /new-order HTTP/1.1\r\nHost: ca.test:14000\r\nContent-Length: x\r\n\r\n", 400),
            ("POST /new-order HTTP/1.1\r\nHost: ca.test:14000\r\nContent-Length: 11\r\n\r\n", 413),
            ("POST /new-order HTTP/1.1\r\nHost: ca.test:14000\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
            (
                "POST /new-order HTTP/1.1\r\nHost: ca.test:14000\r\nX: \(String(repeating: "x", count: 2000))\r\n\r\n",
                431
            ),
            ("POST /new-order HTTP/1.1\nHost: ca.test:14000\n\n", 400),
            ("POST /new-order HTTP/3.0\r\nHost: ca.test:14000\r\n\r\n", 505),
            ("POST /\u{e9} HTTP/1.1\r\nHost: ca.test:14000\r\n\r\n", 400),
        ])
    func knows(octets: String, status: Int) async throws {
        let (refusals, received) = try await refused(.init(bodyLimit: 10, headerLimit: 1000), octets)
        #expect(received.responses().map(\.status) == [status])
        #expect(received.ending == .closed)
        #expect(refusals.map(\.head?.method) == [.post])
        #expect(refusals.map(\.head?.authority) == ["ca.test:14000"])
    }

    @Test("Of what is no request nothing is known")
    func knowsNothing() async throws {
        let (refusals, _) = try await refused(.init(), "GARBAGE\r\nHost: a\r\n\r\n")
        #expect(refusals.map(\.head?.method) == [nil])
        #expect(refusals.map(\.head?.authority) == [nil])
    }

    @Test(
        "Lines that end with LF alone are refused in so many words (RFC 9112 §2.2)",
        arguments: ["GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"])
    func bareLineFeed(octets: String) async throws {
        let (refusals, received) = try await refused(.init(), octets)
        #expect(received.responses().map(\.status) == [400])
        #expect(refusals.first?.detail.contains("LF alone (RFC 9112 §2.2)") == true, "\(refusals)")
    }

    @Test("CONNECT is answered, and closes: what follows would be a tunnel (RFC 9110 §9.3.6)")
    func connect() async throws {
        let (_, received) = try await refused(
            .init(), "CONNECT ca.test:443 HTTP/1.1\r\nHost: ca.test:443\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(received.responses().map(\.status) == [200])
        #expect(received.responses().first?.fields["connection"] == "close")
        #expect(received.ending == .closed)
    }

    @Test("HTTP in the clear on a TLS port is answered in the clear, and told so (RFC 8555 §6.1)")
    func httpToTLS() async throws {
        for octets in ["GET /dir HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HELP\r\n\r\n"] {
            let (refusals, received) = try await refused(.init(tls: .init(testIdentity())), octets)
            #expect(received.responses().map(\.status) == [400], "\(octets)")
            #expect(received.responses().first?.body.contains("expected TLS") == true)
            #expect(received.ending == .closed)
            #expect(refusals.count == 1)
        }
    }

    @Test("The header fields are taken up to the limit, and not beyond", arguments: [0, 1])
    func headerLimit(excess: Int) async throws {
        try await withServer(.init(headerLimit: 1000)) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            // The target, names and values count: "/", "Host", "a", "X" and the x's, "Connection" and "close".
            let value = String(repeating: "x", count: 1000 - 1 - 4 - 1 - 1 - 10 - 5 + excess)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: \(value)\r\n\r\n")
            let received = try await client.receive()
            #expect(received.responses().map(\.status) == [excess == 0 ? 200 : 431])
        }
    }

    @Test("256 header fields are taken, and one more is not", arguments: [0, 1])
    func headerCount(excess: Int) async throws {
        try await withServer { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            let fields = String(repeating: "X: y\r\n", count: 254 + excess)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(fields)\r\n")
            let received = try await client.receive()
            #expect(received.responses().map(\.status) == [excess == 0 ? 200 : 431])
        }
    }
}

@Suite("Accepting", .timeLimit(.minutes(5)))
struct AcceptTests {
    @Test("Where descriptors are exhausted, accepting pauses, and that is said once")
    func pauses() throws {
        let channel = EmbeddedChannel()
        let told = Told()
        let reads = ReadCounter()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([
            reads, AcceptBackoffHandler(), AcceptReport { text in told.list.withLock { $0.append(text) } },
        ])
        for _ in 0..<3 {
            channel.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
            channel.read()
        }
        #expect(reads.count == 0)
        #expect(told.list.withLock { $0.count } == 1)
        channel.pipeline.fireErrorCaught(IOError(errnoCode: ENFILE, reason: "accept"))
        #expect(told.list.withLock { $0.count } == 2)
    }

    private final class Told: Sendable {
        let list = Mutex<[String]>([])
    }

    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = Never
        private(set) var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
            context.read()
        }
    }
}
