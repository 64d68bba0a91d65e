import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Takes the CSR of an order and issues its certificate (RFC 8555 §7.4).
    func finalize(_ id: Order.ID, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (account, jws) = try signedByAccount(&exchange)
        let csr = try exchange.decode(jws.payload, "§7.4").octets("csr")
        let sent = SentCSR(
            derEncoded: csr, accountURL: exchange.links.url(.account(account.id)),
            issuerURLBase: exchange.links.issuers)
        let order = try engine.finalize(id, with: sent, by: account.id, at: exchange.now)
        return answer(order, .ok, exchange)
    }
}
