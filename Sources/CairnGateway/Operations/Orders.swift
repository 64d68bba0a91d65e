import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Creates an order (RFC 8555 §7.4).
    func newOrder(_ exchange: Exchange) throws(Refusal) -> Operation {
        let account = try exchange.requireSigner().id
        let payload = try exchange.requireMembers()
        noteForeignMembers(of: payload, in: exchange)
        let request = try exchange.dialect.newOrder(
            payload,
            from: SignedExchange(
                links: exchange.links, accountURL: exchange.url(of: account),
                hasRenewalInfo: exchange.sharedPolicy.offersRenewalInfo))
        return .newOrder(request, by: account)
    }

    /// Takes the CSR of an order and issues its certificate (RFC 8555 §7.4).
    func finalize(_ id: Order.ID, _ exchange: Exchange) throws(Refusal) -> Operation {
        let account = try exchange.requireSigner().id
        let csr = SentCSR(
            derEncoded: try exchange.requireMembers().octets("csr"), accountURL: exchange.url(of: account),
            issuerURL: exchange.links.urlForRelyingParties(.issuer(0)), places: exchange.links.places)
        return .finalize(id, csr, by: account)
    }

    /// An order object, with its URL in `Location`, which naive clients want on every answer and no RFC forbids.
    func write(_ order: Order, _ status: HTTPResponse.Status, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            status, .json(exchange.dialect.order(order, exchange.links)),
            fields: [.location: exchange.links.url(.order(order.id))])
        answer.shown = (.order, order.id.description, nil)
        if order.state.status == .processing { answer.retryAfter = configuration.wire.retryAfter }
        return answer
    }
}

extension Gateway {
    // MARK: What requests say

    /// Asks for an authorization before any order (RFC 8555 §7.4.1).
    func newAuthorization(_ exchange: Exchange) throws(Refusal) -> Operation {
        let account = try exchange.requireSigner().id
        return .newAuthorization(
            try exchange.dialect.newAuthorization(try exchange.requireMembers()), by: account)
    }

    /// Reads or deactivates an authorization (RFC 8555 §7.5, §7.5.2).
    func authorization(_ id: Authorization.ID, _ exchange: Exchange) throws(Refusal) -> Operation {
        guard let payload = exchange.members else { return .readAuthorization(id, by: exchange.account?.value.id) }
        let status = try payload.required("status", .string)
        guard status.isSame(as: AuthorizationState.Status.deactivated.rawValue) else {
            throw Refusal(
                .malformed, "expected \"status\" to be \"deactivated\", got \(status.quoted) (RFC 8555 §7.5.2)",
                cause: .authorizationUpdate, facts: [status])
        }
        return .deactivate(id, by: try exchange.requireSigner().id)
    }

    /// Reads a challenge, or responds to it (RFC 8555 §7.5.1).
    func challenge(_ id: Authorization.ID, _ index: Int, _ exchange: Exchange) throws(Refusal) -> Operation {
        guard let payload = exchange.members else { return .readChallenge(id, index, by: exchange.account?.value.id) }
        noteForeignMembers(of: payload, in: exchange)
        try checkResponse(payload, exchange)
        return .respond(id, index, payload, by: try exchange.requireSigner().id)
    }

    /// Refuses what a response to a challenge may have by RFC 8555, and not by every server.
    private func checkResponse(_ payload: Payload, _ exchange: Exchange) throws(Refusal) {
        if exchange.sharedPolicy.refusesEarlierForms, exchange.payload != Array("{}".utf8) {
            throw Refusal(
                .malformed,
                "expected the response to a challenge to be \"{}\", got \(exchange.payload.count) bytes "
                    + "(RFC 8555 §7.5.1)", cause: .filledResponse)
        }
        if exchange.personality.demands.contains(.noKeyAuthorization),
            payload.object["keyAuthorization"] != nil
        {
            throw Refusal(
                .malformed,
                "expected the response to a challenge to have no \"keyAuthorization\", as it had before RFC 8555, got one "
                    + "(RFC 8555 §7.5.1)", cause: .keyAuthorizationMember)
        }
    }

    // MARK: What is done

