import Foundation

/// The steps of an issuance, each checked as it is taken.
extension DraftClient {
    /// Creates or finds the account of the key ("Account Creation").
    @discardableResult
    package func register(
        _ members: [String: Any] = ["terms-of-service-agreed": true], file: StaticString = #fileID, line: UInt = #line
    ) throws -> Response {
        try located(file, line) {
            let response = try post(try endpoint("new-account"), members, as: .key)
            guard response.status < 400 else { return response }
            let isBare = response.status == 200 && response.body.isEmpty
            guard isBare || response.json["key"] as? [String: String] == key.jwk else {
                throw Violation(description: "not the key of the request (\"Account Creation\"): \(response.text)")
            }
            kid = response["Content-Location"] ?? response["Location"]
            return response
        }
    }

    /// Reads the account, or changes it ("Account Creation").
    @discardableResult
    package func account(_ members: [String: Any] = [:], file: StaticString = #fileID, line: UInt = #line) throws
        -> Response
    {
        try located(file, line) {
            try post(kid ?? "", members)
        }
    }

    /// An order that was placed.
    package struct Placed {
        package let url: String
        package let response: Response

        package var authorizations: [String] { response.json["authorizations"] as? [String] ?? [] }
    }

    /// Asks for a certificate ("Applying for Certificate Issuance").
    package func newOrder(
        csr: some Sequence<UInt8>, _ members: [String: Any] = [:], file: StaticString = #fileID, line: UInt = #line
    ) throws -> Response {
        try located(file, line) {
            try post(try endpoint("new-order"), members.merging(["csr": base64URL(csr)]) { $1 })
        }
    }

    /// Places an order that the server accepts.
    package func order(
        csr: some Sequence<UInt8>, _ members: [String: Any] = [:], file: StaticString = #fileID, line: UInt = #line
    ) throws -> Placed {
        try located(file, line) {
            let csr = Array(csr)
            let response = try newOrder(csr: csr, members)
            guard response.status == 201, let url = response["Location"] else {
                throw Violation(description: "new-order gave \(response.status) \(response.text)")
            }
            guard response.json["csr"] as? String == base64URL(csr) else {
                throw Violation(description: "not the CSR of the request (\"Order Objects\"): \(response.text)")
            }
            return Placed(url: url, response: response)
        }
    }

    /// Asks for an authorization before any order ("Pre-Authorization").
    package func newAuthorization(
        _ name: String, existing: String? = nil, type: String = "dns", as signer: Signer = .account,
        file: StaticString = #fileID, line: UInt = #line
    ) throws -> Response {
        try located(file, line) {
            var payload: [String: Any] = ["identifier": ["type": type, "value": name]]
            payload["existing"] = existing
            return try post(try endpoint("new-authz"), payload, as: signer)
        }
    }

    /// The challenge of a type of an authorization.
    package func challenge(_ type: String, of authorization: String, file: StaticString = #fileID, line: UInt = #line)
        throws -> DraftChallenge
    {
        try located(file, line) {
            let object = try get(authorization).json
            let challenges = object["challenges"] as? [[String: Any]] ?? []
            guard let challenge = challenges.first(where: { $0["type"] as? String == type }) else {
                throw Violation(description: "no \(type) challenge in \(challenges)")
            }
            let identifier = object["identifier"] as? [String: String]
            return DraftChallenge(
                name: identifier?["value"] ?? "", type: type, url: challenge["url"] as? String ?? "",
                token: challenge["token"] as? String ?? "", href: challenge["href"] as? String,
                thumbprint: key.thumbprint)
        }
    }

    /// Says that a challenge is fulfilled ("Responding to Challenges").
    @discardableResult
    package func respond(to challenge: DraftChallenge, file: StaticString = #fileID, line: UInt = #line) throws
        -> Response
    {
        try located(file, line) {
            try post(challenge.url, challenge.response)
        }
    }

    /// Reads a resource until its status is one of `statuses`.
    ///
    /// The server works while it answers, so a bounded number of reads is enough, and nothing sleeps.
    package func poll(
        _ url: String, until statuses: Set<String>, reads: Int = 50_000, file: StaticString = #fileID,
        line: UInt = #line
    ) throws -> Response {
        try located(file, line) {
            for _ in 0..<reads {
                let response = try get(url)
                if statuses.contains(response.state ?? "pending") { return response }
            }
            throw Violation(description: "\(url) never became \(statuses)")
        }
    }

    /// Downloads the chain of an order that is valid ("Downloading the Certificate").
    package func certificate(
        of order: Response, accept: String? = nil, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Response {
        try located(file, line) {
            guard order.state == "valid", let url = order.json["certificate"] as? String else {
                throw Violation(description: "the order has no certificate: \(order.text)")
            }
            return try get(url, accept: accept)
        }
    }

    /// Has a certificate revoked ("Certificate Revocation").
    package func revoke(
        _ certificate: some Sequence<UInt8>, reason: Int? = nil, as signer: Signer = .account,
        signedBy other: AccountKey? = nil, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Response {
        try located(file, line) {
            var payload: [String: Any] = ["certificate": base64URL(certificate)]
            payload["reason"] = reason
            return try post(try endpoint("revoke-cert"), payload, as: signer, signedBy: other)
        }
    }
}
