import ACME
import Engine
import HTTPTypes

extension Gateway {
    /// Reads an order (RFC 8555 §7.1.3).
    func order(_ id: Order.ID, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (account, jws) = try signedByAccount(&exchange)
        try exchange.requirePostAsGet(jws)
        return answer(try engine.order(id, for: account.id, at: exchange.now), .ok, exchange)
    }
}
