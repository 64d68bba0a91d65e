public import HTTPTypes

/// An HTTP response, and how it is to reach the client.
///
/// `respond(to:)` returns at once, whatever it decided: waiting is data here and is carried out by whoever owns the wire.
public struct CairnDelivery: Sendable {
    public var head: HTTPResponse
    public var body: [UInt8]
    public var pace: Pace
    public var ending: Ending

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

        public init(beforeHead: Duration = .zero, beforeBody: Duration = .zero, dribble: Dribble? = nil) {
            self.beforeHead = beforeHead
            self.beforeBody = beforeBody
            self.dribble = dribble
        }

        public static let immediate = Pace()
    }

    /// A body that comes `bytes` at a time, one slice every `interval`.
    public struct Dribble: Hashable, Sendable {
        public var bytes: Int
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
        /// HTTP/2 the stream is reset with `CANCEL`.
        case cut(afterBodyBytes: Int)
        /// The connection is reset (TCP RST) after that many bytes of the body. `nil`: before the status line, so that
        /// the client sees no response at all. In HTTP/2 the whole connection is reset too.
        case reset(afterBodyBytes: Int?)
    }
}
