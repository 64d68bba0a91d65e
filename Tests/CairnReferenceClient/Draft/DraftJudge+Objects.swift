import Foundation

/// The rules for objects.
extension DraftJudge {
    func account(_ object: [String: Any]) throws {
        let section = "Account Objects"
        try only(
            ["key", "status", "contact", "terms-of-service-agreed", "orders", "external-account-binding"], in: object,
            section)
        try required(object, "key", section) { ($0 as? [String: Any])?["kty"] is String }
        try required(object, "status", section) { ["valid", "deactivated", "revoked"].contains($0 as? String) }
        try required(object, "orders", section, Self.isURL)
        try optional(object, "contact", section) { $0 is [String] }
        try optional(object, "terms-of-service-agreed", section) { $0 is Bool }
    }

    func order(_ object: [String: Any]) throws {
        let section = "Order Objects"
        try only(
            ["status", "expires", "csr", "notBefore", "notAfter", "authorizations", "certificate"], in: object, section)
        try required(object, "status", section) {
            ["pending", "processing", "valid", "invalid"].contains($0 as? String)
        }
        try required(object, "csr", section, Self.isBase64URL)
        try required(object, "authorizations", section, Self.isURLs)
        for name in ["expires", "notBefore", "notAfter"] { try optional(object, name, section, Self.isDate) }
        try optional(object, "certificate", section, Self.isURL)
        let status = object["status"] as? String
        if status == "pending" || status == "valid" { try required(object, "expires", section, Self.isDate) }
        if status == "valid" { try required(object, "certificate", "Applying for Certificate Issuance", Self.isURL) }
        try require(
            object["certificate"] == nil || status == "valid",
            "a certificate before it is issued (\"Applying for Certificate Issuance\")")
    }

    /// - Parameter thumbprint: that of the account's key.
    func authorization(_ object: [String: Any], thumbprint: String) throws {
        let section = "Authorization Objects"
        try only(
            ["identifier", "status", "expires", "scope", "challenges", "combinations"], in: object, section)
        try required(object, "identifier", section) { value in
            guard let value = value as? [String: String] else { return false }
            return Set(value.keys) == ["type", "value"] && value["value"]?.hasPrefix("*") == false
        }
        // "deactivated" is missing from the list, but a client can bring it about ("Deactivating an Authorization").
        try optional(object, "status", section) {
            ["pending", "processing", "valid", "invalid", "revoked", "deactivated"].contains($0 as? String)
        }
        try optional(object, "expires", section, Self.isDate)
        try optional(object, "scope", section, Self.isURL)
        let status = object["status"] as? String ?? "pending"
        if status == "valid" { try required(object, "expires", section, Self.isDate) }
        try require(
            [200, 201, 303].contains(response.status)
                || response.status == 202 && ["pending", "processing"].contains(status),
            "202 is for an authorization that is being validated (\"Responding to Challenges\")")
        try required(object, "challenges", section) { $0 is [[String: Any]] }
        let challenges = object["challenges"] as? [[String: Any]] ?? []
        for challenge in challenges { try self.challenge(challenge, thumbprint: thumbprint) }
        try optional(object, "combinations", "Pre-Authorization") { value in
            guard let value = value as? [[Int]] else { return false }
            return value.allSatisfy { $0.allSatisfy(challenges.indices.contains) }
        }
    }

    /// The challenge resource itself.
    func challenge(_ object: [String: Any], at url: String, of authorization: String, thumbprint: String) throws {
        try require(response.status == 200, "expected 200 (\"Responding to Challenges\")")
        try require(response.links("up") == [authorization], "no Link \"up\" to the authorization (\"Resources\")")
        try require(
            object["url"] as? String == url, "the URL of another challenge (\"Identifier Validation Challenges\")")
        try challenge(object, thumbprint: thumbprint)
    }

    private func challenge(_ object: [String: Any], thumbprint: String) throws {
        let section = "Identifier Validation Challenges"
        let isOutOfBand = object["type"] as? String == "oob-01"
        let own: Set = isOutOfBand ? ["href"] : ["token", "keyAuthorization"]
        try only(own.union(["type", "url", "status", "validated", "error"]), in: object, section)
        try required(object, "type", section) {
            ["http-01", "tls-sni-02", "dns-01", "oob-01"].contains($0 as? String)
        }
        try required(object, "url", section, Self.isURL)
        try required(object, "status", section) { ["pending", "valid", "invalid"].contains($0 as? String) }
        try optional(object, "validated", section, Self.isDate)
        if object["status"] as? String == "valid" { try required(object, "validated", section, Self.isDate) }
        try optional(object, "error", section) { $0 is [String: Any] }
        if let error = object["error"] as? [String: Any] { try problem(error) }
        if isOutOfBand {
            try required(object, "href", "Out-of-Band") { value in
                ["http://", "https://"].contains { (value as? String)?.hasPrefix($0) == true }
            }
        } else {
            // 128 bits are 22 characters.
            try required(object, "token", section) { Self.isBase64URL($0) && ($0 as? String ?? "").count >= 22 }
            let token = object["token"] as? String ?? ""
            try optional(object, "keyAuthorization", "Key Authorizations") {
                $0 as? String == "\(token).\(thumbprint)"
            }
        }
    }
}
