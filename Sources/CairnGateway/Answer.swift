import CairnEngine
package import CairnModel
package import HTTPTypes

/// What an endpoint answers, before it is written down as bytes.
package struct Answer: Sendable {
    package enum Body: Sendable {
        case empty
        case json(CairnJSON)
        case bytes([UInt8], type: String)
    }

    package var status: HTTPResponse.Status
    package var fields: HTTPFields
    package var body: Body
    /// When the client is to ask again.
    var retryAfter: Duration?
    /// The object that the body shows, and its status where the body does not say it.
    var shown: (subject: CairnStatusEvent.Subject, id: String, status: String?)?
    /// Set when the answer is a refusal; the body is rendered from it.
    package var problem: ACMEProblem?

    package init(_ status: HTTPResponse.Status, _ body: Body = .empty, fields: HTTPFields = [:]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// Adds a `Link` (RFC 8288).
    mutating func link(_ target: String, rel: String, title: String? = nil) {
        let title = title.map { ";title=\"\($0)\"" } ?? ""
        fields.append(HTTPField(name: .link, value: "<\(target)>;rel=\"\(rel)\"\(title)"))
    }

    /// Tells the client when to ask again.
    mutating func retry(after wait: Duration?) {
        retryAfter = wait
    }
}
