import CairnGateway
import CairnModel
import HTTPTypes
import NIOCore
import NIOHTTP1

/// One HTTP/1 connection: requests are answered one at a time, in the order in which they came (RFC 9112 §9.3.2).
final class HTTP1Handler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private enum State {
        case idle
        case receiving(HTTP1RequestHead, body: ByteBuffer?)
        /// A rule holds the request or its answer at a gate.
        case held
        case answering(Answer)
        case streaming(LiveFlow)
        /// The last answer has been sent: what still comes is thrown away.
        case ended
    }

    private struct Answer {
        var plan: DeliveryPlan
        var option: ConnectionOption?
        var isLast: Bool
        var watch: DeliveryWatch?
    }

    private enum Inbound {
        case part(HTTPServerRequestPart)
        case refusal(HTTPRefusal)
    }

    private let exchange: HTTPExchange
    private let connection: Connection
    private let beginning: HTTP1Beginning
    private var state = State.idle
    /// What came while an answer was under way.
    private var queue = CircularBuffer<Inbound>(initialCapacity: 4)
    private var isDraining = false
    private var withholdsRead = false
    private var timer: Scheduled<Void>?

    init(exchange: HTTPExchange, connection: Connection, beginning: HTTP1Beginning) {
        (self.exchange, self.connection, self.beginning) = (exchange, connection, beginning)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        beginning.timedOut = { [weak self] in
            guard let self else { return }
            self.refuseUnread(
                HTTPRefusal(
                    .requestTimeout, "the head of the request did not come whole in time (RFC 9110 §15.5.9)",
                    head: self.beginning.sketch.head), context)
        }
    }

    // MARK: Events

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch part {
        case .head: beginning.headEnded()
        case .end: beginning.requestEnded()
        case .body: break
        }
        queue.append(.part(part))
        drain(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError {
            guard context.channel.isActive else { return }  // The client left in the middle of a request.
            refuseUnread(HTTPRefusal(error, beginning.sketch), context)
        } else {
            connection.hangUp()
        }
    }

    /// Refuses what comes after all that was read, once that is answered.
    private func refuseUnread(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        connection.phaseEnded()
        queue.append(.refusal(refusal))
        drain(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .streaming(let flow) = state { flow.pump() }
        drain(context)
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if isBusy(context) || !queue.isEmpty {
            withholdsRead = true
        } else {
            context.read()
        }
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
        case .answering(let answer): answer.watch?.breakOff()
        case .streaming(let flow): flow.cancel()
        case .idle, .receiving, .held, .ended: break
        }
        state = .ended
        queue.removeAll()
        beginning.timedOut = {}  // It holds the context, which holds this handler.
    }
}

// MARK: - Receiving

extension HTTP1Handler {
    /// Whether what comes next has to wait: for the answer under way, or for a client that does not read.
    private func isBusy(_ context: ChannelHandlerContext) -> Bool {
        switch state {
        case .held, .answering, .streaming: return true
        case .idle, .receiving, .ended: return !context.channel.isWritable
        }
    }

    private func drain(_ context: ChannelHandlerContext) {
        guard !isDraining else { return }
        isDraining = true
        while !isBusy(context), let next = queue.popFirst() {
            switch next {
            case .part(.head(let head)): receive(head, context)
            case .part(.body(let part)): receive(part, context)
            case .part(.end): receiveEnd(context)
            case .refusal(let refusal): refuse(refusal, context)
            }
        }
        isDraining = false
        // What is read may come before this returns.
        if withholdsRead, queue.isEmpty, !isBusy(context) {
            withholdsRead = false
            context.read()
        }
    }

    private func receive(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard case .idle = state else { return }
        do throws(HTTPRefusal) {
            let head = try HTTP1RequestHead(head, exchange)
            if let length = head.contentLength, length > exchange.bodyLimit {
                throw exchange.bodyTooLarge.of(head.request)
            }
            state = .receiving(head, body: nil)
            if head.expectsContinue {
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
            }
        } catch {
            let method = HTTPRequest.Method(rawValue: head.method.rawValue)
            let host = head.headers.first(name: "Host")
            refuse(
                error.of(
                    method.map { HTTPRequest(method: $0, scheme: exchange.scheme, authority: host, path: head.uri) }),
                context)
        }
    }

    private func receive(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .receiving(let head, var body) = state else { return }
        guard (body?.readableBytes ?? 0) + part.readableBytes <= exchange.bodyLimit else {
            return refuse(exchange.bodyTooLarge, context)
        }
        state = .idle  // The buffer must have one owner, or it is copied.
        var part = part
        body.setOrWriteBuffer(&part)
        state = .receiving(head, body: body)
    }

    private func receiveEnd(_ context: ChannelHandlerContext) {
        guard case .receiving(let head, let body) = state else { return }
        var request = CairnRequest(
            head.request, body: body.map { Array($0.readableBytesView) } ?? [], source: connection.source)
        request.connection = connection.number
        answer(head, with: exchange.respond(request), context)
    }

    private func answer(_ head: HTTP1RequestHead, with delivery: CairnDelivery, _ context: ChannelHandlerContext) {
        if let held = delivery.held { return hold(head, held, context) }
        let isLast = !head.isPersistent || delivery.closesConnection || delivery.persistence != .persistent
        if let live = delivery.live, !delivery.omitsBody(answering: head.request.method) {
            return stream(live, of: delivery, to: head, isLast: isLast, context)
        }
        // A connection that is closed without a word looks as if it lasted.
        let saysSo = isLast && delivery.persistence != .closed
        answer(
            Answer(
                plan: DeliveryPlan(delivery, omitsBody: delivery.omitsBody(answering: head.request.method)),
                option: saysSo ? .close : head.announcesPersistence ? .keepAlive : nil, isLast: isLast,
                watch: watch(delivery)),
            context)
    }

