public import CairnModel
public import HTTPTypes

/// An HTTP request, whole.
public struct CairnRequest: Sendable {
    /// Method, scheme, authority, path and header fields.
    ///
    /// URLs in the answer begin with this scheme and authority, unless the configuration advertises another origin.
    public var head: HTTPRequest
    /// The content; empty if there is none.
    public var body: [UInt8]
    /// The address of the client; `nil`, for a request that came over no connection, counts as `127.0.0.1`.
    public var source: CairnIPAddress?
    /// The number of the connection that it came over, as in ``CairnDeliveryReport/connection``.
    package var connection: Int?

    /// A request without a body that came over no connection, unless told otherwise.
    public init(_ head: HTTPRequest, body: [UInt8] = [], source: CairnIPAddress? = nil) {
        self.head = head
        self.body = body
        self.source = source
    }
}

/// An HTTP response, and how it is to reach the client.
///
/// `respond(to:)` returns at once, whatever it decided: waiting is data here and is carried out by whoever owns the wire.
public struct CairnDelivery: Sendable {
    /// Status and header fields.
    public var head: HTTPResponse
    /// The whole content, though ``ending`` may keep back a part of it.
    public var body: [UInt8]
    /// Default: ``Pace/immediate``.
    public var pace: Pace
    /// Default: ``Ending/complete``.
    public var ending: Ending
    /// What becomes of the connection when the response has been sent.
    ///
    /// Default: ``Persistence/persistent``.
    public var persistence = Persistence.persistent
    /// What waits at the gate of a rule; `nil` if the response can be sent.
    package var held: Held?
    /// The journal entry that is completed by a report of what was really sent; `nil` if none is.
    package var entry: Int?
    /// What is sent in place of ``body``; `nil` for a response that ends by itself.
    package var live: LiveBody?

    /// A response that is sent at once and in full, unless told otherwise.
    public init(_ head: HTTPResponse, body: [UInt8] = [], pace: Pace = .immediate, ending: Ending = .complete) {
        self.head = head
        self.body = body
        self.pace = pace
        self.ending = ending
    }

    /// When the parts of the response are sent.
    public struct Pace: Hashable, Sendable {
        /// How long the server stays silent before the status line.
        public var beforeHead: Duration
        /// How long it stays silent between the header fields and the body.
        public var beforeBody: Duration
        /// How the body is sliced; `nil` sends it in one piece.
        public var dribble: Dribble?

        /// What is left out delays nothing.
        public init(beforeHead: Duration = .zero, beforeBody: Duration = .zero, dribble: Dribble? = nil) {
            self.beforeHead = beforeHead
            self.beforeBody = beforeBody
            self.dribble = dribble
        }

        /// Without a silence, and the body in one piece.
        public static let immediate = Pace()
    }

    /// A body that comes `bytes` at a time, one slice every `interval`.
    public struct Dribble: Hashable, Sendable {
        /// The size of a slice, at least 1; the last one may be smaller.
        public var bytes: Int
        /// The time from one slice to the next.
        public var interval: Duration

        /// - Parameter bytes: at least 1.
        public init(bytes: Int, every interval: Duration) {
            precondition(bytes > 0, "a slice has at least one byte")
            self.bytes = bytes
            self.interval = interval
        }
    }

    /// How the response ends.
    public enum Ending: Hashable, Sendable {
        /// As HTTP wants it.
        case complete
        /// The connection is closed in good order after that many bytes of the body, though its length promised more. In
        /// HTTP/2 the stream is reset with `CANCEL`. `nil`: before the status line, so that the client sees no response at
        /// all; in HTTP/2 the whole connection is closed.
        case cut(afterBodyBytes: Int?)
        /// The connection is reset (TCP RST) after that many bytes of the body. `nil`: before the status line, so that
        /// the client sees no response at all. In HTTP/2 the whole connection is reset too.
        case reset(afterBodyBytes: Int?)
        /// The stream alone is reset before it brings a response (`INTERNAL_ERROR`); in HTTP/1.1 the connection is.
        case resetStream
    }

    /// What becomes of the connection when the response has been sent.
    public enum Persistence: Hashable, Sendable {
        /// It can bring the next response (RFC 9112 §9.3).
        case persistent
        /// It brings no other, and says so: by `Connection: close`, or by GOAWAY (RFC 9113 §6.8).
        case announcedLast
        /// It is closed without a word.
        case closed
    }

    /// Whether a rule holds the request, or its response, at a gate; ``whenReleased(_:)`` tells what comes of it.
    ///
    /// Until then a held request has no response: ``head`` says 503, and there is no ``body``.
    public var isHeld: Bool { held != nil }

    /// Calls `deliver` when the gate opens that holds the response: at once if none does.
    public func whenReleased(_ deliver: @escaping @Sendable (CairnDelivery) -> Void) {
        guard let held else { return deliver(self) }
        held.wait { deliver(held.proceed()) }
    }

    /// A request or a response at the gate of a rule.
    package final class Held: Sendable {
        package let gate: RuleGate
        /// What waits; `nil` for what is no request of ACME.
        package let request: CairnHeldRequest?
        /// Carries the request out, if that was not done yet, and returns the response; called once.
        package let proceed: @Sendable () -> CairnDelivery

        package init(
            _ gate: RuleGate, for request: CairnHeldRequest? = nil, proceed: @escaping @Sendable () -> CairnDelivery
        ) {
            (self.gate, self.request, self.proceed) = (gate, request, proceed)
        }

        /// Calls `opened` when the gate opens: at once if it is open.
        package func wait(_ opened: @escaping @Sendable () -> Void) { gate.wait(as: request, opened) }
    }
}
