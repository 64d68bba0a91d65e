package import ACME
package import HTTPTypes

/// What an endpoint answers, before it is written down as bytes.
package struct Answer: Sendable {
    package enum Body: Sendable {
        case empty
        case json(JSON)
        case bytes([UInt8], type: String)
    }

    package var status: HTTPResponse.Status
    package var fields: HTTPFields
    package var body: Body
    /// Set when the answer is a refusal; the body is rendered from it.
    package var problem: Problem?

    package init(_ status: HTTPResponse.Status, _ body: Body = .empty, fields: HTTPFields = [:]) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// Adds a `Link` (RFC 8288).
    mutating func link(_ target: String, rel: String) {
        fields.append(HTTPField(name: .link, value: "<\(target)>;rel=\"\(rel)\""))
    }

    /// Tells the client when to ask again, in whole seconds and at least one (RFC 9110 §10.2.3).
    mutating func retry(after wait: Duration?) {
        guard let wait else { return }
        let (seconds, attoseconds) = wait.components
        fields[.retryAfter] = "\(max(1, seconds + (attoseconds > 0 ? 1 : 0)))"
    }
}
