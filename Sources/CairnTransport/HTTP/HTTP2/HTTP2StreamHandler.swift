import CairnGateway
import CairnModel
import HTTPTypes
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One HTTP/2 stream: one request and its answer (RFC 9113 §8.1).
final class HTTP2StreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let turn: HTTPTurn

    init(exchange: HTTPExchange, connection: Connection) {
        turn = HTTPTurn(exchange, connection, version: "HTTP/2")
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame): receive(frame, context)
        case .data(let frame): receive(frame, context)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        turn.pump()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        turn.breakOff()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { turn.breakOff() }
}

// MARK: - Receiving

extension HTTP2StreamHandler {
    private func receive(_ frame: HTTP2Frame.FramePayload.Headers, _ context: ChannelHandlerContext) {
        switch turn.state {
        case .idle:
            do throws(HTTPRefusal) {
                let request = try HTTPRequest(frame.headers, turn.exchange)
                try turn.receive(request, length: request.headerFields[.contentLength].flatMap { Int($0) })
                if !frame.endStream, request.headerFields[.expect]?.isSameIgnoringCase(as: "100-continue") == true {
                    let block = HPACKHeaders([(":status", "100")])
                    context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: block))), promise: nil)
                }
            } catch {
                return refuse(error, context)
            }
        case .receiving: break  // Trailers: nobody asks for them.
        case .held, .answering, .streaming, .ended: return
        }
        if frame.endStream { receiveEnd(context) }
    }

    private func receive(_ frame: HTTP2Frame.FramePayload.Data, _ context: ChannelHandlerContext) {
        guard case .byteBuffer(let part) = frame.data else { return }
        do throws(HTTPRefusal) { try turn.receive(part) } catch { return refuse(error, context) }
        if frame.endStream { receiveEnd(context) }
    }

    private func receiveEnd(_ context: ChannelHandlerContext) {
        guard case .receiving(let request, _) = turn.state, let delivery = turn.respond() else { return }
        answer(delivery, method: request.method, context)
    }

    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        let (delivery, method) = turn.refuse(refusal)
        answer(delivery, method: method, context)
    }
}

// MARK: - Answering

extension HTTP2StreamHandler {
    private func answer(_ delivery: CairnDelivery, method: HTTPRequest.Method?, _ context: ChannelHandlerContext) {
        if let held = delivery.held {
            return turn.hold(held, on: context.eventLoop) { self.answer($0, method: method, context) }
        }
        if let live = delivery.live, !delivery.omitsBody(answering: method) {
            return stream(live, of: delivery, context)
        }
        turn.begin(delivery, answering: method)
        advance(context)
    }

    /// Sends a body that goes on.
    private func stream(
        _ live: CairnDelivery.LiveBody, of delivery: CairnDelivery, _ context: ChannelHandlerContext
    ) {
        let head = HTTP2Frame.FramePayload.Headers(headers: HPACKHeaders(delivery), endStream: false)
        context.writeAndFlush(wrapOutboundOut(.headers(head)), promise: nil)
        let write = { (bytes: [UInt8], isLast: Bool) in
            let data = context.channel.allocator.buffer(bytes: bytes)
            let frame = HTTP2Frame.FramePayload.Data(data: .byteBuffer(data), endStream: isLast)
            context.write(self.wrapOutboundOut(.data(frame)), promise: nil)
        }
        let flow = LiveFlow(
            live, on: context.channel, turn.connection, send: { write($0, false) },
            finish: {
                write([], true)
                self.turn.end(isLast: true)
                context.flush()
            })
        turn.begin(flow)
    }

    /// Takes the steps of the delivery up to its next wait.
    private func advance(_ context: ChannelHandlerContext) {
        guard let (begun, watch) = turn.answer else { return }
        var plan = begun
        let asks =
            watch != nil || plan.delivery.ending != .complete || plan.delivery.persistence != .persistent
        var sent: EventLoopFuture<Void>?
        var part = DeliveryWatch.Part()
        while true {
            switch plan.next() {
            case .wait(let duration):
                if let sent { watch?.follow(part, sent) }
                context.flush()
                return turn.wait(duration, before: plan, on: context.eventLoop) { self.advance(context) }
            case .head(let isLast):
                let frame = HTTP2Frame.FramePayload.Headers(headers: HPACKHeaders(plan.delivery), endStream: isLast)
                sent = write(.headers(frame), asking: asks, context)
                part.hasHead = true
            case .body(let range, let isLast):
                let bytes = context.channel.allocator.buffer(bytes: plan.delivery.body[range])
                sent = write(.data(.init(data: .byteBuffer(bytes), endStream: isLast)), asking: asks, context)
                part.bodyBytes += range.count
            case .finish(let finish):
                turn.end(isLast: true)
                if let sent { watch?.follow(part, sent) }
                watch?.end(finish)
                context.flush()
                return end(with: finish, plan.delivery.persistence, after: sent, context)
            }
        }
    }

