import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Reads a challenge, or takes the response to it and has it validated (RFC 8555 §7.5.1).
    func challenge(_ index: Int, of id: Authorization.ID, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        guard exchange.request.head.method == .post else {
            return answer(
                index, of: try engine.authorization(id, ofChallenge: index, for: nil, at: exchange.now), exchange)
        }
        let (account, jws) = try signedByAccount(&exchange)
        guard let payload = try exchange.decodeUnlessEmpty(jws.payload, "§7.5.1") else {
            return answer(
                index, of: try engine.authorization(id, ofChallenge: index, for: account.id, at: exchange.now), exchange
            )
        }
        noteForeign(members: exchange.dialect.foreignMembers(of: .challenge), of: payload.object, in: exchange)
        let dialect = exchange.dialect
        let (authorization, job) = try engine.respond(
            to: index, of: id, by: account.id, accountURL: exchange.links.url(.account(account.id)), at: exchange.now
        ) { (challenge, key) throws(Refusal) in
            try dialect.checkResponse(payload, to: challenge, signedBy: key)
        }
        if let job { exchange.jobs.append(job) }
        return answer(index, of: authorization, exchange)
    }

    private func answer(_ index: Int, of authorization: Authorization, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            .ok, .json(exchange.dialect.challenge(index, of: shown(authorization, exchange), exchange.links)))
        answer.fields[.location] = exchange.links.url(.challenge(authorization.id, index))
        answer.link(exchange.links.url(.authorization(authorization.id)), rel: "up")
        let challenge = authorization.challenges[index]
        if challenge.state.status == .processing { retry(after: challenge.nextQuery, &answer, exchange) }
        return answer
    }
}
