import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Reads, updates or deactivates an account (RFC 8555 §7.3.2, §7.3.6).
    func account(_ id: Account.ID, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        let (account, jws) = try signedByAccount(&exchange)
        try requireOwnAccount(id, of: account, exchange)
        guard let payload = try exchange.decodeUnlessEmpty(jws.payload, "§7.3.2") else {
            return answer(account, .ok, exchange)
        }
        // Any other status is ignored, as are terms, orders and unknown members (RFC 8555 §7.3.2).
        let update = AccountUpdate(
            contact: try payload.strings("contact"),
            deactivate: try payload.string("status")?.isSame(as: AccountState.Status.deactivated.rawValue) == true)
        return answer(try engine.update(id, update, at: exchange.now), .ok, exchange)
    }

    func requireOwnAccount(_ id: Account.ID, of account: Account, _ exchange: Exchange) throws(Refusal) {
        guard id == account.id else {
            throw Refusal(
                .unauthorized,
                "expected a request signed by \"\(exchange.links.url(.account(id)))\", got one signed by "
                    + "\"\(exchange.links.url(.account(account.id)))\" (RFC 8555 §7.3.2)")
        }
    }
}
