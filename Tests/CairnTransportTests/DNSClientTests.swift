import CairnDNS
import CairnModel
import CairnValidation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import CairnTransport

@Suite("Questions for a DNS server outside", .timeLimit(.minutes(5)))
struct DNSClientTests {
    /// Asks a server one question, as a validation does.
    private func ask(
        _ name: String, _ type: CairnDNSType, at resolver: CairnResolver, timeout: Duration = .seconds(60)
    ) async throws -> DNSAnswer {
        try await withProber { prober in
            await withCheckedContinuation { continuation in
                prober.lookUp(DNSProbe(DNSName(name), type, at: resolver, timeout: timeout)) {
                    continuation.resume(returning: $0)
                }
            }
        }
    }

    private func withProber<Value: Sendable>(_ body: (NetworkProber) async throws -> Value) async throws -> Value {
        let loops = EventLoops()
        let prober = try NetworkProber(on: loops)
        let result: Result<Value, any Error>
        do { result = .success(try await body(prober)) } catch { result = .failure(error) }
        await prober.shutdown()
        try await loops.shutdown()
        return try result.get()
    }

    /// Has a DNS server answer, and gives the body the server and the ways by which questions came.
    private func withServer(
        _ respond: @escaping @Sendable (DNSMessage, CairnDNSTable.Transport) -> DNSMessage?,
        _ body: (CairnResolver, @Sendable () -> [CairnDNSTable.Transport]) async throws -> Void
    ) async throws {
        let loops = EventLoops()
        let came = Mutex<[CairnDNSTable.Transport]>([])
        let listener = try await DNSListener.start(on: loops) { bytes, transport, _ in
            came.withLock { $0.append(transport) }
            guard let query = try? DNSMessage(parsing: bytes), var answer = respond(query, transport) else {
                return nil
            }
            answer.isResponse = true
            return (try? answer.serialized()).map { DNSReply(messages: [$0]) }
        }
        let result: Result<Void, any Error>
        let resolver = CairnResolver.server("127.0.0.1", port: listener.localAddress.port)
        do { result = .success(try await body(resolver) { came.withLock { $0 } }) } catch { result = .failure(error) }
        await listener.shutdown()
        try await loops.shutdown()
        try result.get()
    }

    private func record(_ owner: String, _ record: CairnDNSRecord) -> DNSMessage.ResourceRecord {
        DNSMessage.ResourceRecord(DNSName(owner), record)
    }

    @Test("A question goes out over UDP and wants recursion, and its answer comes back (RFC 1035 §4.2.1)")
    func udp() async throws {
        let asked = Mutex<DNSMessage?>(nil)
        try await withServer { query, _ in
            asked.withLock { $0 = query }
            var answer = query
            answer.answers = [record("A.Test", .txt("one", " two")), record("b.test", .txt("of another"))]
            return answer
        } _: { resolver, came in
            let answer = try await ask("a.test", .txt, at: resolver)
            #expect(answer.outcome == .found)
            #expect(answer.records.compactMap(\.text) == ["one two"])
            #expect(came() == [.udp])
        }
        let query = try #require(asked.withLock { $0 })
        #expect(query.recursionDesired && !query.isResponse && query.edns == nil)
        #expect(query.questions == [DNSMessage.Question(DNSName("a.test"), .txt)])
    }

    @Test("What is cut short over UDP is asked for once more over TCP (RFC 7766 §5)")
    func truncated() async throws {
        let long = String(repeating: "x", count: 200)
        try await withServer { query, transport in
            var answer = query
            if transport == .udp { answer.isTruncated = true } else { answer.answers = [record("a.test", .txt(long))] }
            return answer
        } _: { resolver, came in
            let answer = try await ask("a.test", .txt, at: resolver)
            #expect(answer.records.compactMap(\.text) == [long])
            #expect(came() == [.udp, .tcp])
        }
    }

    @Test("A server that is not there over UDP is asked over TCP")
    func tcpAlone() async throws {
        let loops = EventLoops()
        let server = try await StreamDNSServer(on: loops)
        let answer = try await ask("a.test", .a, at: .server("127.0.0.1", port: server.port))
        #expect(answer.addresses == ["127.0.0.9"])
        try await loops.shutdown()
    }

