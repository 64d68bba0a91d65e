import Foundation

/// The rules of the draft for one response.
struct DraftJudge {
    let method: String
    let url: String
    let response: Response

    init(_ method: String, _ url: String, _ response: Response) {
        (self.method, self.url, self.response) = (method, url, response)
    }

    func require(_ condition: Bool, _ rule: String) throws {
        guard !condition else { return }
        throw DraftClient.Violation(
            description: "\(method) \(url) → \(response.status): \(rule)\n\(response.fields)\n\(response.text)")
    }

    /// Requires a member of a kind, if it is there at all.
    func optional(_ object: [String: Any], _ name: String, _ section: String, _ holds: (Any) -> Bool) throws {
        guard let value = object[name] else { return }
        try require(holds(value), "\"\(name)\" is \(value) (\"\(section)\")")
    }

    func required(_ object: [String: Any], _ name: String, _ section: String, _ holds: (Any) -> Bool) throws {
        try require(object[name] != nil, "no \"\(name)\" (\"\(section)\")")
        try optional(object, name, section, holds)
    }

    /// Requires that there is nothing but what the draft defines.
    func only(_ names: Set<String>, in object: [String: Any], _ section: String) throws {
        let others = Set(object.keys).subtracting(names)
        try require(others.isEmpty, "\(others.sorted()) is not of the draft (\"\(section)\")")
    }

    static func isString(_ value: Any) -> Bool { value is String }
    static func isURL(_ value: Any) -> Bool { (value as? String)?.contains("://") == true }
    static func isURLs(_ value: Any) -> Bool { (value as? [String])?.allSatisfy(isURL) == true }

    /// A date of RFC 3339.
    static func isDate(_ value: Any) -> Bool {
        guard let text = value as? String else { return false }
        return ISO8601DateFormatter().date(from: text) != nil
    }

    static func isBase64URL(_ value: Any) -> Bool {
        guard let text = value as? String, !text.isEmpty else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }

    // MARK: Every response

    /// - Parameter index: where "index" has to lead; `nil` if it need not be there.
    func head(index: String?) throws {
        for name in ["Replay-Nonce", "Location", "Content-Location", "Retry-After", "Content-Type"] {
            try require(response.values(name).count <= 1, "\(name) came more than once")
        }
        if let nonce = response["Replay-Nonce"] {
            try require(Self.isBase64URL(nonce), "the nonce is not base64url (\"Replay-Nonce\")")
        }
        if let index, method != "OPTIONS" {
            try require(response.links("index") == [index], "no Link \"index\" to the directory (\"Resources\")")
        }
        try require(String(validating: response.body, as: UTF8.self) != nil || isBinary, "no UTF-8")
    }

    private var isBinary: Bool { response.mediaType == "application/pkix-cert" }

    /// An error ("Errors").
    func problem(asked body: Bool) throws {
        try require(response.values("Content-Type") == ["application/problem+json"], "no problem document")
        if body { try problem(response.json, status: response.status) }
    }

    private static let types: Set<String> = [
        "badCSR", "badNonce", "badRevocationReason", "badSignatureAlgorithm", "caa", "connection", "dnssec",
        "invalidContact", "malformed", "rateLimited", "rejectedIdentifier", "serverInternal", "tls", "unauthorized",
        "unknownHost", "unsupportedIdentifier", "userActionRequired",
    ]

    /// Requires that a detail speaks of the draft and of nothing that came later, quotations aside.
    private func words(of detail: String) throws {
        let own = detail.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
        for word in ["RFC 8555", "POST-as-GET", "finalize"] + Self.laterNames {
            try require(!own.contains(word), "the detail says \(word), of which the draft knows nothing")
        }
    }

    private static let laterNames = [
        "termsOfService", "externalAccountBinding", "newNonce", "newAccount", "newOrder", "newAuthz", "revokeCert",
        "keyChange",
    ]

    /// A problem document, of a response or within an object ("Errors").
    func problem(_ problem: [String: Any], status: Int? = nil) throws {
        try only(["type", "title", "detail", "status", "instance", "algorithms"], in: problem, "Errors")
        try required(problem, "type", "Errors", Self.isString)
        try required(problem, "detail", "Errors", Self.isString)
        try words(of: problem["detail"] as? String ?? "")
        try optional(problem, "instance", "Errors", Self.isURL)
        try optional(problem, "status", "Errors") { value in status.map { value as? Int == $0 } ?? (value is Int) }
        let type = problem["type"] as? String ?? ""
        if type.hasPrefix(ErrorTypes.namespace) {
            let name = String(type.dropFirst(ErrorTypes.namespace.count))
            try require(Self.types.contains(name), "the type \"\(name)\" is not one of the 17 (\"Errors\")")
            try require(
                (name == "badSignatureAlgorithm") == (problem["algorithms"] is [String]),
                "algorithms belong to badSignatureAlgorithm (\"Request Authentication\")")
            if name == "badNonce", status != nil {
                try require(response["Replay-Nonce"] != nil, "badNonce without a nonce (\"Replay protection\")")
            }
        }
    }
}
