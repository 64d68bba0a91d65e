package import CairnEngine
package import CairnModel

/// What requests say in RFC 8555.
extension RFC8555 {
    package func name(of member: String) -> String? { member }

    package func foreignMembers(of endpoint: ACMEEndpoint) -> [String] {
        switch endpoint {
        case .newAccount: ["terms-of-service-agreed", "external-account-binding"]
        case .newOrder: ["csr"]
        // Clients of early RFC 8555 servers sent it, too.
        case .challenge: ["keyAuthorization"]
        default: []
        }
    }

    package func newOrder(_ payload: Payload, from exchange: SignedExchange) throws(Refusal) -> NewOrder {
        var identifiers: [ACMEIdentifier] = []
        for (index, entry) in try payload.required("identifiers", "an array", \.array).enumerated() {
            guard let object = entry.object else {
                throw Refusal(
                    .malformed,
                    "expected \"identifiers\" to hold objects, got \(entry.kind) at index \(index) (RFC 8555 §7.4)")
            }
            identifiers.append(try payload.within(object).identifier())
        }
        return NewOrder(
            identifiers: identifiers, notBefore: try payload.instant("notBefore"),
            notAfter: try payload.instant("notAfter"), profile: try payload.string("profile"),
            replaces: exchange.hasRenewalInfo ? try payload.certID("replaces") : nil)
    }

    package func newAuthorization(_ payload: Payload) throws(Refusal) -> NewAuthorization {
        let object = try payload.required("identifier", "an object", \.object)
        return NewAuthorization(identifier: try payload.within(object).identifier(), existing: .ignore)
    }

    /// Every object will do, since unknown members are ignored (RFC 8555 §7.5.1).
    package func checkResponse(_ payload: Payload, to challenge: Challenge, signedBy key: PublicKey) {}

    package func oldKey(
        _ payload: Payload, of account: Account, for newKey: PublicKey
    ) throws(Refusal) -> PublicKey {
        try payload.key("oldKey")
    }
}