    /// Waits until a gate opens; meanwhile no other request of the connection is looked at.
    private func hold(_ head: HTTP1RequestHead, _ held: CairnDelivery.Held, _ context: ChannelHandlerContext) {
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
                handler.answer(head, with: delivery, context)
                handler.drain(context)
            }
        }
    }

    /// Answers in place of the handler, and closes: where the next request begins is not known.
    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        var refusal = refusal
        switch state {
        case .idle: break
        case .receiving(let head, _): refusal = refusal.of(head.request)
        case .held, .answering, .streaming, .ended: return
        }
        let delivery = exchange.refuse(refusal)
        answer(
            Answer(
                plan: DeliveryPlan(delivery, omitsBody: delivery.omitsBody(answering: refusal.head?.method)),
                option: .close, isLast: true, watch: watch(delivery)),
            context)
    }
}

// MARK: - Answering

extension HTTP1Handler {
    private func answer(_ answer: Answer, _ context: ChannelHandlerContext) {
        connection.exchangeBegan()
        state = .answering(answer)
        advance(context)
    }

    /// Sends a body that goes on: in chunks (RFC 9112 §7.1), or to HTTP/1.0 until the connection ends.
    private func stream(
        _ live: CairnDelivery.LiveBody, of delivery: CairnDelivery, to head: HTTP1RequestHead, isLast: Bool,
        _ context: ChannelHandlerContext
    ) {
        let isChunked = head.knowsChunks
        let isLast = isLast || !isChunked
        var out = context.channel.allocator.buffer(capacity: 512)
        out.writeHTTP1Head(of: delivery, option: isLast ? .close : nil, isChunked: isChunked)
        context.writeAndFlush(wrapOutboundOut(out), promise: nil)
        connection.exchangeBegan()
        let flow = LiveFlow(
            live, on: context.channel, connection,
            send: { bytes in
                var out = context.channel.allocator.buffer(capacity: bytes.count + 16)
                if isChunked { out.writeString(String(bytes.count, radix: 16) + "\r\n") }
                out.writeBytes(bytes)
                if isChunked { out.writeStaticString("\r\n") }
                context.write(self.wrapOutboundOut(out), promise: nil)
            },
            finish: {
                if isChunked {
                    context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: "0\r\n\r\n")), promise: nil)
                }
                self.connection.exchangeEnded()
                self.state = isLast ? .ended : .idle
                if isLast { self.connection.closeInGoodOrder() }
                self.drain(context)
            })
        state = .streaming(flow)
        flow.begin()
    }

    private func watch(_ delivery: CairnDelivery) -> DeliveryWatch? {
        DeliveryWatch(delivery, exchange.reports, connection, httpVersion: "HTTP/1.1")
    }

    /// Takes the steps of the delivery up to its next wait; what they say goes out in one write.
    private func advance(_ context: ChannelHandlerContext) {
        guard case .answering(var answer) = state else { return }
        var out = context.channel.allocator.buffer(capacity: 0)
        var part = DeliveryWatch.Part()
        while true {
            switch answer.plan.next() {
            case .wait(let duration):
                state = .answering(answer)
                if out.readableBytes > 0 { write(out, part, answer.watch, context) }
                timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: duration)) {
                    self.advance(context)
                    self.drain(context)
                }
                return
            case .head:
                out.reserveCapacity(
                    512 + (answer.plan.delivery.pace == .immediate ? answer.plan.delivery.body.count : 0))
                out.writeHTTP1Head(of: answer.plan.delivery, option: answer.option)
                part.hasHead = true
            case .body(let range, _):
                out.writeBytes(answer.plan.delivery.body[range])
                part.bodyBytes += range.count
            case .finish(let finish):
                return end(answer, with: finish, last: out, part, context)
            }
        }
    }

    private func write(
        _ out: ByteBuffer, _ part: DeliveryWatch.Part, _ watch: DeliveryWatch?, _ context: ChannelHandlerContext
    ) {
        guard let watch else { return context.writeAndFlush(wrapOutboundOut(out), promise: nil) }
        watch.follow(part, context.writeAndFlush(wrapOutboundOut(out)))
    }

    private func end(
        _ answer: Answer, with finish: DeliveryPlan.Finish, last out: ByteBuffer, _ part: DeliveryWatch.Part,
        _ context: ChannelHandlerContext
    ) {
        let connection = connection
        connection.exchangeEnded()
        timer = nil
        let isLast = answer.isLast || finish != .complete
        state = isLast ? .ended : .idle
        guard finish == .reset || finish == .resetStream else {
            if out.readableBytes > 0 { write(out, part, answer.watch, context) }
            answer.watch?.end(finish)
            if isLast { connection.closeInGoodOrder() }
            return
        }
        if out.readableBytes > 0 {
            // A reset discards what the kernel has not been given.
            let written = context.writeAndFlush(wrapOutboundOut(out))
            answer.watch?.follow(part, written)
            answer.watch?.end(finish)
            written.assumeIsolated().whenComplete { _ in connection.reset() }
        } else {
            answer.watch?.end(finish)
            connection.reset()
        }
    }
}

extension CairnDelivery {
    /// Whether the delivery itself says that its connection ends with it (RFC 9110 §7.6.1).
    fileprivate var closesConnection: Bool {
        guard let options = head.headerFields[.connection] else { return false }
        return options.texts(between: ",").contains { option in
            option.utf8.filter { $0 != 0x20 && $0 != 0x09 }.map(\.lowercasedASCII) == Array("close".utf8)
        }
    }
}
