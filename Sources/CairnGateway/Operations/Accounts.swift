import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    // MARK: What requests say

    /// Creates an account, or finds the one that the key has (RFC 8555 §7.3, §7.3.1).
    func newAccount(_ exchange: Exchange) throws(Refusal) -> Operation {
        let payload = try exchange.requireMembers()
        // Every field of the request is ignored then, even one of the wrong kind (RFC 8555 §7.3.1).
        if let account = try exchange.opening?.accountOfKey?.get() { return .findAccount(account.value) }
        guard let key = exchange.key else {
            throw Refusal(.malformed, "expected the protected header to have \"jwk\", got none (RFC 8555 §6.2)")
        }
        noteForeignMembers(of: payload, in: exchange)
        let request = NewAccount(
            contact: try payload.strings("contact") ?? [],
            termsOfServiceAgreed: try payload.bool("termsOfServiceAgreed"),
            onlyReturnExisting: try payload.bool("onlyReturnExisting"),
            // Whatever is no binding is refused as such, and only where an account is made.
            binding: try payload.optional(
                "externalAccountBinding",
                JSONKind("a JWS, an object") { $0.array?.isEmpty == true ? .none : .some($0) }
            )
            .map { SentBinding($0, url: exchange.url) })
        return .newAccount(request, key)
    }

    /// Reads, updates or deactivates an account (RFC 8555 §7.3.2, §7.3.6).
    func account(_ exchange: Exchange) throws(Refusal) -> Operation {
        let account = try exchange.requireSigner()
        guard let payload = exchange.members else { return .showAccount(account) }
        // Any other status is ignored, as are terms, orders and unknown members (RFC 8555 §7.3.2), but by servers that
        // demand that something changes.
        let update = AccountUpdate(
            contact: try payload.strings("contact"),
            deactivate: try payload.string("status")?.isSame(as: AccountState.Status.deactivated.rawValue) == true)
        if update.contact == nil, !update.deactivate,
            exchange.personality.demands.contains(.changeInUpdate)
        {
            throw Refusal(
                .malformed,
                "expected \"contact\", or \"status\" that is \"deactivated\", got neither; an account is read by "
                    + "POST-as-GET (RFC 8555 §6.3, §7.3.2)", cause: .emptyUpdate)
        }
        return .updateAccount(account.id, update)
    }

    /// Gives an account a new key (RFC 8555 §7.3.5): the old key signs a JWS in which the new key signs the change.
    func keyChange(_ exchange: inout Exchange) throws(Refusal) -> Operation {
        let account = try exchange.requireSigner()
        let inner: KeyChangeJWS
        do {
            inner = try KeyChangeJWS(
                parsing: exchange.payload, url: exchange.url, in: exchange.dialect.serialization,
                ignoresNonce: exchange.dialect.ignoresInnerNonce,
                accepting: exchange.policy.keys.signatureAlgorithms)
        } catch { throw Refusal(error) }
        if !inner.payload.isEmpty { exchange.payload = inner.payload }
        let payload = try exchange.object(inner.payload, "§7.3.5")
        exchange.members = payload
        let named = try payload.required("account", .string)
        guard named == exchange.url(of: account.id) else {
            throw Refusal(
                .malformed,
                "expected \"account\" to be \"\(exchange.url(of: account.id))\", the \"kid\" of the outer JWS, "
                    + "got \(named.quoted) (RFC 8555 §7.3.5)", cause: .changeAccount, facts: [named])
        }
        let oldKey = try exchange.dialect.oldKey(payload, of: account, for: inner.newKey)
        return .changeKey(account.id, from: oldKey, to: inner.newKey)
    }

    /// A page of the orders of an account (RFC 8555 §7.1.2.1).
    func orders(of id: Account.ID, _ exchange: Exchange) throws(Refusal) -> Operation {
        guard let start = exchange.query.map(cursor) ?? 0 else {
            throw Refusal(
                .malformed,
                "expected the cursor of a link \"next\", got \((exchange.query ?? "").quoted) (RFC 8555 §7.1.2.1)",
                cause: .unknownObject)
        }
        return .listOrders(id, from: .cursor(start), publicAlone: exchange.request.head.method != .post)
    }

    /// The same by the number of the page.
    func orders(of id: Account.ID, page number: Int?, _ exchange: Exchange) throws(Refusal) -> Operation {
        guard let number else {
            throw Refusal(
                .malformed, "expected the number of a page, 2 or more, got \(exchange.path.quoted)", cause: .pageNumber)
        }
        return .listOrders(id, from: .page(number), publicAlone: exchange.request.head.method != .post)
    }

    /// What a query says that a link has; `nil` for any other.
    private func cursor(_ query: Substring) -> Int? {
        guard query.hasPrefix("cursor="), let start = Int(query.dropFirst(7)), start >= 0 else { return nil }
        return "cursor=\(start)" == query ? start : nil
    }

    // MARK: What answers say

    /// An account object, with its URL in `Location`.
    func write(_ account: Account, _ status: HTTPResponse.Status, _ exchange: Exchange) -> Answer {
        var answer = Answer(
            status, .json(exchange.dialect.account(account, exchange.links)),
            fields: [.location: exchange.url(of: account.id)])
        answer.shown = (.account, account.id.description, account.state.status.rawValue)
        return answer
    }

    /// The account that a key has already (RFC 8555 §7.3.1).
    func write(existing account: Account, _ exchange: Exchange) -> Answer {
        var answer = write(account, .ok, exchange)
        answer.fields[.location] = nil
        answer.fields[exchange.dialect.existingAccountField] = exchange.url(of: account.id)
        if !exchange.dialect.showsExistingAccount { answer.body = .empty }
        return answer
    }

    func write(
        _ page: OrdersPage, of id: Account.ID, from start: OrdersPage.Start, _ exchange: Exchange
    ) -> Answer {
        var answer = Answer(
            .ok, .json(["orders": .array(page.orders.map { .string(exchange.links.url(.order($0))) })]))
        if let next = page.next { link(next, of: id, after: start, &answer, exchange) }
        return answer
    }

    private func link(
        _ cursor: Int, of id: Account.ID, after start: OrdersPage.Start, _ answer: inout Answer, _ exchange: Exchange
    ) {
        guard exchange.dialect.printsPageLinks else {
            let page = if case .page(let number) = start { number } else { 1 }
            return answer.link(exchange.links.url(ordersOf: id, from: cursor, after: page), rel: "next")
        }
        let path = exchange.dialect.paths.path(of: .orders(id))
        answer.fields.append(HTTPField(name: .link, value: "href=\"\(path)?cursor=\(cursor)\", rel=\"next\""))
    }
}
