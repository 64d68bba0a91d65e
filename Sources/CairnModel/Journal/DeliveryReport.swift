/// What was really sent of an answer, as whoever owns the wire saw it.
public struct CairnDeliveryReport: Hashable, Sendable {
    /// The connection of the request, counted from 1 as the server accepted them; `nil` if it came over none.
    public var connection: Int?
    /// `HTTP/1.1` or `HTTP/2`; `nil` without a connection.
    public var httpVersion: String?
    /// When status and header fields were sent, on the clock of the CA; `nil` if they never were.
    public var headAt: CairnInstant?
    /// When it ended, on the clock of the CA.
    public var endedAt: CairnInstant
    /// How much of the body was handed to the operating system.
    ///
    /// Of a slice that could not be sent whole, nothing counts. A client that went away need not have received all of it.
    public var bodyBytes: Int
    /// How it ended.
    public var ending: Ending

    /// A report of what was sent.
    public init(
        connection: Int? = nil, httpVersion: String? = nil, headAt: CairnInstant?, endedAt: CairnInstant,
        bodyBytes: Int,
        ending: Ending
    ) {
        (self.connection, self.httpVersion) = (connection, httpVersion)
        (self.headAt, self.endedAt) = (headAt, endedAt)
        (self.bodyBytes, self.ending) = (bodyBytes, ending)
    }

    /// The ways in which an answer ends.
    public struct Ending: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// A name in camel case, such as `clientWentAway`.
        public var rawValue: String

        /// Takes any name, known or not.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Everything was sent.
        public static let complete = Ending(rawValue: "complete")
        /// The CA broke off in good order: it closed the connection, or in HTTP/2 cancelled the stream.
        public static let cut = Ending(rawValue: "cut")
        /// The CA reset the connection.
        public static let reset = Ending(rawValue: "reset")
        /// The client closed the connection, or in HTTP/2 the stream, before everything was sent.
        public static let clientWentAway = Ending(rawValue: "clientWentAway")
        /// The CA was shut down before everything was sent.
        public static let serverStopped = Ending(rawValue: "serverStopped")

        /// The name itself.
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
