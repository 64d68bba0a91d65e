import ACME
import Engine
import HTTPTypes

extension Gateway {
    /// Creates an order (RFC 8555 §7.4).
    func newOrder(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (account, jws) = try signedByAccount(&exchange)
        let payload = try exchange.decode(jws.payload, "§7.4")
        var identifiers: [Identifier] = []
        for entry in try payload.required("identifiers", "an array", \.array) {
            guard let object = entry.object else {
                throw Refusal(
                    .malformed, "expected \"identifiers\" to hold objects, got \(entry.kind) (RFC 8555 §7.4)")
            }
            identifiers.append(try Payload(object: object, section: "§7.4").identifier())
        }
        let request = NewOrder(
            identifiers: identifiers, notBefore: try payload.instant("notBefore"),
            notAfter: try payload.instant("notAfter"), profile: try payload.string("profile"),
            replaces: try replaces(payload))
        let order = try engine.newOrder(request, by: account.id, at: exchange.now)
        return answer(order, .created, exchange)
    }

    /// An order object, with its URL in `Location`, which naive clients want on every answer and no RFC forbids.
    func answer(_ order: Order, _ status: HTTPResponse.Status, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            status, .json(dialect.order(order, exchange.links)),
            fields: [.location: exchange.links.url(.order(order.id))])
        if order.state.status == .processing { answer.retry(after: configuration.retryAfter) }
        return answer
    }
}
