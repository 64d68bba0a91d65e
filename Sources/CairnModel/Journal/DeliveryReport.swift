/// What was actually sent of an answer.
public struct CairnDeliveryReport: Hashable, Sendable {
    /// The number of the connection, from 1 in order of acceptance; `nil` for in-memory requests.
    public var connection: Int?
    /// `HTTP/1.1` or `HTTP/2`; `nil` without a connection.
    public var httpVersion: String?
    /// When status and header fields were sent, on the CA's clock; `nil` if they were not.
    public var headAt: CairnInstant?
    /// When it ended, on the CA's clock.
    public var endedAt: CairnInstant
    /// The number of body bytes passed to the operating system.
    ///
    /// A partially sent chunk does not count. A client that went away may have received less.
    public var bodyBytes: Int
    /// How it ended.
    public var ending: Ending

    /// Creates a report.
    public init(
        connection: Int? = nil, httpVersion: String? = nil, headAt: CairnInstant?, endedAt: CairnInstant,
        bodyBytes: Int,
        ending: Ending
    ) {
        (self.connection, self.httpVersion) = (connection, httpVersion)
        (self.headAt, self.endedAt) = (headAt, endedAt)
        (self.bodyBytes, self.ending) = (bodyBytes, ending)
    }

    /// How an answer ended.
    public struct Ending: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// A name in camel case, such as `clientWentAway`.
        public var rawValue: String

        /// Creates a value from any name, known or not.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Everything was sent.
        public static let complete = Ending(rawValue: "complete")
        /// The CA closed the connection, or in HTTP/2 cancelled the stream, before everything was sent.
        public static let cut = Ending(rawValue: "cut")
        /// The CA reset the connection.
        public static let reset = Ending(rawValue: "reset")
        /// The client closed the connection, or in HTTP/2 the stream, before everything was sent.
        public static let clientWentAway = Ending(rawValue: "clientWentAway")
        /// The CA was shut down before everything was sent.
        public static let serverStopped = Ending(rawValue: "serverStopped")

        /// The name.
        public var description: String { rawValue }
    }
}

extension CairnDeliveryReport: CustomStringConvertible {
    /// `sent whole, with 1203 bytes of body, on connection 3 (HTTP/2)`, `the client went away before the status line`.
    public var description: String {
        let amount = "\(bodyBytes) \(bodyBytes == 1 ? "byte" : "bytes") of body"
        let place = connection.map { ", on connection \($0)" + (httpVersion.map { " (\($0))" } ?? "") } ?? ""
        guard ending != .complete else { return "sent whole, with \(amount)\(place)" }
        let event: String =
            switch ending {
            case .clientWentAway: "the client went away"
            case .serverStopped: "the CA stopped"
            default: ending.rawValue
            }
        return event + (headAt == nil ? " before the status line" : " after \(amount)") + place
    }
}
