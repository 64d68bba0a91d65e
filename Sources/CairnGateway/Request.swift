public import CairnModel
public import HTTPTypes

/// An HTTP request, whole.
public struct CairnRequest: Sendable {
    /// Method, scheme, authority, path and header fields.
    ///
    /// URLs in the answer begin with this scheme and authority, unless the configuration advertises another origin.
    public var head: HTTPRequest
    /// The content; empty if there is none.
    public var body: [UInt8]
    /// The address of the client; `nil`, for a request that came over no connection, counts as `127.0.0.1`.
    public var source: CairnIPAddress?

    /// A request without a body that came over no connection, unless told otherwise.
    public init(_ head: HTTPRequest, body: [UInt8] = [], source: CairnIPAddress? = nil) {
        self.head = head
        self.body = body
        self.source = source
    }
}
