import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Reads an order (RFC 8555 §7.1.3).
    func order(_ id: Order.ID, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        let reader = try reader(&exchange)
        return answer(try engine.order(id, for: reader, at: exchange.now), .ok, exchange)
    }
}