    /// Writes a frame; only a delivery that is watched, or ends abruptly, asks when it has gone out.
    private func write(
        _ payload: HTTP2Frame.FramePayload, asking asks: Bool, _ context: ChannelHandlerContext
    ) -> EventLoopFuture<Void>? {
        guard asks else {
            context.write(wrapOutboundOut(payload), promise: nil)
            return nil
        }
        return context.write(wrapOutboundOut(payload))
    }

    private func end(
        with finish: DeliveryPlan.Finish, _ persistence: CairnDelivery.Persistence,
        after sent: EventLoopFuture<Void>?, _ context: ChannelHandlerContext
    ) {
        let connection = turn.connection
        let ending: () -> Void
        switch finish {
        case .complete:
            switch persistence {
            case .persistent: return
            case .announcedLast:
                let channel = context.channel
                ending = { Self.goAway(channel) }
            case .closed: ending = { connection.closeInGoodOrder() }
            }
        case .drop: ending = { connection.closeInGoodOrder() }
        case .resetStream:
            ending = { context.writeAndFlush(self.wrapOutboundOut(.rstStream(.internalError)), promise: nil) }
        case .cut:
            ending = { context.writeAndFlush(self.wrapOutboundOut(.rstStream(.cancel)), promise: nil) }
        case .reset:
            ending = { connection.reset() }
        }
        if let sent {
            sent.assumeIsolated().whenComplete { _ in ending() }
        } else {
            ending()
        }
    }
}

extension HTTP2StreamHandler {
    /// Tells the client that this stream was the last one, and closes the connection (RFC 9113 §6.8).
    private static func goAway(_ stream: any Channel) {
        guard let connection = stream.parent,
            let id = try? stream.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID)
        else { return }
        let frame = HTTP2Frame(
            streamID: .rootStream, payload: .goAway(lastStreamID: id, errorCode: .noError, opaqueData: nil))
        connection.writeAndFlush(frame, promise: nil)
    }
}

extension HTTPRequest {
    /// Reads the field block of a request (RFC 9113 §8.3.1).
    init(_ block: HPACKHeaders, _ exchange: HTTPExchange) throws(HTTPRefusal) {
        var fields = HTTPFields()
        fields.reserveCapacity(block.count)
        var (method, path, authority, host): (HTTPRequest.Method?, String?, String?, String?)
        for (name, value, _) in block {
            switch name {
            case ":method": method = HTTPRequest.Method(rawValue: value)
            case ":path": path = value
            case ":authority": authority = value
            case ":scheme": break  // TLS tells, whatever the client claims.
            case "host": host = value
            default:
                guard let name = HTTPField.Name(name) else {
                    throw HTTPRefusal(.badRequest, "a field name is not a token (RFC 9110 §5.1)")
                }
                fields.append(HTTPField(name: name, value: value))
            }
        }
        guard let method else {
            throw HTTPRefusal(.badRequest, "expected a method that is a token (RFC 9113 §8.3.1)")
        }
        do throws(HTTPRefusal) {
            try exchange.check(target: path)
        } catch {
            throw error.of(
                HTTPRequest(method: method, scheme: exchange.scheme, authority: authority ?? host, path: nil))
        }
        self.init(
            method: method, scheme: exchange.scheme, authority: authority ?? host, path: path, headerFields: fields)
    }
}

extension HPACKHeaders {
    /// The field block of a response (RFC 9113 §8.3.2).
    init(_ delivery: CairnDelivery) {
        self.init()
        reserveCapacity(delivery.head.headerFields.count + 2)
        add(name: ":status", value: String(delivery.head.status.code))
        for field in delivery.head.headerFields where !Self.connectionSpecific.contains(field.name.canonicalName) {
            add(name: field.name.canonicalName, value: field.value)
        }
        if delivery.needsContentLength {
            add(name: "content-length", value: String(delivery.body.count))
        }
    }

    /// The fields that no HTTP/2 message may have (RFC 9113 §8.2.2).
    private static let connectionSpecific: Set = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]
}
