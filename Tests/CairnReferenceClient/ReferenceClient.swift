package import CairnGateway
package import Foundation

/// A strict ACME client for judging servers: it checks every response against RFC 8555, shares no code with the server,
/// and can be told to misbehave in any request.
package final class ReferenceClient {
    /// Carries one request to the server and brings the response back.
    package typealias Transport = (_ method: String, _ url: String, _ fields: [String: String], _ body: Data) throws ->
        Response

    /// What the server did that RFC 8555 does not allow.
    package struct Violation: Error, CustomStringConvertible {
        /// What was expected, what came, and which section says so.
        let rule: String
        /// Where a test asked for what it was met in.
        fileprivate(set) var place: String?

        init(description: String) { rule = description }

        package var description: String { (place.map { "\($0): " } ?? "") + rule }
    }

    /// What some servers do that RFC 8555 does not allow, and a client can be told to put up with.
    package enum Tolerance: CaseIterable {
        /// `; charset=utf-8` after media types that have no such parameter.
        case mediaTypeParameters
        /// A 404 without problem document.
        case bareNotFound
        /// A path that leads nowhere is answered in plain text, without a link to the directory.
        case plainNotFound
        /// A problem without `status`, as RFC 7807 §3.1 allows.
        case problemWithoutStatus
        /// Types in the ACME namespace that nobody registered.
        case unregisteredTypes
    }

    package var key: AccountKey
    /// Nothing, unless a test says otherwise.
    package var tolerances: Set<Tolerance> = []
    /// The account URL, once there is one.
    package var kid: String?
    package private(set) var directory: [String: Any] = [:]
    private let transport: Transport
    private var nonces: [String] = []
    /// Every nonce that ever came.
    private var seen: Set<String> = []
    private let directoryURL: String

    package init(directory url: String, key: AccountKey? = nil, transport: @escaping Transport) throws {
        directoryURL = url
        self.key = try key ?? AccountKey()
        self.transport = transport
    }

    /// A client of a server that answers in this process.
    package convenience init(
        directory url: String = "https://ca.example.test/dir", key: AccountKey? = nil,
        respond: @escaping (CairnRequest) -> CairnDelivery
    ) throws {
        try self.init(directory: url, key: key, transport: Self.inProcess(respond))
    }

    // MARK: Requests

    /// Sends anything at all, unsigned, and checks only what every response must have.
    @discardableResult
    package func send(
        _ method: String, _ url: String, fields: [String: String] = [:], body: Data = Data(),
        file: StaticString = #fileID, line: UInt = #line
    ) throws -> Response {
        try located(file, line) {
            let response = try transport(
                method, url, fields.merging(["User-Agent": "reference"]) { given, _ in given }, body)
            if let nonce = response["Replay-Nonce"] { nonces.append(nonce) }
            try check(response, method, url)
            return response
        }
    }

    /// The URL of an endpoint of the directory.
    package func endpoint(_ name: String, file: StaticString = #fileID, line: UInt = #line) throws -> String {
        try located(file, line) {
            if directory.isEmpty {
                let response = try send("GET", directoryURL)
                guard response.status == 200 else {
                    throw Violation(description: "the directory answered \(response.status)")
                }
                directory = response.json
            }
            guard let url = directory[name] as? String else {
                throw Violation(description: "the directory has no \(name)")
            }
            return url
        }
    }

    package func nonce(file: StaticString = #fileID, line: UInt = #line) throws -> String {
        try located(file, line) {
            if nonces.isEmpty {
                let response = try send("HEAD", try endpoint("newNonce"))
                guard response.status == 200 else {
                    throw Violation(description: "HEAD newNonce gave \(response.status)")
                }
            }
            guard let nonce = nonces.popLast() else { throw Violation(description: "newNonce gave no nonce (§7.2)") }
            return nonce
        }
    }

    package enum Signer { case account, key }

    /// Signs a payload and posts it.
    ///
    /// `payload` is `nil` for a POST-as-GET. `misbehave` may change any part.
    @discardableResult
    package func post(
        _ url: String, _ payload: [String: Any]?, as signer: Signer = .account, signedBy other: AccountKey? = nil,
        fields: [String: String] = [:], file: StaticString = #fileID, line: UInt = #line,
        misbehave: (inout Message) -> Void = { _ in }
    ) throws -> Response {
        try located(file, line) {
            let signingKey = other ?? key
            var header: [String: Any] = ["alg": signingKey.algorithm, "nonce": try nonce(), "url": url]
            switch signer {
            case .account: header["kid"] = kid ?? ""
            case .key: header["jwk"] = signingKey.jwk
            }
            let text = try payload.map { try JSONSerialization.data(withJSONObject: $0, options: .sortedKeys) }
            var message = Message(header: header, payload: text ?? Data())
            misbehave(&message)
            let response = try send(
                "POST", url, fields: fields.merging(message.contentType.map { ["Content-Type": $0] } ?? [:]) { $1 },
                body: try message.encoded(by: signingKey))
            guard response["Replay-Nonce"] != nil else {
                throw Violation(description: "POST \(url) was answered without Replay-Nonce (§6.5)")
            }
            return response
        }
    }

    /// Reads a resource by POST-as-GET.
    @discardableResult
    package func read(_ url: String, fields: [String: String] = [:], file: StaticString = #fileID, line: UInt = #line)
        throws -> Response
    {
        try located(file, line) {
            try post(url, nil, fields: fields)
        }
    }

    // MARK: The rules for every response

    private func check(_ response: Response, _ method: String, _ url: String) throws {
        func require(_ condition: Bool, _ rule: String) throws {
            if !condition {
                throw Violation(description: "\(method) \(url) → \(response.status): \(rule)\n\(response.text)")
            }
        }
        for name in ["Replay-Nonce", "Location", "Retry-After", "Content-Type"] {
            try require(response.values(name).count <= 1, "\(name) came more than once")
        }
        if let nonce = response["Replay-Nonce"] {
            let isBase64URL = nonce.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            try require(isBase64URL && !nonce.isEmpty, "the nonce is not base64url (§6.5.1)")
            try require(seen.insert(nonce).inserted, "a nonce came twice (§6.5)")
        }
        if response.status == 404, tolerances.contains(.plainNotFound),
            response.values("Content-Type") == ["text/plain; charset=utf-8"]
        {
            return
        }
        if url != directoryURL, method != "OPTIONS" {
            try require(response.links("index") == [directoryURL], "no Link \"index\" to the directory (§7.1)")
        }
        if response.values("Content-Type") == ["application/json"],
            let fault = ErrorTypes.fault(inObject: response.json)
        {
            try require(false, fault)
        }
        guard response.status >= 400 else { return }
        if response.status == 404, response.body.isEmpty, tolerances.contains(.bareNotFound) { return }
        try require(isType("application/problem+json", response), "no problem document (§6.7)")
        if method == "HEAD" { return }
        let json = response.json
        try require(json["type"] is String && json["detail"] is String, "a problem without type or detail (§6.7)")
        if json["status"] != nil || !tolerances.contains(.problemWithoutStatus) {
            try require(json["status"] as? Int == response.status, "the problem's status differs (RFC 7807 §3.1)")
        }
        let types = tolerances.contains(.unregisteredTypes)
        if let fault = ErrorTypes.fault(in: json, tolerating: types) { try require(false, fault) }
    }

    /// Whether a response has one media type, to the letter unless parameters are put up with.
    func isType(_ type: String, _ response: Response) -> Bool {
        response.values("Content-Type") == [type]
            || tolerances.contains(.mediaTypeParameters) && response.mediaType == type
    }
}

/// Has a violation in `body` say where a test asked for it: of calls inside each other, the outermost is the test's own.
func located<Value>(_ file: StaticString, _ line: UInt, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch var violation as ReferenceClient.Violation {
        violation.place = "\(file):\(line)"
        throw violation
    }
}