    /// Creates an authorization, or finds one that is valid already.
    func perform(
        _ request: NewAuthorization, by account: Account.ID, accountURL: String, at now: CairnInstant
    ) throws(Refusal) -> OperationResult {
        if request.existing != .ignore {
            let existing = try engine.validAuthorization(
                for: request.identifier, of: account, takesWildcardsForNames: request.takesWildcardsForNames,
                publishes: request.isPublic, at: now)
            if let existing { return .existingAuthorization(existing) }
        }
        guard request.existing != .require else {
            throw Refusal(
                .malformed,
                "there is no valid authorization for \(request.identifier.value.quoted), and no other was wanted",
                cause: .unknownObject)
        }
        return .newAuthorization(
            try engine.newAuthorization(
                for: request.identifier, by: account, challengeTypes: request.challengeTypes,
                isPublic: request.isPublic, accountURL: accountURL, at: now))
    }

    /// Takes the response to a challenge and has it validated.
    func respond(
        _ id: Authorization.ID, _ index: Int, _ response: Payload, by account: Account.ID, _ exchange: inout Exchange
    ) throws(Refusal) -> Authorization {
        let dialect = exchange.dialect
        let (authorization, job) = try engine.respond(
            to: index, of: id, by: account, accountURL: exchange.url(of: account), at: exchange.now
        ) { (challenge, key) throws(Refusal) in
            try dialect.checkResponse(response, to: challenge, signedBy: key)
        }
        if let job { exchange.jobs.append(job) }
        return authorization
    }

    // MARK: What answers say

    func write(_ authorization: Authorization, _ exchange: Exchange) -> Answer {
        var answer = Answer(.ok, .json(body(of: shown(authorization, exchange), exchange)))
        answer.shown = (.authorization, authorization.id.description, nil)
        if authorization.state.status == .pending,
            authorization.challenges.contains(where: { $0.state.status == .processing })
        {
            if exchange.request.head.method != .post { answer.status = exchange.dialect.validatingStatus }
            answer.retryAfter = wait(until: authorization.nextQuery, exchange)
        }
        return answer
    }

    func write(new authorization: Authorization, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            .created, .json(body(of: authorization, exchange)),
            fields: [.location: exchange.links.url(.authorization(authorization.id))])
        answer.shown = (.authorization, authorization.id.description, authorization.state.status.rawValue)
        return answer
    }

    /// Leads to an authorization that is there.
    func write(existing authorization: Authorization, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            .seeOther, fields: [.location: exchange.links.url(.authorization(authorization.id))])
        answer.shown = (.authorization, authorization.id.description, authorization.state.status.rawValue)
        if exchange.dialect.showsExistingAuthorization {
            answer.body = .json(body(of: authorization, exchange))
        }
        return answer
    }

    /// A challenge of an authorization.
    func write(_ index: Int, of authorization: Authorization, _ exchange: Exchange) -> Answer {
        let body = exchange.dialect.challenge(
            index, of: shown(authorization, exchange), exchange.links, terms(of: authorization, exchange))
        var answer = Answer(.ok, .json(body))
        answer.fields[.location] = exchange.links.url(.challenge(authorization.id, index))
        if !exchange.personality.linksUpFromResponsesAlone || exchange.members != nil {
            answer.link(exchange.links.url(.authorization(authorization.id)), rel: "up")
        }
        answer.shown = (.challenge, "\(authorization.id)/\(index)", nil)
        let challenge = authorization.challenges[index]
        if challenge.state.status == .processing { answer.retryAfter = wait(until: challenge.nextQuery, exchange) }
        return answer
    }

    private func body(of authorization: Authorization, _ exchange: Exchange) -> CairnJSON {
        exchange.dialect.authorization(authorization, exchange.links, terms(of: authorization, exchange))
    }

    /// What challenges show that are met in advance, if there are such.
    private func terms(of authorization: Authorization, _ exchange: Exchange) -> PersistTerms? {
        guard authorization.challenges.contains(where: { engine.kinds[$0.type].isMetInAdvance }) else { return nil }
        return PersistTerms(
            exchange.policy.persist, identities: exchange.policy.caa?.identities ?? [],
            accountURL: exchange.url(of: authorization.account), thumbprints: [])
    }

    /// The authorization as the policy wants it shown while it is being validated.
    private func shown(_ authorization: Authorization, _ exchange: Exchange) -> Authorization {
        exchange.sharedPolicy.showsProcessing ? authorization : authorization.withoutProcessing
    }

    /// When the client is to ask again: after the next query, if one is planned (RFC 8555 §8.2).
    private func wait(until nextQuery: CairnInstant?, _ exchange: Exchange) -> Duration? {
        if let nextQuery { return nextQuery - exchange.now + .seconds(1) }
        guard let wait = configuration.wire.validationRetryAfter else { return configuration.wire.retryAfter }
        return wait > .zero ? wait : nil
    }
}
