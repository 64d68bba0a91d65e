import CairnGateway
import CairnModel
import HTTPTypes
import NIOCore

/// A request and its answer, on the event loop of their connection: what is the same in every version of HTTP.
///
/// The handlers, of a connection or of a stream, read and write its frames.
final class HTTPTurn {
    enum State {
        case idle
        case receiving(HTTPRequest, body: ByteBuffer?)
        /// A rule holds the request or its answer at a gate.
        case held
        case answering(DeliveryPlan, DeliveryWatch?)
        case streaming(LiveFlow)
        /// Everything has been sent: what still comes is thrown away.
        case ended
    }

    let exchange: HTTPExchange
    let connection: Connection
    private let version: String
    private(set) var state = State.idle
    private var timer: Scheduled<Void>?

    /// - Parameter version: as the journal has it, such as `HTTP/1.1`.
    init(_ exchange: HTTPExchange, _ connection: Connection, version: String) {
        (self.exchange, self.connection, self.version) = (exchange, connection, version)
    }

    /// Whether an answer is under way, or held back.
    var isAnswering: Bool {
        switch state {
        case .held, .answering, .streaming: true
        case .idle, .receiving, .ended: false
        }
    }

    func pump() { if case .streaming(let flow) = state { flow.pump() } }

    /// The client has gone.
    func breakOff() {
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

extension HTTPTurn {
    /// Takes the head of a request.
    ///
    /// - Parameter length: the length of the body that it announces.
    func receive(_ head: HTTPRequest, length: Int?) throws(HTTPRefusal) {
        if let length, length > exchange.bodyLimit { throw exchange.bodyTooLarge.of(head) }
        state = .receiving(head, body: nil)
    }

    /// Takes a part of the body.
    func receive(_ part: ByteBuffer) throws(HTTPRefusal) {
        guard case .receiving(let head, var body) = state else { return }
        guard (body?.readableBytes ?? 0) + part.readableBytes <= exchange.bodyLimit else { throw exchange.bodyTooLarge }
        state = .idle  // The buffer must have one owner, or it is copied.
        var part = part
        body.setOrWriteBuffer(&part)
        state = .receiving(head, body: body)
    }

    /// Answers the request, which is whole; `nil` if there is none.
    func respond() -> CairnDelivery? {
        guard case .receiving(let head, let body) = state else { return nil }
        var request = CairnRequest(
            head, body: body.map { Array($0.readableBytesView) } ?? [], source: connection.source)
        request.connection = connection.number
        return exchange.respond(request)
    }

    /// Refuses what came, with as much of a request as could be read.
    func refuse(_ refusal: HTTPRefusal) -> (delivery: CairnDelivery, method: HTTPRequest.Method?) {
        var refusal = refusal
        if case .receiving(let head, _) = state { refusal = refusal.of(head) }
        return (exchange.refuse(refusal), refusal.head?.method)
    }
}

// MARK: - Answering

extension HTTPTurn {
    /// Waits until a gate opens, and goes on unless the client has gone by then.
    func hold(_ held: CairnDelivery.Held, on loop: any EventLoop, _ proceed: @escaping (CairnDelivery) -> Void) {
        state = .held
        connection.exchangeBegan()
        let place = NIOLoopBound((self, proceed), eventLoop: loop)
        held.wait {
            loop.execute {
                let delivery = held.proceed()
                let (turn, proceed) = place.value
                turn.connection.exchangeEnded()
                guard case .held = turn.state else {
                    turn.watch(delivery)?.breakOff()
                    return
                }
                proceed(delivery)
            }
        }
    }

    /// Begins to carry out a delivery, by the steps that ``answer`` has.
    func begin(_ delivery: CairnDelivery, answering method: HTTPRequest.Method?) {
        connection.exchangeBegan()
        state = .answering(DeliveryPlan(delivery, omitsBody: delivery.omitsBody(answering: method)), watch(delivery))
    }

    /// Begins a body that goes on.
    func begin(_ flow: LiveFlow) {
        connection.exchangeBegan()
        state = .streaming(flow)
        flow.begin()
    }

    /// What is left of the delivery, and who watches it.
    var answer: (plan: DeliveryPlan, watch: DeliveryWatch?)? {
        if case .answering(let plan, let watch) = state { (plan, watch) } else { nil }
    }

    /// Goes on with the rest of the delivery after a while.
    func wait(
        _ duration: Duration, before plan: DeliveryPlan, on loop: any EventLoop, _ proceed: @escaping () -> Void
    ) {
        guard case .answering(_, let watch) = state else { return }
        state = .answering(plan, watch)
        timer = loop.assumeIsolated().scheduleTask(in: TimeAmount(bounding: duration), proceed)
    }

    /// The answer has been given.
    ///
    /// - Parameter isLast: whether there is no other request.
    func end(isLast: Bool) {
        timer = nil
        state = isLast ? .ended : .idle
        connection.exchangeEnded()
    }

    private func watch(_ delivery: CairnDelivery) -> DeliveryWatch? {
        DeliveryWatch(delivery, exchange.reports, connection, httpVersion: version)
    }
}
