import Foundation

/// The types of errors in the ACME namespace (RFC 8555 §9.7.4 and the documents that extend it).
package enum ErrorTypes {
    package static let namespace = "urn:ietf:params:acme:error:"

    static let registered: Set<String> = [
        "accountDoesNotExist", "alreadyRevoked", "badCSR", "badNonce", "badPublicKey", "badRevocationReason",
        "badSignatureAlgorithm", "caa", "compound", "connection", "dns", "externalAccountRequired",
        "incorrectResponse", "invalidContact", "malformed", "orderNotReady", "rateLimited", "rejectedIdentifier",
        "serverInternal", "tls", "unauthorized", "unsupportedContact", "unsupportedIdentifier", "userActionRequired",
        // RFC 9773 §7.4, and draft-ietf-acme-profiles §6.
        "alreadyReplaced", "invalidProfile",
    ]

    /// What RFC 8555 §6.7 and §6.7.1 forbid in a problem document and in those within it; `nil` if there is nothing.
    package static func fault(
        in problem: [String: Any], isSubproblem: Bool = false, tolerating unregistered: Bool = false
    ) -> String? {
        let type = problem["type"] as? String ?? ""
        if !unregistered, type.hasPrefix(namespace), !registered.contains(String(type.dropFirst(namespace.count))) {
            return "the type \"\(type)\" is not registered (§6.7)"
        }
        if !isSubproblem, problem["identifier"] != nil { return "an identifier at the top of a problem (§6.7.1)" }
        let subproblems = problem["subproblems"] as? [[String: Any]] ?? []
        return subproblems.lazy.compactMap { fault(in: $0, isSubproblem: true, tolerating: unregistered) }.first
    }

    /// The same for the `error` of an order, of a challenge, and of the challenges of an authorization.
    static func fault(inObject object: [String: Any]) -> String? {
        if let error = object["error"] as? [String: Any], let fault = fault(in: error) { return fault }
        let challenges = object["challenges"] as? [[String: Any]] ?? []
        return challenges.lazy.compactMap(fault(inObject:)).first
    }
}
