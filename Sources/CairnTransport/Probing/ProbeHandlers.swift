import CairnValidation
import NIOCore
import NIOHTTP1
import NIOSSL
import NIOTLS

/// Sends one GET and collects the response.
final class HTTPProbeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let probe: HTTPProbe
    private let attempt: ProbeAttempt<HTTPProbe.Outcome>
    private var status = 0
    private var location: String?
    private var body: [UInt8] = []

    init(_ probe: HTTPProbe, _ attempt: ProbeAttempt<HTTPProbe.Outcome>) {
        self.probe = probe
        self.attempt = attempt
    }

    func channelActive(context: ChannelHandlerContext) {
        if probe.isTLS {
            attempt.step = "completing the TLS handshake"
        } else {
            ask(context)
        }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent { ask(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func ask(_ context: ChannelHandlerContext) {
        attempt.step = "waiting for the response"
        let headers: HTTPHeaders = [
            "Host": probe.authority, "User-Agent": probe.userAgent, "Accept": "*/*", "Connection": "close",
        ]
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: probe.path, headers: headers)
        context.write(wrapOutboundOut(.head(head))).assumeIsolated().whenFailure { [attempt] in attempt.fail($0) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            attempt.step = "reading the response"
            status = Int(head.status.code)
            location = head.headers.first(name: "Location")
        case .body(let part):
            let room = max(0, probe.bodyLimit - body.count)
            body += part.readableBytesView.prefix(room)
            if part.readableBytes > room { finish() }
        case .end: finish()
        }
    }

    private func finish() {
        attempt.succeed(.response(status: status, location: location, body: body))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        attempt.fail(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        attempt.fail(.closed(attempt.step))
        context.fireChannelInactive()
    }
}

/// Waits for the handshake and notes what the server showed.
final class TLSProbeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let attempt: ProbeAttempt<TLSProbe.Outcome>

    init(_ attempt: ProbeAttempt<TLSProbe.Outcome>) { self.attempt = attempt }

    func channelActive(context: ChannelHandlerContext) {
        attempt.step = "completing the TLS handshake"
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted(let applicationProtocol)? = event as? TLSUserEvent {
            do {
                let certificate = try context.pipeline.syncOperations.nioSSL_peerCertificate()
                attempt.succeed(
                    .completed(
                        applicationProtocol: applicationProtocol, certificate: try certificate?.toDERBytes() ?? []))
            } catch {
                attempt.fail(error)
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        attempt.fail(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        attempt.fail(.closed(attempt.step))
        context.fireChannelInactive()
    }
}
