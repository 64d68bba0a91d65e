package import HTTPTypes

/// A request that never became a ``Request``: the server refuses it before the handler is asked.
package struct HTTPRefusal: Error, Hashable, Sendable {
    package var status: HTTPResponse.Status
    /// What was expected, what came, and the section that says so.
    package var detail: String
    /// The method of the request, if it could be read.
    package var method: HTTPRequest.Method?
    /// Its `Host`, or what stands for it, as it came.
    package var authority: String?

    package init(
        _ status: HTTPResponse.Status, _ detail: String, method: HTTPRequest.Method? = nil, authority: String? = nil
    ) {
        (self.status, self.detail, self.method, self.authority) = (status, detail, method, authority)
    }

    /// The same refusal of a request of which the head is known.
    func of(_ request: HTTPRequest) -> HTTPRefusal {
        HTTPRefusal(status, detail, method: request.method, authority: request.authority)
    }
}
