import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// A page of the orders of an account (RFC 8555 §7.1.2.1).
    func orders(of id: Account.ID, _ exchange: inout Exchange) throws(Refusal) -> Answer {
        if exchange.request.head.method == .post {
            let (account, jws) = try signedByAccount(&exchange)
            try requireOwnAccount(id, of: account, exchange)
            try exchange.requirePostAsGet(jws)
        }
        let cursor = exchange.query("cursor")
        guard let start = cursor.map({ Int($0) }) ?? 0, start >= 0 else {
            throw Refusal(
                .malformed, "expected the cursor of a link \"next\", got \"\(cursor ?? "")\" (RFC 8555 §7.1.2.1)",
                status: 404, cause: .unknownObject)
        }
        let page = try engine.orders(
            of: id, from: start, publicAlone: exchange.request.head.method != .post, at: exchange.now)
        var answer = Answer(
            .ok, .json(["orders": .array(page.orders.map { .string(exchange.links.url(.order($0))) })]))
        if let next = page.next { link(next, of: id, &answer, exchange) }
        return answer
    }

    private func link(_ cursor: Int, of id: Account.ID, _ answer: inout Answer, _ exchange: Exchange) {
        guard exchange.dialect.conduct.printsPageLinks else {
            return answer.link("\(exchange.links.url(.orders(id)))?cursor=\(cursor)", rel: "next")
        }
        let path = exchange.dialect.paths.path(of: .orders(id))
        answer.fields.append(HTTPField(name: .link, value: "href=\"\(path)?cursor=\(cursor)\", rel=\"next\""))
    }
}
