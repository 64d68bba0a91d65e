import CairnValidation
import NIOCore
import NIOSSL
import NIOTLS

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
