/// One HTTP/1.1 response as it stood on the wire.
struct WireResponse: Hashable {
    var status: Int
    /// Names in lower case.
    var fields: [String: String]
    var body: String
}

extension Client.Received {
    /// The responses that have come whole, framed by Content-Length alone; one without it has no body.
    func responses(toHead: Bool = false) -> [WireResponse] {
        var responses: [WireResponse] = []
        var rest = text[...]
        while let (response, end) = WireResponse.read(rest, toHead: toHead) {
            responses.append(response)
            rest = rest[end...]
        }
        return responses
    }

    /// What came after the first head.
    var partialBody: String? {
        text.firstRange(of: "\r\n\r\n").map { String(text[$0.upperBound...]) }
    }
}

extension WireResponse {
    fileprivate static func read(_ text: Substring, toHead: Bool) -> (WireResponse, Substring.Index)? {
        guard let gap = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<gap.lowerBound].split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            fields[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let length = toHead ? 0 : fields["content-length"].flatMap { Int($0) } ?? 0
        let body = text[gap.upperBound...].utf8.prefix(length)
        guard body.count == length else { return nil }
        return (WireResponse(status: status, fields: fields, body: String(Substring(body))), body.endIndex)
    }
}
