import CairnCertificates
package import CairnEngine
package import CairnModel
package import HTTPTypes

/// ACME as of 1 March 2017, between the drafts -05 and -06 of draft-ietf-acme-acme.
package struct Draft2017: Dialect {
    package let name = "the draft of March 2017"
    package let word = "draft2017"
    package let paths: Paths
    package let sharedPersonality: Shared<CairnPersonality>
    let settings: CairnDraftSettings
    let kinds: ChallengeKinds
    /// How problems cite it.
    static let document = "ACME draft of March 2017"

    package init(_ settings: CairnDraftSettings = CairnDraftSettings(), _ kinds: ChallengeKinds) {
        (self.settings, self.kinds) = (settings, kinds)
        paths = Paths(
            prefix: "/draft", reading: settings.policy.acceptsPostAsGet ? [.get, .head, .post] : [.get, .head],
            isFinalized: false)
        sharedPersonality = Shared(.draft2017(settings.answers))
    }

    // MARK: Manners

    package var nonceStatus: HTTPResponse.Status { .noContent }
    package var validatingStatus: HTTPResponse.Status { .accepted }
    package var existingAccountField: HTTPField.Name { .contentLocation }
    package var showsExistingAccount: Bool { settings.answers.showsExistingAccount }
    package var showsExistingAuthorization: Bool { settings.answers.showsExistingAuthorization }
    package var demandsMediaType: Bool { false }
    package var readsByPostAsGet: Bool { settings.policy.acceptsPostAsGet }
    package var serialization: JWSSerialization { .anyJSON }
    package var ignoresInnerNonce: Bool { true }
    package var chainsLinkUp: Bool { true }
    package var limitRelation: String { "urn:ietf:params:acme:documentation" }
    package var printsPageLinks: Bool { settings.answers.printsPageLinks }
    package var defaultRevocationReason: Int? { 0 }

    package func isSignedByKey(_ endpoint: ACMEEndpoint) -> Bool {
        settings.policy.acceptsKeys && (endpoint == .newAuthz || endpoint == .keyChange)
    }
}

