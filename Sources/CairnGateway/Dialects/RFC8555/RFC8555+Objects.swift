import CairnCertificates
package import CairnEngine
package import CairnModel

/// How RFC 8555 writes objects down.
extension RFC8555 {
    package func directory(_ links: Links, _ catalogue: Catalogue) -> CairnJSON {
        var meta = CairnJSONObject()
        meta["termsOfService"] = catalogue.termsOfService.map(CairnJSON.string)
        meta["website"] = catalogue.website.map(CairnJSON.string)
        if catalogue.externalAccountRequired { meta["externalAccountRequired"] = true }
        if !catalogue.caaIdentities.isEmpty {
            meta["caaIdentities"] = .array(catalogue.caaIdentities.map(CairnJSON.string))
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
        if account.termsOfServiceAgreed { object["termsOfServiceAgreed"] = true }
        object["externalAccountBinding"] = account.externalAccountBinding
        object["orders"] = .string(links.url(.orders(account.id)))
        return .object(object)
    }

    package func order(_ order: Order, _ links: Links) -> CairnJSON {
        var object: CairnJSONObject = [
            "status": .string(order.state.status.rawValue),
            "expires": .string(order.expires.rfc3339),
            "identifiers": .array(order.identifiers.map(identifier)),
            "profile": .string(order.profile.name),
        ]
        object["notBefore"] = order.notBefore.map { .string($0.rfc3339) }
        object["notAfter"] = order.notAfter.map { .string($0.rfc3339) }
        object["replaces"] = order.replaces.map { .string("\($0)") }
        object["error"] = order.error.map { problem(personality.version(of: $0), links) }
        object["authorizations"] = .array(order.authorizations.map { .string(links.url(.authorization($0))) })
        object["finalize"] = .string(links.url(.finalize(order.id)))
        if order.state.status == .valid {
            object["certificate"] = order.certificate.map { _ in .string(links.url(.certificate(order.id, chain: 0))) }
        }
        return .object(object)
    }

    package func authorization(_ authorization: Authorization, _ links: Links) -> CairnJSON {
        var object: CairnJSONObject = [
            "identifier": identifier(authorization.identifier),
            "status": .string(authorization.state.status.rawValue),
            "expires": .string(authorization.expires.rfc3339),
            // Empty where a grant made it valid: no challenge was validated (§7.1.4).
            "challenges": .array(authorization.challenges.indices.map { challenge($0, of: authorization, links) }),
        ]
        if authorization.isWildcard { object["wildcard"] = true }
        return .object(object)
    }

    package func challenge(_ index: Int, of authorization: Authorization, _ links: Links) -> CairnJSON {
        let challenge = authorization.challenges[index]
        var object: CairnJSONObject = [
            "type": .string(challenge.type.rawValue),
            "url": .string(links.url(.challenge(authorization.id, index))),
            "status": .string(challenge.state.status.rawValue),
        ]
        for member in kinds[challenge.type].members(of: ShownChallenge(challenge, links)).members {
            object[member.name] = member.value
        }
        object["validated"] = challenge.validated.map { .string($0.rfc3339) }
        object["error"] = challenge.error.map { problem(personality.version(of: $0), links) }
        return .object(object)
    }

    package func problem(_ problem: ACMEProblem, _ links: Links) -> CairnJSON {
        var object: CairnJSONObject = [
            "type": .string(problem.type.rawValue),
            "detail": .string(problem.detail),
            "status": .integer(problem.status),
        ]
        object["instance"] = problem.instance.map(CairnJSON.string)
        object["algorithms"] = problem.algorithms.map { .array($0.map(CairnJSON.string)) }
        if !problem.subproblems.isEmpty {
            object["subproblems"] = .array(problem.subproblems.map { subproblem($0) })
        }
        for name in personality.omittedMembers { object[name] = nil }
        return .object(object)
    }

    private func subproblem(_ problem: ACMEProblem) -> CairnJSON {
        var object: CairnJSONObject = ["type": .string(problem.type.rawValue), "detail": .string(problem.detail)]
        // No name is as long; what is would come back whole once for each of a hundred.
        object["identifier"] = problem.identifier.flatMap { sent in
            sent.value.utf8.count + sent.type.rawValue.utf8.count <= 1_000 ? identifier(sent) : nil
        }
        return .object(object)
    }

    private func identifier(_ identifier: ACMEIdentifier) -> CairnJSON {
        ["type": .string(identifier.type.rawValue), "value": .string(identifier.value)]
    }
}

extension ShownChallenge {
    init(_ challenge: Challenge, _ links: Links) {
        self.init(token: challenge.token, page: challenge.page.map { links.url(.outOfBand($0)) })
    }
}
