import CairnGateway
import CairnModel
import HTTPTypes
import Testing

@testable import CairnTransport

@Suite("Reports of what was really sent", .timeLimit(.minutes(5)))
struct DeliveryReportTests {
    private static let body = Array("0123456789".utf8)
    private static let noon: CairnInstant = "2031-06-03T12:00:00Z"

    /// Serves `delivery` over TLS, and hands on the reports as they come.
    private func serve(
        _ delivery: CairnDelivery,
        _ body: (HTTPListener, [UInt8], EventLoops, inout AsyncStream<CairnDeliveryReport>.Iterator) async throws ->
            Void
    ) async throws {
        var delivery = delivery
        delivery.entry = 7
        let (stream, reports) = AsyncStream.makeStream(of: CairnDeliveryReport.self)
        let configuration = HTTPListener.Configuration(
            deliveries: DeliveryReports(now: { Self.noon }) { entry, report in
                #expect(entry == 7)
                reports.yield(report)
            })
        var iterator = stream.makeAsyncIterator()
        try await withTLSServer(configuration, handler: always(delivery)) { server, root, loops in
            try await body(server, root, loops, &iterator)
        }
        reports.finish()
        #expect(await iterator.next() == nil, "one report a delivery")
    }

    private static let endings: [(CairnDelivery.Ending, CairnDelivery.Pace, String)] = [
        (.complete, .immediate, "sent whole, with 10 bytes of body"),
        (.complete, .init(beforeBody: .milliseconds(1)), "sent whole, with 10 bytes of body"),
        (.complete, .init(dribble: .init(bytes: 3, every: .milliseconds(1))), "sent whole, with 10 bytes of body"),
        (.cut(afterBodyBytes: 4), .immediate, "cut after 4 bytes of body"),
        (.cut(afterBodyBytes: 0), .init(beforeBody: .milliseconds(1)), "cut after 0 bytes of body"),
        (
            .cut(afterBodyBytes: 4), .init(dribble: .init(bytes: 1, every: .milliseconds(1))),
            "cut after 4 bytes of body"
        ),
        (.reset(afterBodyBytes: 1), .immediate, "reset after 1 byte of body"),
        (.reset(afterBodyBytes: nil), .init(beforeHead: .milliseconds(1)), "reset before the status line"),
    ]

    @Test("HTTP/1.1: whole, cut, reset, with the connection, which is counted", arguments: endings)
    func http1(ending: CairnDelivery.Ending, pace: CairnDelivery.Pace, words: String) async throws {
        let delivery = CairnDelivery(HTTPResponse(status: .ok), body: Self.body, pace: pace, ending: ending)
        try await serve(delivery) { server, root, loops, reports in
            for connection in 1...2 {
                let client = try await Client.connect(
                    to: server.localAddress, tls: .init(trustRoot: root), on: loops)
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                _ = try await client.receive()
                let report = try #require(await reports.next())
                #expect("\(report)" == "\(words), on connection \(connection) (HTTP/1.1)")
                #expect(report.headAt == (words.hasSuffix("line") ? nil : Self.noon))
                #expect(report.endedAt == Self.noon)
            }
        }
    }

    @Test("HTTP/2: whole, cut, reset, with the connection, which its streams share", arguments: endings)
    func http2(ending: CairnDelivery.Ending, pace: CairnDelivery.Pace, words: String) async throws {
        let delivery = CairnDelivery(HTTPResponse(status: .ok), body: Self.body, pace: pace, ending: ending)
        try await serve(delivery) { server, root, loops, reports in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            for _ in 1...2 {
                _ = try? await client.request()
                let report = try #require(await reports.next())
                #expect("\(report)" == "\(words), on connection 1 (HTTP/2)")
                // After a reset there is no second time.
                guard !words.hasPrefix("reset") else { return }
            }
        }
    }

    @Test("A response without a body, and one to HEAD, have none to send (RFC 9110 §6.4.1)")
    func bodiless() async throws {
        try await serve(CairnDelivery(HTTPResponse(status: .ok), body: Self.body)) { server, root, loops, reports in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            _ = try await client.request("HEAD", "/")
            #expect(await reports.next()?.bodyBytes == 0)
        }
    }

    private static let slow = CairnDelivery(
        HTTPResponse(status: .ok), body: body, pace: .init(dribble: .init(bytes: 3, every: .seconds(3600))))

    @Test("A client that goes away in the middle of the body is noticed, and what it was sent is counted")
    func goneHTTP1() async throws {
        try await serve(Self.slow) { server, root, loops, reports in
            let client = try await Client.connect(to: server.localAddress, tls: .init(trustRoot: root), on: loops)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.receive { $0.text.hasSuffix("012") }
            await client.close()
            #expect(
                await reports.next()?.description
                    == "the client went away after 3 bytes of body, on connection 1 (HTTP/1.1)")
        }
    }

    @Test("So is one that speaks HTTP/2")
    func goneHTTP2() async throws {
        try await serve(Self.slow) { server, root, loops, reports in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            try await client.requestAndLeave { $0 == "012" }
            #expect(
                await reports.next()?.description
                    == "the client went away after 3 bytes of body, on connection 1 (HTTP/2)")
        }
    }

    @Test("A client that resets only its stream is noticed, and the connection goes on (RFC 9113 §5.4.2)")
    func resetStream() async throws {
        try await serve(Self.slow) { server, root, loops, reports in
            let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
            for _ in 1...2 {
                try await client.requestAndReset { $0 == "012" }
                #expect(
                    await reports.next()?.description
                        == "the client went away after 3 bytes of body, on connection 1 (HTTP/2)")
            }
        }
    }

    @Test("What a server that is shut down leaves unsent is its own doing", arguments: [false, true])
    func stopped(inHTTP2: Bool) async throws {
        try await serve(Self.slow) { server, root, loops, reports in
            let version: String
            if inHTTP2 {
                let client = try await HTTP2Client.connect(to: server.localAddress, trusting: root, on: loops)
                version = "HTTP/2"
                try await client.request { $0 == "012" }
                await server.shutdown()
            } else {
                let client = try await Client.connect(to: server.localAddress, tls: .init(trustRoot: root), on: loops)
                version = "HTTP/1.1"
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.receive { $0.text.hasSuffix("012") }
                await server.shutdown()
            }
            #expect(
                await reports.next()?.description
                    == "the CA stopped after 3 bytes of body, on connection 1 (\(version))")
        }
    }

    @Test("A refused request is reported like any other")
    func refused() async throws {
        let (stream, reports) = AsyncStream.makeStream(of: Int.self)
        var configuration = HTTPListener.Configuration(
            refuse: { refusal in
                var delivery = CairnDelivery(HTTPResponse(status: refusal.status))
                delivery.entry = 3
                return delivery
            }, deliveries: DeliveryReports(now: { Self.noon }) { entry, _ in reports.yield(entry) })
        configuration.tls = .init(try testIdentity())
        try await withServer(configuration) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.receive()
        }
        reports.finish()
        var entries: [Int] = []
        for await entry in stream { entries.append(entry) }
        #expect(entries == [3])
    }
}
