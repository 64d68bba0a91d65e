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
                hasRenewalInfo: exchange.policy.renewalInfo != nil))
        return .newOrder(request, by: account)
    }

    /// Takes the CSR of an order and issues its certificate (RFC 8555 §7.4).
    func finalize(_ id: Order.ID, _ exchange: Exchange) throws(Refusal) -> Operation {
        let account = try exchange.requireSigner().id
        let csr = SentCSR(
            derEncoded: try exchange.requireMembers().octets("csr"), accountURL: exchange.url(of: account),
            issuerURLBase: exchange.links.issuers)
        return .finalize(id, csr, by: account)
    }

    /// An order object, with its URL in `Location`, which naive clients want on every answer and no RFC forbids.
    func write(_ order: Order, _ status: HTTPResponse.Status, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            status, .json(exchange.dialect.order(order, exchange.links)),
            fields: [.location: exchange.links.url(.order(order.id))])
        answer.shown = (.order, "\(order.id)", nil)
        if order.state.status == .processing { answer.retryAfter = configuration.retryAfter }
        return answer
    }
}
