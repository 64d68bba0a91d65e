package import CairnCertificates
package import CairnModel
package import HTTPTypes

/// What is known of a request when rules are asked about it.
///
/// Whoever drives a request fills in what it knows by then. What is dear to find out is asked for once, and only if a rule
/// wants to know it.
package struct Sight {
    /// As the journal counts requests.
    package var number: Int
    package var now: CairnInstant
    /// `nil` for a path that leads nowhere.
    package var endpoint: ACMEEndpoint?
    /// The name of the dialect that the path belongs to.
    package var dialect: String
    package var method: String
    /// Without the prefix of a world.
    package var path: String
    /// The header fields of the request.
    package var fields: HTTPFields
    package var source: CairnIPAddress?
    /// What the connection is known by.
    package var connection: String?
    /// The account that signed, once that is certain.
    package var account: String?
    /// The order that the request is about, by the last part of its URL, known from the path.
    package var order: String?
    /// The authorization that the request is about, by the last part of its URL, known from the path.
    package var authorization: String?
    /// The place of the challenge that the request is about, in its authorization, known from the path.
    package var challenge: Int?
    /// The certificate that the request is about, known from the path.
    package var certificate: CairnSerialNumber?
    /// What was signed, once its signature is verified.
    package var payload: Payload
    /// What the request is about, once it is understood.
    package var subject: Subject
    /// The status of the answer, once there is one.
    package var status: Int?
    /// Whether the answer is a refusal.
    package var isProblem: Bool
    /// The answer as a value, if it is JSON.
    package var answer: CairnJSON?

    package init(
        number: Int, now: CairnInstant, endpoint: ACMEEndpoint?, dialect: String = "rfc8555", method: String = "",
        path: String = "", fields: HTTPFields = [:], source: CairnIPAddress? = nil, connection: String? = nil
    ) {
        self.number = number
        self.now = now
        self.endpoint = endpoint
        self.dialect = dialect
        self.method = method
        self.path = path
        self.fields = fields
        self.source = source
        self.connection = connection
        payload = Payload([])
        subject = Subject { Subject.Parts() }
        isProblem = false
    }

    /// What was signed, read when it is first asked for.
    package final class Payload {
        private let bytes: [UInt8]
        /// `nil` for what is no JSON, and for a POST-as-GET.
        package private(set) lazy var json: CairnJSON? = bytes.isEmpty ? nil : try? CairnJSON(parsing: bytes)

        package init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    /// What a request is about, looked up when it is first asked for.
    package final class Subject {
        /// What there is to know of it.
        package struct Parts: Sendable {
            /// The names and addresses that are asked for, or that the object is for.
            package var identifiers: [ACMEIdentifier] = []
            /// The profile that is asked for, or that the order has.
            package var profile: String?
            /// The number of the order, from 1 on.
            package var orderNumber: Int?
            package var orderStatus: String?

            package init() {}
        }

        private let find: () -> Parts
        package private(set) lazy var parts: Parts = find()

        package init(_ find: @escaping () -> Parts) { self.find = find }
    }
}
