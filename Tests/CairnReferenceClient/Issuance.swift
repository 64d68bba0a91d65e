package import CairnOpenSSLJudge
import Crypto
import Foundation

/// One name that has to be proved, and what proves it (RFC 8555 §8).
package struct Proof {
    /// The identifier of the authorization: for a wildcard without its `*.`.
    package let name: String
    package let token: String
    package let keyAuthorization: String

    package init(name: String, token: String, keyAuthorization: String) {
        (self.name, self.token, self.keyAuthorization) = (name, token, keyAuthorization)
    }

    /// What a `dns-01` record holds (RFC 8555 §8.4).
    package var digest: String { base64URL(SHA256.hash(data: Data(keyAuthorization.utf8))) }
}

/// A certificate as a client gets it.
package struct Issuance {
    /// The whole chain, as it came.
    package let pem: String
    package let leaf: OpenSSLCertificate
    package let intermediates: [OpenSSLCertificate]

    package init(pem: String) throws {
        self.pem = pem
        let chain = try OpenSSLCertificate.certificates(inPEM: pem)
        guard let leaf = chain.first else { throw ReferenceClient.Violation(description: "no certificate in \(pem)") }
        (self.leaf, intermediates) = (leaf, Array(chain.dropFirst()))
    }

    /// Why OpenSSL refuses the chain, or `nil` if it leads to one of `roots`.
    ///
    /// - Parameters:
    ///   - roots: in PEM.
    ///   - time: in seconds since 1970.
    package func objection(roots: [String], name: PathJudge.Name, at time: Int64) throws -> String? {
        try PathJudge.objection(
            to: leaf, intermediates: intermediates, roots: roots.flatMap(OpenSSLCertificate.certificates(inPEM:)),
            name: name, at: Int(time))
    }
}

extension ReferenceClient {
    /// Goes all the way from the account to the certificate.
    ///
    /// - Parameters:
    ///   - type: the challenge to meet.
    ///   - prove: puts up what the CA will look for.
    package func obtain(
        _ names: [String], by type: String, key: OpenSSLKey.Kind = .curve("P-256"), file: StaticString = #fileID,
        line: UInt = #line, prove: (Proof) throws -> Void
    ) throws -> Issuance {
        try located(file, line) {
            try obtain(names, by: type, with: OpenSSLKey(key), prove: prove)
        }
    }

    /// The same for a key that exists already.
    package func obtain(
        _ names: [String], by type: String, with key: OpenSSLKey, file: StaticString = #fileID, line: UInt = #line,
        prove: (Proof) throws -> Void
    ) throws -> Issuance {
        try located(file, line) {
            if kid == nil { try register() }
            let order = try order(names)
            for authorization in order.authorizations {
                let identifier = try read(authorization).json["identifier"] as? [String: Any]
                let challenge = try challenge(type, of: authorization)
                try prove(
                    Proof(
                        name: identifier?["value"] as? String ?? "", token: challenge.token,
                        keyAuthorization: keyAuthorization(challenge.token)))
                try respond(to: challenge.url)
                let outcome = try poll(authorization, until: ["valid", "invalid"])
                guard outcome.state == "valid" else { throw Violation(description: "not proved: \(outcome.text)") }
            }
            let list = names.map { ($0.contains { $0.isLetter } ? "DNS:" : "IP:") + $0 }.joined(separator: ",")
            try finalize(order, csr: try OpenSSLRequest(key: key, names: list).derEncoded)
            return try Issuance(pem: certificate(of: poll(order.url, until: ["valid", "invalid"])).text)
        }
    }
}
