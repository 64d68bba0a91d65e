import CairnCertificates
package import CairnEngine
package import CairnModel

/// What requests say in the draft.
extension Draft2017 {
    package func name(of member: String) -> String? {
        member == "onlyReturnExisting" ? nil : Vocabulary.draft2017.names[member] ?? member
    }

    package func foreignMembers(of endpoint: ACMEEndpoint) -> [String] {
        switch endpoint {
        case .newAccount: ["termsOfServiceAgreed", "externalAccountBinding", "onlyReturnExisting"]
        case .newOrder: ["identifiers", "profile", "replaces"]
        default: []
        }
    }

    package func newOrder(_ payload: Payload, from exchange: SignedExchange) throws(Refusal) -> NewOrder {
        let csr = SentCSR(
            derEncoded: try payload.octets("csr"), accountURL: exchange.accountURL,
            issuerURLBase: exchange.links.issuers)
        var order = NewOrder(
            csr: csr, notBefore: try payload.instant("notBefore"), notAfter: try payload.instant("notAfter"),
            proof: NewOrder.Proof(
                challengeTypes: settings.challengeTypes, reusesAuthorizations: !settings.scopesAuthorizations,
                isScoped: settings.scopesAuthorizations, takesWildcardsForNames: !settings.scopesAuthorizations))
        order.isPublic = true
        order.csrRules = NewOrder.CSRRules(
            acceptsAddresses: false, acceptsWildcards: settings.acceptsWildcards,
            certifiesCommonName: settings.certifiesCommonName)
        return order
    }

    package func newAuthorization(_ payload: Payload) throws(Refusal) -> NewAuthorization {
        let object = try payload.required("identifier", "an object", \.object)
        let existing: NewAuthorization.Existing =
            switch try payload.string("existing") {
            case "accept": .accept
            case "require": .require
            default: .ignore
            }
        let identifier = try payload.within(object).identifier()
        guard identifier.type == .dns else {
            throw Refusal(
                .unsupportedIdentifier,
                "expected an identifier of type \"dns\", got \(identifier.type.rawValue.quoted) (RFC 8555 §7.1.4)",
                status: 403)
        }
        return NewAuthorization(
            identifier: identifier, existing: existing, challengeTypes: settings.challengeTypes, isPublic: true,
            takesWildcardsForNames: true)
    }

    /// Compares what the client says with what it must, as a rule the key authorization ("Key Authorizations").
    package func checkResponse(
        _ payload: Payload, to challenge: Challenge, signedBy key: PublicKey
    ) throws(Refusal) {
        let token = challenge.token
        let expected = kinds[challenge.type].response(
            to: ShownChallenge(token: token), KeyAuthorization(token: token, key: key))
        let sent = try payload.required(expected.member, "a string", \.string)
        guard sent.isSame(as: expected.value) else {
            throw Refusal(
                expected.otherwise,
                "expected \"\(expected.member)\" to be \"\(expected.value)\"\(expected.words) got \(sent.quoted) "
                    + "(\(expected.section))")
        }
    }

    package func oldKey(
        _ payload: Payload, of account: Account, for newKey: PublicKey
    ) throws(Refusal) -> PublicKey {
        guard try payload.key("newKey") == newKey else {
            throw Refusal(
                .malformed,
                "expected \"newKey\" to be the key that signed the inner JWS, got another (RFC 8555 §7.3.5)")
        }
        return account.key
    }
}
