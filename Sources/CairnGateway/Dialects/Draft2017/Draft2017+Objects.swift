import CairnCertificates
package import CairnEngine
package import CairnModel

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
        object["csr"] = order.csr.map { .string(Base64URL.encode($0.derEncoded)) }
        object["notBefore"] = order.notBefore.map { .string($0.rfc3339) }
        object["notAfter"] = order.notAfter.map { .string($0.rfc3339) }
        object["authorizations"] = .array(order.authorizations.map { .string(links.url(.authorization($0))) })
        if order.state.status == .valid {
            object["certificate"] = order.certificate.map { _ in .string(links.url(.certificate(order.id, chain: 0))) }
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

    package func authorization(_ authorization: Authorization, _ links: Links) -> CairnJSON {
        let known = authorization.challenges.indices.filter { kinds[authorization.challenges[$0].type].isInDraft2017 }
        var object: CairnJSONObject = [
            "identifier": [
                "type": .string(authorization.identifier.type.rawValue),
                "value": .string(authorization.identifier.value),
            ],
            "status": .string(status(of: authorization)), "expires": .string(authorization.expires.rfc3339),
            "challenges": .array(known.map { challenge($0, of: authorization, links) }),
        ]
        if settings.omitsPendingStatus, authorization.state.status == .pending { object["status"] = nil }
        object["scope"] = authorization.scope.map { .string(links.url(.order($0))) }
        if settings.showsCombinations, authorization.state.status == .pending {
            object["combinations"] = .array(known.indices.map { .array([.integer($0)]) })
        }
        return .object(object)
    }

    /// There is no `expired`: what is over is invalid ("Authorization Objects").
    private func status(of authorization: Authorization) -> String {
        let status = authorization.state.status
        return (status == .expired ? .invalid : status).rawValue
    }

    package func challenge(_ index: Int, of authorization: Authorization, _ links: Links) -> CairnJSON {
        let challenge = authorization.challenges[index]
        let status = challenge.state.status
        var object: CairnJSONObject = [
            "type": .string(challenge.type.rawValue),
            "url": .string(links.url(.challenge(authorization.id, index))),
            // There is no `processing` ("Challenge Objects").
            "status": .string((status == .processing ? .pending : status).rawValue),
        ]
        let kind = kinds[challenge.type]
        for member in kind.members(of: ShownChallenge(challenge, links)).members { object[member.name] = member.value }
        if kind.hasToken { object["keyAuthorization"] = challenge.keyAuthorization.map { .string($0.text) } }
        object["validated"] = challenge.validated.map { .string($0.rfc3339) }
        if let error = challenge.error { object["error"] = problem(personality.version(of: error), links) }
        return .object(object)
    }

    package func problem(_ problem: ACMEProblem, _ links: Links) -> CairnJSON {
        RFC8555(personality, kinds).problem(problem, links)
    }
}
