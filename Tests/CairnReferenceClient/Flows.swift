import Foundation

/// The steps of an issuance, each checked as it is taken.
extension ReferenceClient {
    /// Creates or finds the account of the key (RFC 8555 §7.3).
    @discardableResult
    package func register(
        _ members: [String: Any] = ["termsOfServiceAgreed": true], file: StaticString = #fileID, line: UInt = #line
    ) throws -> Response {
        try located(file, line) {
            let response = try post(try endpoint("newAccount"), members, as: .key)
            if response.status < 400 {
                guard let location = response["Location"] else { throw Violation(description: "no Location (§7.3)") }
                kid = location
            }
            return response
        }
    }

    /// Creates an order; the names that are addresses become `ip` identifiers (RFC 8555 §7.4, RFC 8738).
    package func order(
        _ names: [String], _ members: [String: Any] = [:], file: StaticString = #fileID, line: UInt = #line
    ) throws -> Placed {
        try located(file, line) {
            let identifiers = names.map { name in
                [
                    "type": name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." } ? "ip" : "dns",
                    "value": name,
                ]
            }
            let response = try post(
                try endpoint("newOrder"), members.merging(["identifiers": identifiers]) { $1 })
            guard response.status == 201, let url = response["Location"] else {
                throw Violation(description: "newOrder gave \(response.status) \(response.text)")
            }
            return Placed(url: url, response: response)
        }
    }

    /// An order that was placed.
    package struct Placed {
        package let url: String
        package let response: Response

        package var authorizations: [String] { response.json["authorizations"] as? [String] ?? [] }
        package var finalize: String { response.json["finalize"] as? String ?? "" }
    }

    /// The challenge of a type of an authorization: its URL and token, which `oob-01` and `dns-persist-01` have not.
    package func challenge(_ type: String, of authorization: String, file: StaticString = #fileID, line: UInt = #line)
        throws -> (url: String, token: String)
    {
        try located(file, line) {
            let challenges = try read(authorization).json["challenges"] as? [[String: Any]] ?? []
            guard let challenge = challenges.first(where: { $0["type"] as? String == type }),
                let url = challenge["url"] as? String,
                let token = challenge["token"] as? String ?? (["oob-01", "dns-persist-01"].contains(type) ? "" : nil)
            else { throw Violation(description: "no \(type) challenge in \(challenges)") }
            return (url, token)
        }
    }

    package func keyAuthorization(_ token: String) -> String { "\(token).\(key.thumbprint)" }

    /// Says that a challenge is fulfilled (RFC 8555 §7.5.1).
    @discardableResult
    package func respond(to challenge: String, file: StaticString = #fileID, line: UInt = #line) throws -> Response {
        try located(file, line) {
            try post(challenge, [:])
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
                let response = try read(url)
                if let state = response.state, statuses.contains(state) { return response }
            }
            throw Violation(description: "\(url) never became \(statuses)")
        }
    }

    /// Sends a CSR (RFC 8555 §7.4).
    @discardableResult
    package func finalize(_ order: Placed, csr: some Sequence<UInt8>, file: StaticString = #fileID, line: UInt = #line)
        throws -> Response
    {
        try located(file, line) {
            try post(order.finalize, ["csr": base64URL(csr)])
        }
    }

    /// Downloads the chain of an order that is valid (RFC 8555 §7.4.2).
    package func certificate(of order: Response, file: StaticString = #fileID, line: UInt = #line) throws -> Response {
        try located(file, line) {
            guard order.state == "valid", let url = order.json["certificate"] as? String else {
                throw Violation(description: "the order has no certificate: \(order.text)")
            }
            let response = try read(url)
            guard isType("application/pem-certificate-chain", response) else {
                throw Violation(description: "the certificate came as \(response.values("Content-Type")) (§7.4.2)")
            }
            return response
        }
    }

    /// The inner JWS of a key change, signed by the new key (RFC 8555 §7.3.5).
    package func keyChange(
        to new: AccountKey, file: StaticString = #fileID, line: UInt = #line,
        misbehave: (inout Message) -> Void = { _ in }
    ) throws -> [String: Any] {
        try located(file, line) {
            let payload: [String: Any] = ["account": kid ?? "", "oldKey": key.jwk]
            var message = Message(
                header: ["alg": new.algorithm, "jwk": new.jwk, "url": try endpoint("keyChange")],
                payload: try JSONSerialization.data(withJSONObject: payload))
            misbehave(&message)
            return try JSONSerialization.jsonObject(with: try message.encoded(by: new)) as? [String: Any] ?? [:]
        }
    }

    /// Gives the account a new key; the client itself goes on with the old one (RFC 8555 §7.3.5).
    @discardableResult
    package func changeKey(
        to new: AccountKey, file: StaticString = #fileID, line: UInt = #line,
        misbehave: (inout Message) -> Void = { _ in }
    ) throws -> Response {
        try located(file, line) {
            try post(try endpoint("keyChange"), try keyChange(to: new, misbehave: misbehave))
        }
    }
}
