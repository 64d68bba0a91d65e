import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Reads or deactivates an authorization (RFC 8555 §7.5, §7.5.2).
    func authorization(_ id: Authorization.ID, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        guard exchange.request.head.method == .post else {
            return answer(try engine.authorization(id, for: nil, at: exchange.now), exchange)
        }
        let (account, jws) = try signedByAccount(&exchange)
        guard let payload = try exchange.decodeUnlessEmpty(jws.payload, "§7.5.2") else {
            return answer(try engine.authorization(id, for: account.id, at: exchange.now), exchange)
        }
        let status = try payload.required("status", "a string", \.string)
        guard status.isSame(as: AuthorizationState.Status.deactivated.rawValue) else {
            throw Refusal(
                .malformed, "expected \"status\" to be \"deactivated\", got \(status.quoted) (RFC 8555 §7.5.2)")
        }
        return answer(try engine.deactivate(id, by: account.id, at: exchange.now), exchange)
    }

    private func answer(_ authorization: Authorization, _ exchange: Exchange) -> Answer {
        var answer = Answer(.ok, .json(exchange.dialect.authorization(shown(authorization, exchange), exchange.links)))
        answer.shown = (.authorization, "\(authorization.id)", nil)
        if authorization.state.status == .pending,
            authorization.challenges.contains(where: { $0.state.status == .processing })
        {
            if exchange.request.head.method != .post { answer.status = exchange.dialect.conduct.validatingStatus }
            retry(after: authorization.nextQuery, &answer, exchange)
        }
        return answer
    }

    /// The authorization as the policy and the personality want it shown while it is being validated.
    func shown(_ authorization: Authorization, _ exchange: Exchange) -> Authorization {
        let showsProcessing = engine.policy.showsProcessing ?? exchange.dialect.personality.showsProcessing
        return showsProcessing ? authorization : authorization.withoutProcessing
    }

    /// Tells the client when to ask again: after the next query, if one is planned (RFC 8555 §8.2).
    func retry(after nextQuery: CairnInstant?, _ answer: inout Answer, _ exchange: Exchange) {
        answer.retry(after: nextQuery.map { $0 - exchange.now + .seconds(1) } ?? configuration.retryAfter)
    }
}
