public import CairnModel

/// A request, and what was answered.
///
/// Texts are as the client sent them: whoever prints them escapes them. ``description`` does.
public struct CairnRequestEvent: Sendable {
    /// Counts the requests to the ACME server from 1 in the order in which they came, and never repeats within one CA.
    ///
    /// Requests that are answered at the same time can stand in the journal in another order.
    public var number: Int
    /// `nil` for a path that leads nowhere.
    public var endpoint: ACMEEndpoint?
    /// Empty, like ``path``, for a request that could not be read.
    public var method: String
    /// Path and query.
    public var path: String
    /// The address of the client; `nil` for a request that came over no connection, or could not be read.
    public var source: CairnIPAddress?
    /// How the client calls itself in `User-Agent`, the first 200 bytes of it.
    public var client: String?
    /// The account that signed the request, as the last part of its URL; `nil` if none did, or none was found out.
    public var account: String?
    /// What was signed, as it came; empty if it did not get as far as that, and for a POST-as-GET.
    package var payloadBytes: [UInt8] = []
    /// The status of the response.
    public var status: Int
    /// The object that the response shows, and the status that it has there; `nil` if it shows none.
    public var object: ShownObject?
    /// The refusal, if it was one.
    public var problem: ACMEProblem?
    /// Request and response in more detail, for observers: entries that are kept do not have it.
    public var exchange: Exchange?

    package init(number: Int = 0, endpoint: ACMEEndpoint?, method: String, path: String, status: Int) {
        self.number = number
        self.endpoint = endpoint
        self.method = method
        self.path = path
        self.status = status
    }

    /// What was signed, if it got as far as that; `nil` for a POST-as-GET too, and for what is no JSON.
    ///
    /// It is kept as it came and read whenever it is asked for.
    public var payload: CairnJSON? { payloadBytes.isEmpty ? nil : try? CairnJSON(parsing: payloadBytes) }

    /// Whether a refusal is what the request asks for, and tells of no mistake: that there is no account yet
    /// (`onlyReturnExisting`, RFC 8555 §7.3.1).
    public var isRefusedAsAsked: Bool { problem?.cause == .noSuchAccount }

    /// An object of the CA as a response shows it.
    public struct ShownObject: Hashable, Sendable {
        /// What kind of object it is.
        public var subject: CairnStatusEvent.Subject
        /// As in ``CairnStatusEvent/id``.
        public var id: String
        /// As the client sees it: `processing`.
        public var status: String

        package init(_ subject: CairnStatusEvent.Subject, _ id: String, _ status: String) {
            (self.subject, self.id, self.status) = (subject, id, status)
        }
    }

    /// What a request and its response said, as a log shows it to somebody who looks for a mistake.
    public final class Exchange: Sendable {
        /// The protected header of the JWS; `nil` if there was none that could be read.
        public let protectedHeader: CairnJSON?
        /// The header fields of the request, in order.
        public let requestFields: [Field]
        /// The header fields of the response, in order.
        public let responseFields: [Field]

        /// A header field.
        public struct Field: Hashable, Sendable {
            /// As it was written.
            public var name: String
            /// As it was written.
            public var value: String

            package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
        }

        package init(protectedHeader: CairnJSON?, requestFields: [Field], responseFields: [Field]) {
            self.protectedHeader = protectedHeader
            self.requestFields = requestFields
            self.responseFields = responseFields
        }
    }
}