    @Test("CNAME records are followed within an answer, and never round in a circle (RFC 1034 §3.6.2)")
    func aliases() async throws {
        try await withServer { query, _ in
            var answer = query
            answer.answers = [
                record("c.test", .a("127.0.0.3")), record("b.test", .cname("c.test")),
                record("a.test", .cname("b.test")),
                record("x.test", .cname("y.test")), record("y.test", .cname("x.test")),
            ]
            return answer
        } _: { resolver, _ in
            let answer = try await ask("a.test", .a, at: resolver)
            #expect(answer.addresses == ["127.0.0.3"])
            #expect(answer.chain.count == 2)
            #expect("\(answer.canonicalName)" == "c.test")
            let circle = try await ask("x.test", .a, at: resolver)
            #expect(circle.outcome == .failed(.serverFailure))
        }
    }

    @Test(
        "Response codes keep their meaning, and an empty answer is none of them",
        arguments: [
            (CairnDNSResponseCode.noError, CairnDNSOutcome.noData), (.nameError, .nameError),
            (.serverFailure, .failed(.serverFailure)), (.refused, .failed(.refused)),
        ])
    func codes(code: CairnDNSResponseCode, outcome: CairnDNSOutcome) async throws {
        try await withServer { query, _ in
            var answer = query
            answer.responseCode = code
            return answer
        } _: { resolver, _ in
            let answer = try await ask("a.test", .aaaa, at: resolver)
            #expect(answer.outcome == outcome)
            if case .failed = outcome { #expect(answer.reason == "said the resolver \(resolver)") }
        }
    }

    @Test("A response to another question is passed over (RFC 5452 §9.1)")
    func foreign() async throws {
        let isFirst = Mutex(true)
        try await withServer { query, _ in
            var answer = query
            let isWrong = isFirst.withLock { first in
                defer { first = false }
                return first
            }
            if isWrong { answer.id &+= 1 }
            answer.answers = [record("a.test", .txt(isWrong ? "wrong" : "right"))]
            return answer
        } _: { resolver, came in
            let answer = try await ask("a.test", .txt, at: resolver)
            #expect(answer.records.compactMap(\.text) == ["right"])
            #expect(came() == [.udp, .udp])
        }
    }

    @Test("CNAME records that go round, or on and on, have an end (RFC 1034 §5.2.2)", arguments: [2, 17, 400])
    func chains(_ length: Int) async throws {
        try await withServer { query, transport in
            var answer = query
            answer.isTruncated = transport == .udp
            guard transport == .tcp else { return answer }
            answer.answers = (0..<length).reversed().map { number in
                record("\(number).test", .cname("\(length == 2 ? 1 - number : number + 1).test"))
            }
            return answer
        } _: { resolver, _ in
            let answer = try await ask("0.test", .txt, at: resolver)
            #expect(answer.outcome == .failed(.serverFailure))
            #expect(answer.reason == "the resolver \(resolver) sent more than 16 CNAME records in a row")
        }
    }

    @Test("No response of a resolver crashes the client, and one that cannot be read is passed over", arguments: 0..<30)
    func noise(seed: UInt64) throws {
        var query = DNSMessage(id: 7)
        query.questions = [DNSMessage.Question(DNSName("a.test"), .txt)]
        var answer = query
        answer.isResponse = true
        answer.answers = [record("a.test", .cname("b.test")), record("b.test", .txt("x")), record("b.test", .soa())]
        let probe = DNSProbe(DNSName("a.test"), .txt, at: .system, timeout: .seconds(1))
        let client = try DNSClient(probe, at: CairnIPEndpoint(address: .loopbackV4, port: 53), id: 7)
        let whole = try answer.serialized()
        var state = seed
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            bytes.removeLast(Int(state >> 40) % 5)
            if let response = client.response(in: bytes) { _ = client.answer(response).description }
        }
        #expect(client.response(in: whole).map(client.answer)?.records == [.txt("x")])
    }

