public import HTTPTypes

/// An HTTP request, whole.
public struct Request: Sendable {
    /// Method, scheme, authority, path and header fields.
    ///
    /// URLs in the answer begin with this scheme and authority, unless the configuration advertises another origin.
    public var head: HTTPRequest
    public var body: [UInt8]

    public init(_ head: HTTPRequest, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}
