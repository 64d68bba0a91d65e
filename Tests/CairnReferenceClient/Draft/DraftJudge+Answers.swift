import Foundation

/// The rules for what endpoints answer if they refuse nothing.
extension DraftJudge {
    func directory() throws {
        try json(200)
        let object = response.json
        try only(Set(DraftResource.endpoints.keys).union(["meta"]), in: object, "Directory")
        for name in DraftResource.endpoints.keys { try optional(object, name, "Directory", Self.isURL) }
        try required(object, "new-nonce", "Resources", Self.isURL)
        try optional(object, "meta", "Directory") { $0 is [String: Any] }
        let meta = object["meta"] as? [String: Any] ?? [:]
        try only(["terms-of-service", "website", "caa-identities"], in: meta, "Directory")
        try optional(meta, "terms-of-service", "Directory", Self.isURL)
        try optional(meta, "website", "Directory", Self.isURL)
        try optional(meta, "caa-identities", "Directory") { names in
            guard let names = names as? [String] else { return false }
            return names.allSatisfy { $0 == $0.lowercased() && !$0.isEmpty && !$0.contains("/") }
        }
    }

    func nonce() throws {
        try require(response.status == 204, "expected 204 (\"Getting a Nonce\")")
        try require(response.body.isEmpty, "expected no body (\"Getting a Nonce\")")
        try require(response["Replay-Nonce"] != nil, "expected a nonce (\"Getting a Nonce\")")
        let directives = (response["Cache-Control"] ?? "").split(separator: ",")
        try require(
            directives.contains { $0.drop { $0 == " " } == "no-store" }, "expected no-store (\"Getting a Nonce\")")
    }

    func newAccount() throws {
        switch response.status {
        case 201:
            try require(response["Location"] != nil, "expected Location (\"Account Creation\")")
            try require(response["Content-Location"] == nil, "Content-Location for a new one (\"Account Creation\")")
        default:
            try require(response.status == 200, "expected 200 or 201 (\"Account Creation\")")
            try require(response["Content-Location"] != nil, "expected Content-Location (\"Account Creation\")")
            // What the body says is open.
            if response.body.isEmpty { return }
        }
        try json(response.status)
        try account(response.json)
    }

    func keyChange() throws {
        try require(response.status == 200, "expected 200 (\"Account Key Roll-over\")")
        if !response.body.isEmpty { try account(response.json) }
    }

    func orders() throws {
        try json(200)
        try only(["orders"], in: response.json, "Orders List")
        try required(response.json, "orders", "Orders List", Self.isURLs)
    }

    /// The URL of what was created.
    func created() throws -> String {
        try json(201)
        guard let url = response["Location"] else { throw DraftClient.Violation(description: "\(url): no Location") }
        return url
    }

    /// The URL of the authorization that there is now ("Pre-Authorization").
    func newAuthorization() throws -> String {
        guard response.status == 303 else { return try created() }
        try require(response["Location"] != nil, "expected Location (\"Pre-Authorization\")")
        return response["Location"] ?? ""
    }

    func certificate() throws {
        try require(response.status == 200, "expected 200 (\"Downloading the Certificate\")")
        try require(!response.links("up").isEmpty, "no Link \"up\" (\"Resources\")")
        try require(
            ["application/x-pem-file", "application/pkix-cert"].contains(response["Content-Type"]),
            "expected application/x-pem-file (\"Downloading the Certificate\")")
    }

    func revocation() throws {
        try require(
            response.status == 200 && response.body.isEmpty, "expected an empty 200 (\"Certificate Revocation\")")
    }

    private func json(_ status: Int) throws {
        try require(response.status == status, "expected \(status)")
        try require(response.values("Content-Type") == ["application/json"], "expected application/json")
        try require(!response.json.isEmpty, "expected a JSON object")
    }
}
