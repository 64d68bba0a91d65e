import CairnModel
import CairnValidation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOTLS
import Synchronization
import Testing

@testable import CairnTransport

/// Time is virtual here: the event loop's clock moves when it is told to.
@Suite("A probe that times out says what it was waiting for", .timeLimit(.minutes(5)))
struct ProbeTimeoutTests {
    private let outcomes = Outcomes()
    private let channel = EmbeddedChannel()

    private func attempt() -> ProbeAttempt<HTTPProbe.Outcome> {
        ProbeAttempt(on: channel.eventLoop, within: .seconds(10), failure: { .failure($0) }) { [outcomes] outcome in
            outcomes.list.withLock { $0.append(outcome) }
        }
    }

    private func probe(isTLS: Bool = false) -> HTTPProbe {
        HTTPProbe(
            address: .loopbackV4, port: 80, isTLS: isTLS, host: "a.test", authority: "a.test", path: "/", bodyLimit: 10,
            timeout: .seconds(10))
    }

    private func connect(_ probe: HTTPProbe) throws {
        try channel.pipeline.syncOperations.addHandler(HTTPProbeHandler(probe, attempt()))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func expectTimeout(_ step: String) {
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(outcomes.list.withLock { $0 }.isEmpty)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        channel.pipeline.fireChannelInactive()
        #expect(outcomes.list.withLock { $0 } == [.failure(.timedOut(step))])
    }

    @Test("Connecting")
    func connecting() throws {
        try channel.pipeline.syncOperations.addHandler(HTTPProbeHandler(probe(), attempt()))
        expectTimeout("connecting")
    }

    @Test("The TLS handshake")
    func handshake() throws {
        try connect(probe(isTLS: true))
        #expect(try channel.readOutbound(as: HTTPClientRequestPart.self) == nil)
        expectTimeout("completing the TLS handshake")
    }

    @Test("The response, over TLS too", arguments: [false, true])
    func response(isTLS: Bool) throws {
        try connect(probe(isTLS: isTLS))
        if isTLS {
            channel.pipeline.fireUserInboundEventTriggered(
                TLSUserEvent.handshakeCompleted(negotiatedProtocol: "http/1.1"))
        }
        #expect(try channel.readOutbound(as: HTTPClientRequestPart.self) != nil)
        expectTimeout("waiting for the response")
    }

    @Test("The rest of the response")
    func body() throws {
        try connect(probe())
        let head = HTTPResponseHead(version: .http1_1, status: .ok)
        try channel.writeInbound(HTTPClientResponsePart.head(head))
        try channel.writeInbound(HTTPClientResponsePart.body(ByteBuffer(string: "1")))
        expectTimeout("reading the response")
    }

    private final class Outcomes: Sendable {
        let list = Mutex<[HTTPProbe.Outcome]>([])
    }
}
