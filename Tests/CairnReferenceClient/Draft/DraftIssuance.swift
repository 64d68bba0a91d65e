package import CairnOpenSSLJudge

extension DraftClient {
    /// Goes all the way from the account to the certificate.
    ///
    /// - Parameters:
    ///   - type: the challenge to meet.
    ///   - prove: puts up what the CA will look for.
    package func obtain(
        _ names: [String], by type: String, with key: OpenSSLKey? = nil, file: StaticString = #fileID,
        line: UInt = #line, prove: (DraftChallenge) throws -> Void
    ) throws -> Issuance {
        try located(file, line) {
            if kid == nil { try register() }
            let list = names.map { "DNS:\($0)" }.joined(separator: ",")
            let request = OpenSSLRequest(key: try key ?? OpenSSLKey(.curve("P-256")), names: list)
            let order = try order(csr: request.derEncoded)
            for authorization in order.authorizations {
                let challenge = try challenge(type, of: authorization)
                try prove(challenge)
                try respond(to: challenge)
                let outcome = try poll(authorization, until: ["valid", "invalid"])
                guard outcome.state == "valid" else { throw Violation(description: "not proved: \(outcome.text)") }
            }
            let issuance = try Issuance(pem: certificate(of: poll(order.url, until: ["valid", "invalid"])).text)
            guard !issuance.intermediates.contains(where: \.isSelfSigned) else {
                throw Violation(description: "a trust anchor in the chain (\"Downloading the Certificate\")")
            }
            return issuance
        }
    }
}
