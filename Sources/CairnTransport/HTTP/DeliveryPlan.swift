import CairnGateway
import HTTPTypes

/// The steps by which a delivery reaches the wire, in either version of HTTP.
///
/// The plan knows neither sockets nor timers: whoever owns them asks for one step after the other.
struct DeliveryPlan {
    enum Step: Hashable {
        case wait(Duration)
        case head(isLast: Bool)
        case body(Range<Int>, isLast: Bool)
        /// Nothing more is to be sent.
        case finish(Finish)
    }

    enum Finish: Hashable {
        case complete
        case cut
        /// The connection is closed, and nothing was said.
        case drop
        case reset
        case resetStream
    }

    private enum Stage {
        case beforeHead, head, beforeBody, body, betweenSlices, finished
    }

    let delivery: CairnDelivery
    private let finish: Finish
    /// How much of the body is sent.
    private let length: Int
    private let sendsHead: Bool
    private var stage = Stage.beforeHead
    private var sent = 0

    /// Plans a delivery.
    ///
    /// - Parameter omitsBody: whether the message has no content whatever the delivery says (RFC 9110 §6.4.1).
    init(_ delivery: CairnDelivery, omitsBody: Bool) {
        self.delivery = delivery
        let available = omitsBody ? 0 : delivery.body.count
        switch delivery.ending {
        case .complete:
            (finish, length, sendsHead) = (.complete, available, true)
        case .cut(let count?):
            (finish, length, sendsHead) = (.cut, min(max(0, count), available), true)
        case .cut(nil):
            (finish, length, sendsHead) = (.drop, 0, false)
        case .resetStream:
            (finish, length, sendsHead) = (.resetStream, 0, false)
        case .reset(let count):
            (finish, length, sendsHead) = (.reset, min(max(0, count ?? 0), available), count != nil)
        }
    }

    mutating func next() -> Step {
        while true {
            switch stage {
            case .beforeHead:
                stage = sendsHead ? .head : .finished
                if delivery.pace.beforeHead > .zero { return .wait(delivery.pace.beforeHead) }
            case .head:
                stage = .beforeBody
                return .head(isLast: length == 0 && finish == .complete)
            case .beforeBody:
                stage = .body
                // A body of which nothing is sent is waited for, too: only then is the connection cut.
                if delivery.pace.beforeBody > .zero, length > 0 || finish != .complete {
                    return .wait(delivery.pace.beforeBody)
                }
            case .body:
                guard sent < length else {
                    stage = .finished
                    continue
                }
                let rest = length - sent
                let slice = sent..<(sent + min(rest, delivery.pace.dribble?.bytes ?? rest))
                sent = slice.upperBound
                stage = sent < length ? .betweenSlices : .finished
                return .body(slice, isLast: sent == length && finish == .complete)
            case .betweenSlices:
                stage = .body
                if let interval = delivery.pace.dribble?.interval, interval > .zero { return .wait(interval) }
            case .finished:
                return .finish(finish)
            }
        }
    }
}

extension CairnDelivery {
    /// Whether a response to `method` has no content (RFC 9110 §6.4.1).
    ///
    /// A delivery that gives a length where there may be none has a body there too.
    func omitsBody(answering method: HTTPRequest.Method?) -> Bool {
        method == .head || hasBodilessStatus && head.headerFields[.contentLength] == nil
    }

    /// 1xx, 204 and 304 have neither content nor, from us, a Content-Length (RFC 9110 §8.6).
    var hasBodilessStatus: Bool {
        head.status.code / 100 == 1 || head.status == .noContent || head.status == .notModified
    }

    /// Whether the length of the body must be added to the header fields.
    ///
    /// A delivery that brings framing of its own has a reason.
    var needsContentLength: Bool {
        !hasBodilessStatus && live == nil && head.headerFields[.contentLength] == nil
            && head.headerFields[.transferEncoding] == nil
    }
}
