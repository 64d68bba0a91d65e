import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Creates an order (RFC 8555 §7.4).
    func newOrder(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (account, jws) = try signedByAccount(&exchange)
        let payload = try exchange.decode(jws.payload, "§7.4")
        noteForeign(members: exchange.dialect.foreignMembers(of: .newOrder), of: payload.object, in: exchange)
        let request = try exchange.dialect.newOrder(
            payload,
            from: SignedExchange(
                links: exchange.links, accountURL: exchange.links.url(.account(account.id)),
                hasRenewalInfo: engine.policy.renewalInfo != nil))
        let order = try engine.newOrder(request, by: account.id, at: exchange.now)
        return answer(order, .created, exchange)
    }

    /// An order object, with its URL in `Location`, which naive clients want on every answer and no RFC forbids.
    func answer(_ order: Order, _ status: HTTPResponse.Status, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            status, .json(exchange.dialect.order(order, exchange.links)),
            fields: [.location: exchange.links.url(.order(order.id))])
        answer.shown = (.order, "\(order.id)", nil)
        if order.state.status == .processing { answer.retry(after: configuration.retryAfter) }
        return answer
    }
}
