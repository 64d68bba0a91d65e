import CairnCertificates
package import CairnEngine
package import CairnModel

/// ACME as RFC 8555 has it.
package struct RFC8555: Dialect {
    package let name = "RFC 8555"
    package let word = "rfc8555"
    package let paths: Paths
    package let sharedPersonality: Shared<CairnPersonality>

    let kinds: ChallengeKinds

    package init(
        _ personality: CairnPersonality = .strict, at paths: CairnPaths = .cairn, _ kinds: ChallengeKinds
    ) {
        (sharedPersonality, self.kinds) = (Shared(personality), kinds)
        self.paths = Paths(paths, reading: [.post], isFinalized: true)
    }
}

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
        for (index, entry) in try payload.required("identifiers", .array()).enumerated() {
            guard let object = entry.object else {
                throw Refusal(
                    .malformed,
                    "expected \"identifiers\" to hold objects, got \(entry.kind) at index \(index) (RFC 8555 §7.4)",
                    cause: .member, facts: ["identifiers", entry.kind])
            }
            identifiers.append(try payload.within(object).identifier())
        }
        var order = NewOrder(
            identifiers: identifiers, notBefore: try payload.instant("notBefore"),
            notAfter: try payload.instant("notAfter"), profile: try payload.string("profile"),
            replaces: exchange.hasRenewalInfo ? try payload.certID("replaces") : nil)
        order.accountURL = exchange.accountURL
        return order
    }

    package func newAuthorization(_ payload: Payload) throws(Refusal) -> NewAuthorization {
        let object = try payload.required("identifier", .object)
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

/// How RFC 8555 writes objects down.
extension RFC8555 {
    package func directory(_ links: Links, _ catalogue: Catalogue) -> CairnJSON {
        var meta = CairnJSONObject()
        meta["termsOfService"] = catalogue.termsOfService.map(CairnJSON.string)
        meta["website"] = catalogue.website.map(CairnJSON.string)
        if catalogue.externalAccountRequired || personality.saysWhatIsNotRequired {
            meta["externalAccountRequired"] = .bool(catalogue.externalAccountRequired)
        }
        if !catalogue.caaIdentities.isEmpty {
            meta["caaIdentities"] = .array(catalogue.caaIdentities.map(CairnJSON.string))
        }
        // What a client needs to make the record before it orders anything (draft-ietf-acme-dns-persist-02 §3.2, §4.1).
        if let persist = catalogue.persist {
            meta["issuerDomainNames"] = .array(persist.names(catalogue.caaIdentities).map(CairnJSON.string))
            meta["accountHashPrefix"] = .string(
                persist.accountURIPrefix
                    ?? PersistTerms.hashPrefix(forAccountAt: links.url(.account(Account.ID(bits: 0)))))
        }
        if !catalogue.profiles.isEmpty {
            var profiles = CairnJSONObject()
            for (name, description) in catalogue.profiles { profiles[name] = .string(description) }
            meta["profiles"] = .object(profiles)
        }
        var directory: CairnJSONObject = [
            "newNonce": .string(links.url(.newNonce)),
            "newAccount": .string(links.url(.newAccount)),
            "newOrder": .string(links.url(.newOrder)),
            "revokeCert": .string(links.url(.revokeCert)),
            "keyChange": .string(links.url(.keyChange)),
        ]
        if catalogue.hasRenewalInfo { directory["renewalInfo"] = .string(links.url(.renewalInfo(nil))) }
        if catalogue.offersPreAuthorization { directory["newAuthz"] = .string(links.url(.newAuthz)) }
        if !meta.isEmpty { directory["meta"] = .object(meta) }
        return .object(directory)
    }

    package func account(_ account: Account, _ links: Links) -> CairnJSON {
        var object: CairnJSONObject = ["status": .string(account.state.status.rawValue)]
        if !account.contact.isEmpty { object["contact"] = .array(account.contact.map(CairnJSON.string)) }
        if account.termsOfServiceAgreed, !personality.showsKeys { object["termsOfServiceAgreed"] = true }
        object["externalAccountBinding"] = account.externalAccountBinding
        object["orders"] = .string(links.url(.orders(account.id)))
        if personality.showsKeys { object["key"] = account.key.jwk }
        return .object(object)
    }

    package func order(_ order: Order, _ links: Links) -> CairnJSON {
        var object: CairnJSONObject = [
            "status": .string(order.state.status.rawValue),
            "expires": .string(order.expires.rfc3339),
            "identifiers": .array(order.identifiers.map(\.json)),
            "profile": .string(order.profile.name),
        ]
        object["notBefore"] = order.notBefore.map { .string($0.rfc3339) }
        object["notAfter"] = order.notAfter.map { .string($0.rfc3339) }
        object["replaces"] = order.replaces.map { .string("\($0)") }
        object["error"] = order.error.map { personality.json(of: $0) }
        object["authorizations"] = .array(order.authorizations.map { .string(links.url(.authorization($0))) })
        object["finalize"] = .string(links.url(.finalize(order.id)))
        if order.state.status == .valid {
            object["certificate"] = order.certificate.map { .string(links.url(certificate: $0, of: order.id)) }
        }
        return .object(object)
    }

    package func authorization(
        _ authorization: Authorization, _ links: Links, _ terms: PersistTerms?
    ) -> CairnJSON {
        var object: CairnJSONObject = [
            "identifier": authorization.identifier.json,
            "status": .string(authorization.state.status.rawValue),
            "expires": .string(authorization.expires.rfc3339),
            // Empty where a grant made it valid: no challenge was validated (§7.1.4).
            "challenges": .array(
                authorization.challenges.indices.map { challenge($0, of: authorization, links, terms) }),
        ]
        if authorization.isWildcard { object["wildcard"] = true }
        return .object(object)
    }

    package func challenge(
        _ index: Int, of authorization: Authorization, _ links: Links, _ terms: PersistTerms?
    ) -> CairnJSON {
        let challenge = authorization.challenges[index]
        var object: CairnJSONObject = [
            "type": .string(challenge.type.rawValue),
            "url": .string(links.url(.challenge(authorization.id, index))),
            "status": .string(challenge.state.status.rawValue),
        ]
        for member in kinds[challenge.type].members(of: ShownChallenge(challenge, links, terms)).members {
            object[member.name] = member.value
        }
        object["validated"] = challenge.validated.map { .string($0.rfc3339) }
        object["error"] = challenge.error.map { personality.json(of: $0) }
        return .object(object)
    }
}

extension ShownChallenge {
    init(_ challenge: Challenge, _ links: Links, _ terms: PersistTerms?) {
        self.init(token: challenge.token, page: challenge.page.map { links.url(.outOfBand($0)) }, persist: terms)
    }
}
