package import HTTPTypes

/// A request that never became a ``CairnRequest``: the server refuses it before the handler is asked.
package struct HTTPRefusal: Error, Hashable, Sendable {
    package var status: HTTPResponse.Status
    /// What was expected, what came, and the section that says so.
    package var detail: String
    /// As much of the request as could be read, its authority as it came; `nil` for nothing.
    package var head: HTTPRequest?

    package init(_ status: HTTPResponse.Status, _ detail: String, head: HTTPRequest? = nil) {
        (self.status, self.detail, self.head) = (status, detail, head)
    }

    /// The same refusal, of a request of which so much could be read.
    func of(_ head: HTTPRequest?) -> HTTPRefusal {
        var refusal = self
        refusal.head = self.head ?? head
        return refusal
    }
}