    @Test("A question that is under way at the end has an answer then, and holds nothing up")
    func shutdown() async throws {
        let loops = EventLoops()
        let (questions, continuation) = AsyncStream.makeStream(of: Void.self)
        let silent = try await DNSListener.start(on: loops) { _, _, _ in
            continuation.yield()
            return nil
        }
        let prober = try NetworkProber(on: loops)
        let resolver = CairnResolver.server("127.0.0.1", port: silent.localAddress.port)
        let (answers, answered) = AsyncStream.makeStream(of: DNSAnswer.self)
        for _ in 0..<20 {
            prober.lookUp(DNSProbe(DNSName("a.test"), .txt, at: resolver, timeout: .seconds(86_400))) {
                answered.yield($0)
            }
        }
        for await _ in questions.prefix(20) {}
        await prober.shutdown()
        await silent.shutdown()
        try await loops.shutdown()
        prober.lookUp(DNSProbe(DNSName("a.test"), .txt, at: resolver, timeout: .seconds(86_400))) { answered.yield($0) }
        prober.lookUp(DNSProbe(DNSName("a.test"), .a, at: .system, timeout: .seconds(86_400))) { answered.yield($0) }
        for await answer in answers.prefix(22) { #expect(answer.outcome == .failed(.serverFailure)) }
    }

    @Test("Where nobody listens there is no answer, and its reason names the resolver")
    func nobody() async throws {
        let port = try await Self.deadPort()
        let answer = try await ask("a.test", .a, at: .server("127.0.0.1", port: port))
        #expect(answer.outcome == .failed(.serverFailure))
        #expect(answer.reason == "the resolver 127.0.0.1:\(port) refused the connection")
    }

    @Test("A server can be named, and the machine says where it is")
    func named() async throws {
        try await withServer { query, _ in
            var answer = query
            answer.answers = [record("a.test", .txt("found"))]
            return answer
        } _: { resolver, _ in
            guard case .server(_, let port) = resolver.kind else {
                Issue.record("expected a server, got \(resolver)")
                return
            }
            let answer = try await ask("a.test", .txt, at: .server("localhost", port: port))
            #expect(answer.records.compactMap(\.text) == ["found"])
        }
        let nowhere = try await ask("a.test", .txt, at: .server("nowhere.invalid", port: 53))
        #expect(nowhere.reason?.hasPrefix("the resolver nowhere.invalid:53 has no address") == true)
    }

    @Test("The machine's own files say where names are, one family at a time")
    func system() async throws {
        let answer = try await ask("localhost", .a, at: .system)
        #expect(answer.addresses == [.loopbackV4])
        #expect(try await ask("nowhere.invalid", .a, at: .system).addresses == [])
    }

    @Test("The machine's list of resolvers is read in its order, whatever else the file has")
    func list() {
        let text = "# a\nnameserver 10.0.0.1\noptions edns0\n  nameserver\t::1 # b\nnameserver x\nnameserver\n"
        #expect(SystemResolver.nameservers(in: text) == ["10.0.0.1", "::1"])
    }

    /// A port that nobody has.
    private static func deadPort() async throws -> Int {
        let loops = EventLoops()
        let listener = try await DNSListener.start(on: loops) { _, _, _ in nil }
        let port = listener.localAddress.port
        await listener.shutdown()
        try await loops.shutdown()
        return port
    }
}

/// A DNS server that has no UDP, and says that every name is at 127.0.0.9.
private struct StreamDNSServer {
    let port: Int

    init(on loops: EventLoops) async throws {
        let channel = try await ServerBootstrap(group: loops.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var received = ByteBuffer()

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var part = unwrapInboundIn(data)
            received.writeBuffer(&part)
            guard let bytes = received.readLengthPrefixedSlice(as: UInt16.self),
                var answer = try? DNSMessage(parsing: Array(bytes.readableBytesView)),
                let name = answer.questions.first?.name
            else { return }
            answer.isResponse = true
            answer.answers = [DNSMessage.ResourceRecord(name, .a("127.0.0.9"))]
            guard let encoded = try? answer.serialized() else { return }
            var out = ByteBuffer()
            out.writeInteger(UInt16(encoded.count))
            out.writeBytes(encoded)
            context.writeAndFlush(wrapOutboundOut(out), promise: nil)
        }
    }
}
