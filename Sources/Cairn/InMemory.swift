public import CairnGateway
import HTTPTypes

/// The prober of a CA that was started without sockets.
struct NoNetwork: Prober {
    private static let failure = ProbeFailure.other("this CA was made without sockets and reaches nobody")

    func fetch(_ probe: HTTPProbe, completion: @escaping @Sendable (HTTPProbe.Outcome) -> Void) {
        completion(.failure(Self.failure))
    }

    func handshake(_ probe: TLSProbe, completion: @escaping @Sendable (TLSProbe.Outcome) -> Void) {
        completion(.failure(Self.failure))
    }
}

// MARK: - Requests without HTTPTypes

extension CairnRequest {
    /// Creates a request from text, for clients whose transport can be replaced.
    ///
    /// ```swift
    /// let request = CairnRequest("GET", ca.directoryURL)
    /// ```
    ///
    /// - Parameters:
    ///   - method: the method, in upper case.
    ///   - url: the absolute URL.
    ///   - headerFields: names and values of header fields; names may repeat.
    ///   - body: the content.
    /// - Returns: `nil` if the method, the URL or a field name is not valid HTTP.
    public init?(
        _ method: String, _ url: String, headerFields: KeyValuePairs<String, String> = [:], body: [UInt8] = []
    ) {
        guard let method = HTTPRequest.Method(rawValue: method),
            let separator = url.utf8.firstRange(of: "://".utf8), separator.lowerBound > url.startIndex
        else { return nil }
        let rest = url[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty else { return nil }
        let target = rest[authority.endIndex...].prefix { $0 != "#" }
        var fields = HTTPFields()
        for (name, value) in headerFields {
            guard let name = HTTPField.Name(name) else { return nil }
            fields.append(HTTPField(name: name, value: value))
        }
        self.init(
            HTTPRequest(
                method: method, scheme: String(url[..<separator.lowerBound]), authority: String(authority),
                path: target.first == "/" ? String(target) : "/" + target, headerFields: fields),
            body: body)
    }
}

extension CairnDelivery {
    /// The status code.
    public var statusCode: Int { head.status.code }

    /// The value of a header field, by its case-insensitive name; several values are joined by commas (RFC 9110 §5.3).
    public func headerField(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { head.headerFields[$0] }
    }
}
