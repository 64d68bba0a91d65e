package import ACME
import CertificateAuthority
package import Engine

/// ACME as RFC 8555 has it.
package struct RFC8555: Dialect {
    private let personality: Personality

    package init(_ personality: Personality = .strict) { self.personality = personality }

    package func path(of resource: Resource) -> String {
        switch resource {
        case .directory: "/dir"
        case .newNonce: "/new-nonce"
        case .newAccount: "/new-account"
        case .newOrder: "/new-order"
        case .newAuthz: "/new-authz"
        case .revokeCert: "/revoke-cert"
        case .keyChange: "/key-change"
        case .termsOfService(let version): "/terms/\(PercentEncoding.encode(version))"
        case .agreement(let id): "/terms/agreement/\(id)"
        case .renewalInfo(let id): "/renewal-info" + (id.map { "/\($0)" } ?? "")
        case .rateLimits: "/rate-limits"
        case .unpause(let id): "/unpause/\(id)"
        case .outOfBand(let id): "/out-of-band/\(id)"
        case .issuer(let number): "/issuer/\(number)"
        case .account(let id): "/account/\(id)"
        case .orders(let id): "/account/\(id)/orders"
        case .order(let id): "/order/\(id)"
        case .finalize(let id): "/order/\(id)/finalize"
        case .authorization(let id): "/authorization/\(id)"
        case .challenge(let id, let index): "/challenge/\(id)/\(index)"
        case .certificate(let id, 0): "/certificate/\(id)"
        case .certificate(let id, let chain): "/certificate/\(id)/\(chain)"
        }
    }

    package func route(_ path: Substring) -> Route? {
        guard path.hasPrefix("/") else { return nil }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard let first = parts.first else { return nil }
        guard parts.count > 1 else {
            switch first {
            case "dir": return Route(.directory, [.get, .head, .post])
            case "new-nonce": return Route(.newNonce, [.get, .head, .post])
            case "new-account": return Route(.newAccount, [.post])
            case "new-order": return Route(.newOrder, [.post])
            case "new-authz": return Route(.newAuthz, [.post])
            case "revoke-cert": return Route(.revokeCert, [.post])
            case "key-change": return Route(.keyChange, [.post])
            case "renewal-info": return Route(.renewalInfo(nil), [.get, .head])
            case "rate-limits": return Route(.rateLimits, [.get, .head])
            default: return nil
            }
        }
        if first == "terms" { return terms(parts[2], parts.count > 2 ? parts[3] : nil, parts.count) }
        if first == "issuer", parts.count == 2 {
            return number(parts[2]).map { Route(.issuer($0), [.get, .head]) }
        }
        if first == "renewal-info", parts.count == 2 { return Route(.renewalInfo(String(parts[2])), [.get, .head]) }
        if first == "unpause", parts.count == 2 {
            return Pause.ID(parts[2]).map { Route(.unpause($0), [.get, .head, .post]) }
        }
        if first == "out-of-band", parts.count == 2 {
            return OutOfBandPage.ID(parts[2]).map { Route(.outOfBand($0), [.get, .head, .post]) }
        }
        return resource(first, parts[2], parts.count > 2 ? parts[3] : nil, parts.count).map { Route($0, [.post]) }
    }

    private func terms(_ first: Substring, _ account: Substring?, _ count: Int) -> Route? {
        switch (first, account, count) {
        case (_, nil, 2): Route(.termsOfService(PercentEncoding.decode(first)), [.get, .head])
        case ("agreement", let id?, 3): Account.ID(id).map { Route(.agreement($0), [.get, .head, .post]) }
        default: nil
        }
    }

    private func resource(_ kind: Substring, _ id: Substring, _ rest: Substring?, _ count: Int) -> Resource? {
        switch (kind, rest, count) {
        case ("account", nil, 2): Account.ID(id).map(Resource.account)
        case ("account", "orders", 3): Account.ID(id).map(Resource.orders)
        case ("order", nil, 2): Order.ID(id).map(Resource.order)
        case ("order", "finalize", 3): Order.ID(id).map(Resource.finalize)
        case ("authorization", nil, 2): Authorization.ID(id).map(Resource.authorization)
        case ("challenge", let index?, 3):
            if let id = Authorization.ID(id), let number = number(index) { .challenge(id, number) } else { nil }
        case ("certificate", nil, 2): certificate(id).map { .certificate($0, chain: 0) }
        case ("certificate", let chain?, 3):
            // The default chain has the shorter URL alone.
            if let id = certificate(id), let number = number(chain), number > 0 {
                .certificate(id, chain: number)
            } else {
                nil
            }
        default: nil
        }
    }

    /// Only as it is written in the order: not with more zeros in front.
    private func certificate(_ text: Substring) -> Certificate.ID? {
        Certificate.ID(hexadecimal: text).flatMap { $0.hexadecimal == text ? $0 : nil }
    }

    /// A number as this server writes it.
    private func number(_ text: Substring) -> Int? {
        Int(text).flatMap { "\($0)" == text ? $0 : nil }
    }
}

