public import CairnModel
public import HTTPTypes

/// A complete HTTP request.
public struct CairnRequest: Sendable {
    /// The method, scheme, authority, path and header fields.
    ///
    /// URLs in the answer use this scheme and authority, unless the configuration has an origin.
    public var head: HTTPRequest
    /// The content; empty if there is none.
    public var body: [UInt8]
    /// The address of the client; `nil`, for in-memory requests, counts as `127.0.0.1`.
    public var source: CairnIPAddress?
    /// The number of the connection that it came over, as in ``CairnDeliveryReport/connection``.
    package var connection: Int?

    /// Creates an in-memory request, by default without a body.
    public init(_ head: HTTPRequest, body: [UInt8] = [], source: CairnIPAddress? = nil) {
        self.head = head
        self.body = body
        self.source = source
    }
}

/// An HTTP response and how to deliver it.
///
/// `respond(to:)` always returns immediately; delays are described here and carried out by the transport.
public struct CairnDelivery: Sendable {
    /// The status and header fields.
    public var head: HTTPResponse
    /// The full content, even if ``ending`` cuts it short.
    public var body: [UInt8]
    /// Default: ``Pace/immediate``.
    public var pace: Pace
    /// Default: ``Ending/complete``.
    public var ending: Ending
    /// What happens to the connection after the response.
    ///
    /// Default: ``Persistence/persistent``.
    public var persistence = Persistence.persistent
    /// What waits at the gate of a rule; `nil` if the response can be sent.
    package var held: Held?
    /// The journal entry that is completed by a report of what was really sent; `nil` if none is.
    package var entry: Int?
    /// What is sent in place of ``body``; `nil` for a response that ends by itself.
    package var live: LiveBody?

    /// Creates a response, by default sent immediately and in full.
    public init(_ head: HTTPResponse, body: [UInt8] = [], pace: Pace = .immediate, ending: Ending = .complete) {
        self.head = head
        self.body = body
        self.pace = pace
        self.ending = ending
    }

    /// The timing of a response.
    public struct Pace: Hashable, Sendable {
        /// The delay before the status line.
        public var beforeHead: Duration
        /// The delay between the header fields and the body.
        public var beforeBody: Duration
        /// How the body is sent in pieces; `nil` sends it at once.
        public var dribble: Dribble?

        /// Creates a timing; omitted values add no delay.
        public init(beforeHead: Duration = .zero, beforeBody: Duration = .zero, dribble: Dribble? = nil) {
            self.beforeHead = beforeHead
            self.beforeBody = beforeBody
            self.dribble = dribble
        }

        /// No delays.
        public static let immediate = Pace()
    }

    /// Sends `bytes` of the body every `interval`.
    public struct Dribble: Hashable, Sendable {
        /// The size of each piece, at least 1; the last one may be smaller.
        public var bytes: Int
        /// The time between pieces.
        public var interval: Duration

        /// - Parameter bytes: at least 1.
        public init(bytes: Int, every interval: Duration) {
            precondition(bytes > 0, "a slice has at least one byte")
            self.bytes = bytes
            self.interval = interval
        }
    }

    /// How a response ends.
    public enum Ending: Hashable, Sendable {
        /// Complete.
        case complete
        /// Closes the connection after some bytes of the body, although the length promised more; in HTTP/2, resets the
        /// stream with `CANCEL`. `nil` closes before the status line, so that the client sees no response; in HTTP/2,
        /// the whole connection.
        case cut(afterBodyBytes: Int?)
        /// Resets the connection (TCP RST) after some bytes of the body, also in HTTP/2. `nil` resets before the status
        /// line, so that the client sees no response.
        case reset(afterBodyBytes: Int?)
        /// Resets only the stream before the response (`INTERNAL_ERROR`); in HTTP/1.1, the connection.
        case resetStream
    }

    /// What happens to the connection after the response.
    public enum Persistence: Hashable, Sendable {
        /// It stays open (RFC 9112 §9.3).
        case persistent
        /// It is closed and announces that: `Connection: close`, or GOAWAY (RFC 9113 §6.8).
        case announcedLast
        /// It is closed without notice.
        case closed
    }

    /// Whether a rule holds the request or its response at a gate; see ``whenReleased(_:)``.
    ///
    /// Until then a held request has no response: ``head`` is 503 and ``body`` is empty.
    public var isHeld: Bool { held != nil }

    /// Calls `deliver` when the gate opens, or immediately if the response is not held.
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
