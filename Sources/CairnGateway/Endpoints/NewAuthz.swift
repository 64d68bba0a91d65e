import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Creates an authorization before any order (RFC 8555 §7.4.1).
    func newAuthz(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (account, jws) = try signedByAccount(&exchange)
        let payload = try exchange.decode(jws.payload, "§7.4.1")
        let request = try exchange.dialect.newAuthorization(payload)
        if request.existing != .ignore {
            let existing = try engine.validAuthorization(
                for: request.identifier, of: account.id, takesWildcardsForNames: request.takesWildcardsForNames,
                publishes: request.isPublic, at: exchange.now)
            if let existing { return seeOther(existing, exchange) }
        }
        guard request.existing != .require else {
            throw Refusal(
                .malformed, "there is no valid authorization for \"\(request.identifier)\", and no other was wanted",
                status: 404)
        }
        let authorization = try engine.newAuthorization(
            for: request.identifier, by: account.id, challengeTypes: request.challengeTypes,
            isPublic: request.isPublic, at: exchange.now)
        return Answer(
            .created, .json(exchange.dialect.authorization(authorization, exchange.links)),
            fields: [.location: exchange.links.url(.authorization(authorization.id))])
    }

    /// Leads to an authorization that is there.
    private func seeOther(_ authorization: Authorization, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            .seeOther, fields: [.location: exchange.links.url(.authorization(authorization.id))])
        if exchange.dialect.conduct.showsExistingAuthorization {
            answer.body = .json(exchange.dialect.authorization(authorization, exchange.links))
        }
        return answer
    }
}
