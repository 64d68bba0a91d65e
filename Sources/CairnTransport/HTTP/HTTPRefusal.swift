package import HTTPTypes

/// A request that never became a ``Request``: the server refuses it before the handler is asked.
package struct HTTPRefusal: Error, Hashable, Sendable {
    package var status: HTTPResponse.Status
    /// What was expected, what came, and the section that says so.
    package var detail: String

    package init(_ status: HTTPResponse.Status, _ detail: String) {
        self.status = status
        self.detail = detail
    }
}
