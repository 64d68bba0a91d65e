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

    private enum State {
        case idle
        case receiving(HTTPRequest, body: ByteBuffer?)
        /// A rule holds the request or its answer at a gate.
        case held
        case answering(DeliveryPlan, DeliveryWatch?)
        case streaming(LiveFlow)
        /// Everything has been sent: what still comes is thrown away.
        case ended
    }

    private let exchange: HTTPExchange
    private let connection: Connection
    private var state = State.idle
    private var timer: Scheduled<Void>?

    init(exchange: HTTPExchange, connection: Connection) {
        self.exchange = exchange
        self.connection = connection
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
        if case .streaming(let flow) = state { flow.pump() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    private func end() {
        timer?.cancel()
        timer = nil
        switch state {
        case .answering(_, let watch):
            watch?.breakOff()
            connection.exchangeEnded()
        case .streaming(let flow):
            flow.cancel()
            connection.exchangeEnded()
        case .idle, .receiving, .held, .ended: break
        }
        state = .ended
    }
}

// MARK: - Receiving

extension HTTP2StreamHandler {
    private func receive(_ frame: HTTP2Frame.FramePayload.Headers, _ context: ChannelHandlerContext) {
        switch state {
        case .idle:
            do throws(HTTPRefusal) {
                let request = try HTTPRequest(frame.headers, exchange)
                let length = request.headerFields[.contentLength].flatMap { Int($0) }
                if let length, length > exchange.bodyLimit { throw exchange.bodyTooLarge.of(request) }
                state = .receiving(request, body: nil)
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
        guard case .receiving(let request, var body) = state, case .byteBuffer(var part) = frame.data else { return }
        guard (body?.readableBytes ?? 0) + part.readableBytes <= exchange.bodyLimit else {
            return refuse(exchange.bodyTooLarge, context)
        }
        state = .idle  // The buffer must have one owner, or it is copied.
        body.setOrWriteBuffer(&part)
        state = .receiving(request, body: body)
        if frame.endStream { receiveEnd(context) }
    }

    private func receiveEnd(_ context: ChannelHandlerContext) {
        guard case .receiving(let request, let body) = state else { return }
        var whole = CairnRequest(
            request, body: body.map { Array($0.readableBytesView) } ?? [], source: connection.source)
        whole.connection = connection.number
        answer(exchange.respond(whole), method: request.method, context)
    }

    /// Waits until a gate opens.
    private func hold(_ held: CairnDelivery.Held, method: HTTPRequest.Method?, _ context: ChannelHandlerContext) {
        state = .held
        connection.exchangeBegan()
        let (loop, place) = (context.eventLoop, NIOLoopBound((self, context), eventLoop: context.eventLoop))
        held.wait {
            loop.execute {
                let delivery = held.proceed()
                let (handler, context) = place.value
                handler.connection.exchangeEnded()
                guard case .held = handler.state else {
                    handler.watch(delivery)?.breakOff()
                    return
                }
                handler.answer(delivery, method: method, context)
            }
        }
    }

    private func watch(_ delivery: CairnDelivery) -> DeliveryWatch? {
        DeliveryWatch(delivery, exchange.reports, connection, httpVersion: "HTTP/2")
    }

    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        var refusal = refusal
        if case .receiving(let request, _) = state { refusal = refusal.of(request) }
        answer(exchange.refuse(refusal), method: refusal.head?.method, context)
    }
}

// MARK: - Answering

extension HTTP2StreamHandler {
    private func answer(_ delivery: CairnDelivery, method: HTTPRequest.Method?, _ context: ChannelHandlerContext) {
        if let held = delivery.held { return hold(held, method: method, context) }
        connection.exchangeBegan()
        if let live = delivery.live, !delivery.omitsBody(answering: method) {
            return stream(live, of: delivery, context)
        }
        state = .answering(
            DeliveryPlan(delivery, omitsBody: delivery.omitsBody(answering: method)), watch(delivery))
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
            live, on: context.channel, connection, send: { write($0, false) },
            finish: {
                write([], true)
                self.state = .ended
                self.connection.exchangeEnded()
                context.flush()
            })
        state = .streaming(flow)
        flow.begin()
    }

    /// Takes the steps of the delivery up to its next wait.
    private func advance(_ context: ChannelHandlerContext) {
        guard case .answering(var plan, let watch) = state else { return }
        let asks =
            watch != nil || plan.delivery.ending != .complete || plan.delivery.persistence != .persistent
        var sent: EventLoopFuture<Void>?
        var part = DeliveryWatch.Part()
        while true {
            switch plan.next() {
            case .wait(let duration):
                state = .answering(plan, watch)
                if let sent { watch?.follow(part, sent) }
                context.flush()
                timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: duration)) {
                    self.advance(context)
                }
                return
            case .head(let isLast):
                let frame = HTTP2Frame.FramePayload.Headers(headers: HPACKHeaders(plan.delivery), endStream: isLast)
                sent = write(.headers(frame), asking: asks, context)
                part.hasHead = true
            case .body(let range, let isLast):
                let bytes = context.channel.allocator.buffer(bytes: plan.delivery.body[range])
                sent = write(.data(.init(data: .byteBuffer(bytes), endStream: isLast)), asking: asks, context)
                part.bodyBytes += range.count
            case .finish(let finish):
                timer = nil
                state = .ended
                connection.exchangeEnded()
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
        let connection = connection
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
