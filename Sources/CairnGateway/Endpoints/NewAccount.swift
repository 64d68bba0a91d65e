import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Creates an account, or finds the one that the key has (RFC 8555 §7.3, §7.3.1).
    func newAccount(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (key, jws) = try signedByKey(&exchange)
        let payload = try exchange.decode(jws.payload, "§7.3")
        // Every field of the request is ignored then, even one of the wrong kind (RFC 8555 §7.3.1).
        if let account = try engine.account(of: key, at: exchange.now) {
            return existing(account, &exchange)
        }
        noteForeign(members: exchange.dialect.foreignMembers(of: .newAccount), of: payload.object, in: exchange)
        let request = NewAccount(
            contact: try payload.strings("contact") ?? [],
            termsOfServiceAgreed: try payload.bool("termsOfServiceAgreed"),
            onlyReturnExisting: try payload.bool("onlyReturnExisting"),
            // Whatever is no binding is refused as such, and only where an account is made.
            binding: try payload.optional("externalAccountBinding", "a JWS, an object") {
                $0.array?.isEmpty == true ? .none : .some($0)
            }
            .map { SentBinding($0, url: jws.header.url) })
        let (account, isNew) = try engine.newAccount(
            request, key: key, from: exchange.request.source ?? .loopbackV4, at: exchange.now)
        guard isNew else { return existing(account, &exchange) }
        exchange.signer = account.id
        return answer(account, .created, exchange)
    }

    private func existing(_ account: Account, _ exchange: inout Exchange) -> Answer {
        exchange.signer = account.id
        let conduct = exchange.dialect.conduct
        var answer = answer(account, .ok, exchange)
        answer.fields[.location] = nil
        answer.fields[conduct.existingAccountField] = exchange.links.url(.account(account.id))
        if !conduct.showsExistingAccount { answer.body = .empty }
        return answer
    }

    /// An account object, with its URL in `Location`.
    func answer(_ account: Account, _ status: HTTPResponse.Status, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            status, .json(exchange.dialect.account(account, exchange.links)),
            fields: [.location: exchange.links.url(.account(account.id))])
        answer.shown = (.account, "\(account.id)", account.state.status.rawValue)
        return answer
    }
}