// MARK: Objects

extension RFC8555 {
    package func directory(_ links: Links, _ catalogue: Catalogue) -> JSON {
        var meta = JSONObject()
        meta["termsOfService"] = catalogue.termsOfService.map(JSON.string)
        if catalogue.externalAccountRequired { meta["externalAccountRequired"] = true }
        if !catalogue.caaIdentities.isEmpty {
            meta["caaIdentities"] = .array(catalogue.caaIdentities.map(JSON.string))
        }
        if !catalogue.profiles.isEmpty {
            var profiles = JSONObject()
            for (name, description) in catalogue.profiles { profiles[name] = .string(description) }
            meta["profiles"] = .object(profiles)
        }
        var directory: JSONObject = [
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

    package func account(_ account: Account, _ links: Links) -> JSON {
        var object: JSONObject = ["status": .string(account.state.status.rawValue)]
        if !account.contact.isEmpty { object["contact"] = .array(account.contact.map(JSON.string)) }
        if account.termsOfServiceAgreed { object["termsOfServiceAgreed"] = true }
        object["externalAccountBinding"] = account.externalAccountBinding
        object["orders"] = .string(links.url(.orders(account.id)))
        return .object(object)
    }

    package func order(_ order: Order, _ links: Links) -> JSON {
        var object: JSONObject = [
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
            object["certificate"] = order.certificate.map { .string(links.url(.certificate($0, chain: 0))) }
        }
        return .object(object)
    }

    package func authorization(_ authorization: Authorization, _ links: Links) -> JSON {
        var object: JSONObject = [
            "identifier": identifier(authorization.identifier),
            "status": .string(authorization.state.status.rawValue),
            "expires": .string(authorization.expires.rfc3339),
            // Empty where a grant made it valid: no challenge was validated (§7.1.4).
            "challenges": .array(authorization.challenges.indices.map { challenge($0, of: authorization, links) }),
        ]
        if authorization.isWildcard { object["wildcard"] = true }
        return .object(object)
    }

    package func challenge(_ index: Int, of authorization: Authorization, _ links: Links) -> JSON {
        let challenge = authorization.challenges[index]
        var object: JSONObject = [
            "type": .string(challenge.type.rawValue),
            "url": .string(links.url(.challenge(authorization.id, index))),
            "status": .string(challenge.state.status.rawValue),
        ]
        if let page = challenge.page {
            // Not of this RFC: "Out-of-Band" of the ACME draft of March 2017, where such a challenge has no token.
            object["href"] = .string(links.url(.outOfBand(page)))
        } else {
            object["token"] = .string(challenge.token)
        }
        object["validated"] = challenge.validated.map { .string($0.rfc3339) }
        object["error"] = challenge.error.map { problem(personality.version(of: $0), links) }
        return .object(object)
    }

    package func renewalInfo(_ info: RenewalInfo) -> JSON {
        var object: JSONObject = [
            "suggestedWindow": ["start": .string(info.start.rfc3339), "end": .string(info.end.rfc3339)]
        ]
        object["explanationURL"] = info.explanationURL.map(JSON.string)
        return .object(object)
    }

    package func problem(_ problem: Problem, _ links: Links) -> JSON {
        var object: JSONObject = [
            "type": .string(problem.type.rawValue),
            "detail": .string(problem.detail),
            "status": .integer(problem.status),
        ]
        object["instance"] = problem.instance.map(JSON.string)
        object["algorithms"] = problem.algorithms.map { .array($0.map(JSON.string)) }
        if !problem.subproblems.isEmpty {
            object["subproblems"] = .array(problem.subproblems.map { subproblem($0) })
        }
        for name in personality.omittedMembers { object[name] = nil }
        return .object(object)
    }

    private func subproblem(_ problem: Problem) -> JSON {
        var object: JSONObject = ["type": .string(problem.type.rawValue), "detail": .string(problem.detail)]
        object["identifier"] = problem.identifier.map(identifier)
        return .object(object)
    }

    private func identifier(_ identifier: Identifier) -> JSON {
        ["type": .string(identifier.type.rawValue), "value": .string(identifier.value)]
    }
}
