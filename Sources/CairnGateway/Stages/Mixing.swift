import CairnEngine
import CairnModel
import Synchronization

/// Clients that mix dialects, which works by chance at best.
extension Gateway {
    /// Notes that an account acts in another dialect than before.
    func noteDialect(of account: Account, in exchange: Exchange) {
        guard dialects.count > 1 else { return }
        let name = exchange.dialect.name
        let before = spoken.withLock { spoken in spoken.updateValue(name, forKey: account.id) }
        guard let before, before != name else { return }
        note("the account \"\(account.id)\", which spoke \(before), now speaks \(name)", by: account.id, exchange)
    }

    /// Notes that a request names its account as another dialect would.
    func noteForeign(kid: String, in exchange: Exchange) {
        let path = kid.dropFirst(exchange.links.origin.count)
        for dialect in dialects where dialect.name != exchange.dialect.name {
            guard case .account(let id)? = dialect.paths.route(path)?.resource else { continue }
            note(
                "\"kid\" is an account URL of \(dialect.name), in a request of \(exchange.dialect.name)", by: id,
                exchange)
        }
    }

    /// Notes that a payload has members that only another dialect knows.
    func noteForeign(members: [String], of payload: CairnJSONObject, in exchange: Exchange) {
        guard dialects.count > 1 else { return }
        for member in members where payload[member] != nil {
            note(
                "\"\(member)\" is a member of another dialect, in a request of \(exchange.dialect.name)",
                by: exchange.signer, exchange)
        }
    }

    private func note(_ detail: String, by account: Account.ID?, _ exchange: Exchange) {
        Notes(engine: engine, now: exchange.now, account: account).note(.mixedDialects, detail)
    }
}
