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

    private enum Inbound {
        case part(HTTPServerRequestPart)
        case refusal(HTTPRefusal)
    }

    private let turn: HTTPTurn
    private let beginning: HTTP1Beginning
    /// What the connection is told in the answer under way.
    private var option: ConnectionOption?
    /// Whether that answer is the last of the connection.
    private var isLast = false
    private var head: HTTP1RequestHead?
    /// What came while an answer was under way.
    private var queue = CircularBuffer<Inbound>(initialCapacity: 4)
    private var isDraining = false
    private var withholdsRead = false

    private var connection: Connection { turn.connection }

    init(exchange: HTTPExchange, connection: Connection, beginning: HTTP1Beginning) {
        turn = HTTPTurn(exchange, connection, version: "HTTP/1.1")
        self.beginning = beginning
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
        turn.pump()
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
        turn.breakOff()
        queue.removeAll()
        beginning.timedOut = {}  // It holds the context, which holds this handler.
    }
}

// MARK: - Receiving

extension HTTP1Handler {
    /// Whether what comes next has to wait: for the answer under way, or for a client that does not read.
    private func isBusy(_ context: ChannelHandlerContext) -> Bool {
        turn.isAnswering || !context.channel.isWritable
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
        guard case .idle = turn.state else { return }
        do throws(HTTPRefusal) {
            let head = try HTTP1RequestHead(head, turn.exchange)
            try turn.receive(head.request, length: head.contentLength)
            self.head = head
            if head.expectsContinue {
                context.writeAndFlush(
                    wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
            }
        } catch {
            let method = HTTPRequest.Method(rawValue: head.method.rawValue)
            let host = head.headers.first(name: "Host")
            refuse(
                error.of(
                    method.map {
                        HTTPRequest(method: $0, scheme: turn.exchange.scheme, authority: host, path: head.uri)
                    }),
                context)
        }
    }

    private func receive(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        do throws(HTTPRefusal) { try turn.receive(part) } catch { refuse(error, context) }
    }

    private func receiveEnd(_ context: ChannelHandlerContext) {
        guard let head, let delivery = turn.respond() else { return }
        self.head = nil
        answer(head, with: delivery, context)
    }

    private func answer(_ head: HTTP1RequestHead, with delivery: CairnDelivery, _ context: ChannelHandlerContext) {
        if let held = delivery.held {
            // Meanwhile no other request of the connection is looked at.
            return turn.hold(held, on: context.eventLoop) {
                self.answer(head, with: $0, context)
                self.drain(context)
            }
        }
        let isLast = !head.isPersistent || delivery.closesConnection || delivery.persistence != .persistent
        if let live = delivery.live, !delivery.omitsBody(answering: head.request.method) {
            return stream(live, of: delivery, to: head, isLast: isLast, context)
        }
        // A connection that is closed without a word looks as if it lasted.
        let saysSo = isLast && delivery.persistence != .closed
        option = saysSo ? .close : head.announcesPersistence ? .keepAlive : nil
        self.isLast = isLast
        turn.begin(delivery, answering: head.request.method)
        advance(context)
    }

    /// Answers in place of the handler, and closes: where the next request begins is not known.
    private func refuse(_ refusal: HTTPRefusal, _ context: ChannelHandlerContext) {
        switch turn.state {
        case .idle, .receiving: break
        case .held, .answering, .streaming, .ended: return
        }
        let (delivery, method) = turn.refuse(refusal)
        (option, isLast) = (.close, true)
        turn.begin(delivery, answering: method)
        advance(context)
    }
}

// MARK: - Answering

extension HTTP1Handler {
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
                self.turn.end(isLast: isLast)
                if isLast { self.connection.closeInGoodOrder() }
                self.drain(context)
            })
        turn.begin(flow)
    }

    /// Takes the steps of the delivery up to its next wait; what they say goes out in one write.
    private func advance(_ context: ChannelHandlerContext) {
        guard let (begun, watch) = turn.answer else { return }
        var plan = begun
        var out = context.channel.allocator.buffer(capacity: 0)
        var part = DeliveryWatch.Part()
        while true {
            switch plan.next() {
            case .wait(let duration):
                if out.readableBytes > 0 { write(out, part, watch, context) }
                return turn.wait(duration, before: plan, on: context.eventLoop) {
                    self.advance(context)
                    self.drain(context)
                }
            case .head:
                out.reserveCapacity(
                    512 + (plan.delivery.pace == .immediate ? plan.delivery.body.count : 0))
                out.writeHTTP1Head(of: plan.delivery, option: option)
                part.hasHead = true
            case .body(let range, _):
                out.writeBytes(plan.delivery.body[range])
                part.bodyBytes += range.count
            case .finish(let finish):
                return end(watch, with: finish, last: out, part, context)
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
        _ watch: DeliveryWatch?, with finish: DeliveryPlan.Finish, last out: ByteBuffer, _ part: DeliveryWatch.Part,
        _ context: ChannelHandlerContext
    ) {
        let connection = connection
        let isLast = isLast || finish != .complete
        turn.end(isLast: isLast)
        guard finish == .reset || finish == .resetStream else {
            if out.readableBytes > 0 { write(out, part, watch, context) }
            watch?.end(finish)
            if isLast { connection.closeInGoodOrder() }
            return
        }
        if out.readableBytes > 0 {
            // A reset discards what the kernel has not been given.
            let written = context.writeAndFlush(wrapOutboundOut(out))
            watch?.follow(part, written)
            watch?.end(finish)
            written.assumeIsolated().whenComplete { _ in connection.reset() }
        } else {
            watch?.end(finish)
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
