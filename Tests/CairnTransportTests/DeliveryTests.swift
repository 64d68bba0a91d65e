import CairnGateway
import HTTPTypes
import Testing

@testable import CairnTransport

@Suite("Deliveries in HTTP/1.1, as the client sees them", .timeLimit(.minutes(5)))
struct DeliveryTests {
    private static let body = "0123456789"
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Asks a server that always answers with `delivery`, over TLS or not.
    private func receive(
        _ delivery: CairnDelivery, overTLS: Bool,
        until isEnough: @escaping @Sendable (Client.Received) -> Bool = { _ in false }
    ) async throws -> Client.Received {
        let identity = try testIdentity()
        let root = try #require(identity.trustRoot)
        let configuration = HTTPListener.Configuration(tls: overTLS ? .init(identity) : nil)
        var received = Client.Received()
        try await withServer(configuration, handler: always(delivery)) { server, loops in
            let client = try await Client.connect(
                to: server.localAddress, tls: overTLS ? .init(trustRoot: root) : nil, on: loops)
            try await client.send(Self.request)
            received = try await client.receive(until: isEnough)
        }
        return received
    }

    @Test(
        "Every pace brings the whole response",
        arguments: [
            CairnDelivery.Pace.immediate, .init(beforeHead: .milliseconds(2)), .init(beforeBody: .milliseconds(2)),
            .init(dribble: .init(bytes: 3, every: .milliseconds(1))), .init(dribble: .init(bytes: 1, every: .zero)),
            .init(
                beforeHead: .milliseconds(1), beforeBody: .milliseconds(1),
                dribble: .init(bytes: 10, every: .seconds(3600))),
        ], [false, true])
    func paces(pace: CairnDelivery.Pace, overTLS: Bool) async throws {
        let delivery = CairnDelivery(HTTPResponse(status: .ok), body: Array(Self.body.utf8), pace: pace)
        let received = try await receive(delivery, overTLS: overTLS) { $0.responses().count == 1 }
        #expect(received.responses().map(\.body) == [Self.body])
        #expect(received.ending == nil)
    }

    @Test("The head comes before the wait for the body, and slices before the wait for the next")
    func stepsAreVisible() async throws {
        var delivery = CairnDelivery(HTTPResponse(status: .ok), body: Array(Self.body.utf8))
        delivery.pace.beforeBody = .seconds(3600)
        let head = try await receive(delivery, overTLS: false) { $0.text.hasSuffix("\r\n\r\n") }
        #expect(head.partialBody == "")

        delivery.pace = .init(dribble: .init(bytes: 3, every: .seconds(3600)))
        let slice = try await receive(delivery, overTLS: false) { $0.partialBody?.isEmpty == false }
        #expect(slice.partialBody == "012")
        #expect(slice.ending == nil)
    }

    @Test(
        "A cut connection closes in good order after the bytes", arguments: [0, 4, 10, 99, -1], [false, true])
    func cut(count: Int, overTLS: Bool) async throws {
        let delivery = CairnDelivery(
            HTTPResponse(status: .ok), body: Array(Self.body.utf8), ending: .cut(afterBodyBytes: count))
        let received = try await receive(delivery, overTLS: overTLS)
        #expect(received.ending == .closed)
        #expect(received.text.contains("Content-Length: 10\r\n"))
        #expect(received.partialBody == String(Self.body.prefix(max(0, count))))
    }

    @Test("A reset before the head leaves nothing but the reset", arguments: [false, true])
    func resetBeforeHead(overTLS: Bool) async throws {
        let delivery = CairnDelivery(
            HTTPResponse(status: .ok), body: Array(Self.body.utf8), pace: .init(beforeHead: .milliseconds(1)),
            ending: .reset(afterBodyBytes: nil))
        let received = try await receive(delivery, overTLS: overTLS)
        #expect(received.ending == .reset)
        #expect(received.bytes.isEmpty)
    }

    @Test("A reset connection has brought the bytes before it", arguments: [0, 4, 99], [false, true])
    func reset(count: Int, overTLS: Bool) async throws {
        let delivery = CairnDelivery(
            HTTPResponse(status: .ok), body: Array(Self.body.utf8),
            pace: .init(dribble: .init(bytes: 2, every: .milliseconds(1))), ending: .reset(afterBodyBytes: count))
        let received = try await receive(delivery, overTLS: overTLS)
        #expect(received.ending == .reset)
        #expect(received.partialBody == String(Self.body.prefix(count)))
    }

    @Test("Requests behind a cut answer are not answered")
    func cutEndsPipeline() async throws {
        let delivery = CairnDelivery(HTTPResponse(status: .ok), body: [65, 66], ending: .cut(afterBodyBytes: 1))
        try await withServer(handler: always(delivery)) { server, loops in
            let client = try await Client.connect(to: server.localAddress, on: loops)
            try await client.send(Self.request + Self.request)
            let received = try await client.receive()
            #expect(received.partialBody == "A")
        }
    }
}