extension CairnPersonality {
    /// The draft's 17 error types: what later versions added becomes the nearest of them ("Errors").
    fileprivate static func draft2017(_ answers: CairnDraftSettings.Answers) -> CairnPersonality {
        var draft = CairnPersonality("draft2017")
        draft.changes = [
            .cause(.inactiveAccount, answers.deactivatedStatus, .unauthorized),
            .type(.accountDoesNotExist, 403, .unauthorized),
            .type(.alreadyReplaced, 409, .malformed),
            .type(.alreadyRevoked, 403, .unauthorized),
            .type(.badPublicKey, 400, .malformed),
            .type(.compound, 400, .rejectedIdentifier),
            .type(.dns, 400, .unknownHost),
            .type(.externalAccountRequired, 403, .unauthorized),
            .type(.incorrectResponse, 403, .unauthorized),
            .type(.invalidProfile, 400, .malformed),
            .type(.orderNotReady, 403, .unauthorized),
            .type(.unsupportedContact, 400, .invalidContact),
        ]
        draft.registeredTypes = [
            .badCSR, .badNonce, .badRevocationReason, .badSignatureAlgorithm, .caa, .connection, .dnssec,
            .invalidContact, .malformed, .rateLimited, .rejectedIdentifier, .serverInternal, .tls, .unauthorized,
            .unknownHost, .unsupportedIdentifier, .userActionRequired,
        ]
        draft.omittedMembers = ["subproblems"]
        draft.vocabulary = .draft2017
        draft.certificateTypes = [MediaType.pemFile, MediaType.certificate]
        return draft
    }
}

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
            issuerURL: exchange.links.urlForRelyingParties(.issuer(0)), places: exchange.links.places)
        var order = NewOrder(
            csr: csr, notBefore: try payload.instant("notBefore"), notAfter: try payload.instant("notAfter"),
            proof: NewOrder.Proof(
                challengeTypes: settings.policy.challengeTypes,
                reusesAuthorizations: !settings.policy.scopesAuthorizations,
                isScoped: settings.policy.scopesAuthorizations,
                takesWildcardsForNames: !settings.policy.scopesAuthorizations))
        order.isPublic = true
        order.csrRules = NewOrder.CSRRules(
            acceptsAddresses: false, acceptsWildcards: settings.policy.acceptsWildcards,
            certifiesCommonName: settings.policy.certifiesCommonName)
        return order
    }

    package func newAuthorization(_ payload: Payload) throws(Refusal) -> NewAuthorization {
        let object = try payload.required("identifier", .object)
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
                cause: .preAuthorization)
        }
        return NewAuthorization(
            identifier: identifier, existing: existing, challengeTypes: settings.policy.challengeTypes, isPublic: true,
            takesWildcardsForNames: true)
    }

    /// Compares what the client says with what it must, as a rule the key authorization ("Key Authorizations").
    package func checkResponse(
        _ payload: Payload, to challenge: Challenge, signedBy key: PublicKey
    ) throws(Refusal) {
        let token = challenge.token
        let expected = kinds[challenge.type].response(
            to: ShownChallenge(token: token), KeyAuthorization(token: token, key: key))
        let sent = try payload.required(expected.member, .string)
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

/// How the draft writes objects down.
extension Draft2017 {
    package func directory(_ links: Links, _ catalogue: Catalogue) -> CairnJSON {
        var meta = CairnJSONObject()
        meta["terms-of-service"] = catalogue.termsOfService.map(CairnJSON.string)
        meta["website"] = catalogue.website.map(CairnJSON.string)
        if !catalogue.caaIdentities.isEmpty {
            meta["caa-identities"] = .array(catalogue.caaIdentities.map { .string($0.lowercased()) })
        }
        var directory: CairnJSONObject = [
            "new-nonce": .string(links.url(.newNonce)),
            "new-account": .string(links.url(.newAccount)),
            "new-order": .string(links.url(.newOrder)),
            "revoke-cert": .string(links.url(.revokeCert)),
            "key-change": .string(links.url(.keyChange)),
        ]
        if catalogue.offersPreAuthorization { directory["new-authz"] = .string(links.url(.newAuthz)) }
        if !meta.isEmpty { directory["meta"] = .object(meta) }
        return .object(directory)
    }

    package func account(_ account: Account, _ links: Links) -> CairnJSON {
        var object: CairnJSONObject = ["key": account.key.jwk, "status": .string(account.state.status.rawValue)]
        if !account.contact.isEmpty { object["contact"] = .array(account.contact.map(CairnJSON.string)) }
        if account.termsOfServiceAgreed { object["terms-of-service-agreed"] = true }
        object["external-account-binding"] = account.externalAccountBinding
        object["orders"] = .string(links.url(.orders(account.id)))
        return .object(object)
    }

    package func order(_ order: Order, _ links: Links) -> CairnJSON {
        var object: CairnJSONObject = [
            "status": .string(status(of: order)), "expires": .string(order.expires.rfc3339),
        ]
        object["csr"] = order.csr.map { .string(Base64URL.encode($0)) }
        object["notBefore"] = order.notBefore.map { .string($0.rfc3339) }
        object["notAfter"] = order.notAfter.map { .string($0.rfc3339) }
        object["authorizations"] = .array(order.authorizations.map { .string(links.url(.authorization($0))) })
        if order.state.status == .valid {
            object["certificate"] = order.certificate.map { .string(links.url(certificate: $0, of: order.id)) }
        }
        return .object(object)
    }

    /// There is no `ready`: with a CSR the certificate is on its way, without one nothing has been asked for.
    private func status(of order: Order) -> String {
        switch order.state.status {
        case .ready: order.csr == nil ? "pending" : "processing"
        case .pending, .processing, .valid, .invalid: order.state.status.rawValue
        }
    }

    package func authorization(
        _ authorization: Authorization, _ links: Links, _ terms: PersistTerms?
    ) -> CairnJSON {
        let known = authorization.challenges.indices.filter { kinds[authorization.challenges[$0].type].isInDraft2017 }
        var object: CairnJSONObject = [
            "identifier": authorization.identifier.json,
            "status": .string(status(of: authorization)), "expires": .string(authorization.expires.rfc3339),
            "challenges": .array(known.map { challenge($0, of: authorization, links, terms) }),
        ]
        if settings.answers.omitsPendingStatus, authorization.state.status == .pending { object["status"] = nil }
        object["scope"] = authorization.scope.map { .string(links.url(.order($0))) }
        if settings.answers.showsCombinations, authorization.state.status == .pending {
            object["combinations"] = .array(known.indices.map { .array([.integer($0)]) })
        }
        return .object(object)
    }

    /// There is no `expired`: what is over is invalid ("Authorization Objects").
    private func status(of authorization: Authorization) -> String {
        let status = authorization.state.status
        return (status == .expired ? .invalid : status).rawValue
    }

    package func challenge(
        _ index: Int, of authorization: Authorization, _ links: Links, _ terms: PersistTerms?
    ) -> CairnJSON {
        let challenge = authorization.challenges[index]
        let status = challenge.state.status
        var object: CairnJSONObject = [
            "type": .string(challenge.type.rawValue),
            "url": .string(links.url(.challenge(authorization.id, index))),
            // There is no `processing` ("Challenge Objects").
            "status": .string((status == .processing ? .pending : status).rawValue),
        ]
        let kind = kinds[challenge.type]
        for member in kind.members(of: ShownChallenge(challenge, links, terms)).members {
            object[member.name] = member.value
        }
        if kind.hasToken { object["keyAuthorization"] = challenge.keyAuthorization.map { .string($0.text) } }
        object["validated"] = challenge.validated.map { .string($0.rfc3339) }
        if let error = challenge.error { object["error"] = personality.json(of: error) }
        return .object(object)
    }
}
