import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Gives an account a new key (RFC 8555 §7.3.5): the old key signs a JWS in which the new key signs the change.
    func keyChange(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (account, outer) = try signedByAccount(&exchange)
        let inner: KeyChangeJWS
        do {
            inner = try KeyChangeJWS(
                parsing: outer.payload, url: exchange.url, in: exchange.dialect.conduct.serialization,
                ignoresNonce: exchange.dialect.conduct.ignoresInnerNonce, accepting: engine.signatureAlgorithms)
        } catch { throw Refusal(error) }
        let payload = try exchange.decode(inner.payload, "§7.3.5")
        let named = try payload.required("account", "a string", \.string)
        guard named == exchange.links.url(.account(account.id)) else {
            throw Refusal(
                .malformed,
                "expected \"account\" to be \"\(exchange.links.url(.account(account.id)))\", the \"kid\" of the outer JWS, "
                    + "got \(named.quoted) (RFC 8555 §7.3.5)")
        }
        let oldKey = try exchange.dialect.oldKey(payload, of: account, for: inner.newKey)
        let changed = try engine.changeKey(of: account.id, from: oldKey, to: inner.newKey, at: exchange.now)
        return answer(changed, .ok, exchange)
    }
}
