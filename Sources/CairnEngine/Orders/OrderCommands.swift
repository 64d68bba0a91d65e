import CairnCertificates
package import CairnModel

/// One page of an orders list (RFC 8555 §7.1.2.1).
package struct OrdersPage: Sendable {
    package let orders: [Order.ID]
    /// Where the next page begins; `nil` on the last one.
    package let next: Int?
}

extension Engine {
    /// The order with that id, for the account it belongs to, or for whoever knows its URL if `account` is `nil`.
    ///
    /// This counts as a poll (``CairnPace/afterPolls(_:)``).
    package func order(_ id: Order.ID, for account: Account.ID?, at now: CairnInstant) throws(Refusal) -> Order {
        try transact(at: now) { (state) throws(Refusal) in
            _ = try state.order(id, of: account)
            state.poll(id, at: now)
            return try state.order(id, of: account)
        }
    }

    /// A page of the account's orders, oldest first, without the invalid ones (RFC 8555 §7.1.2.1).
    ///
    /// - Parameter publicAlone: whether only those are shown that whoever knows their URL may read.
    package func orders(
        of account: Account.ID, from cursor: Int = 0, publicAlone: Bool = false, at now: CairnInstant
    ) throws(Refusal) -> OrdersPage {
        try transact(at: now) { (state) throws(Refusal) in
            _ = try state.validAccount(account)
            return state.orders.page(
                of: account, from: cursor, limit: max(1, state.policy.ordersPerPage), publicAlone: publicAlone)
        }
    }
}

extension State {
    /// Refuses a reader who has no business with an object: another account than its own, or nobody in particular where it
    /// is not public.
    func require(
        _ reader: Account.ID?, toBe owner: Account.ID, orAnybodyIf isPublic: Bool,
        for object: @autoclosure () -> String,
        _ kind: ACMEEndpoint
    ) throws(Refusal) {
        guard reader != owner else { return }
        guard reader == nil else {
            throw Refusal(
                .unauthorized, "\(object()) belongs to another account (RFC 8555 §6.2)", cause: .notOwner(kind))
        }
        guard isPublic else {
            throw Refusal(
                .unauthorized,
                "\(object()) is for its account alone: expected a request that the account signed, got an unsigned one "
                    + "(RFC 8555 §6.2)")
        }
    }
}

extension State {
    func order(_ id: Order.ID, of account: Account.ID?) throws(Refusal) -> Order {
        guard let order = orders[id] else {
            throw Refusal(.malformed, "there is no order \"\(id)\"", status: 404, cause: .unknownObject)
        }
        try require(account, toBe: order.account, orAnybodyIf: order.isPublic, for: "order \"\(id)\"", .order)
        return order
    }

    /// Takes an arrow that is known to be there; elsewhere the order stays as it is.
    @discardableResult
    mutating func change(_ id: Order.ID, _ event: OrderState.Event, at now: CairnInstant) -> Bool {
        guard let before = orders[id]?.state.status,
            orders.update(id, { (try? $0.state.handle(event)) != nil }) == true, let order = orders[id]
        else { return false }
        note(.order, "\(id)", order.identifiers, from: before.rawValue, to: order.state.status.rawValue, at: now)
        if event == .authorized, order.csr != nil { issueUnasked(id) }
        if order.state.status == .invalid, let replaced = order.replaces {
            certificates.unmarkReplaced(replaced.serialNumber, by: id)
        }
        if order.state.isFinal {
            held[.order(id)] = nil
            for authorization in order.authorizations { authorizations.update(authorization) { $0.release(id) } }
            forgetFinishedOrders()
        }
        return true
    }

    /// Makes an order invalid for a reason that the client can read, unless it is finished.
    mutating func fail(_ id: Order.ID, _ problem: ACMEProblem, at now: CairnInstant) {
        guard let order = orders[id], !order.state.isFinal else { return }
        orders.update(id) { $0.error = problem }
        change(id, .failed, at: now)
    }

    /// Makes an order ready once all its authorizations are valid.
    mutating func advanceIfAuthorized(_ id: Order.ID, at now: CairnInstant) {
        guard let order = orders[id], order.state.status == .pending,
            order.authorizations.allSatisfy({ authorizations[$0]?.state.status == .valid })
        else { return }
        settle(.readiness, of: .order(id), at: now)
    }

    mutating func expire(_ id: Order.ID, at due: CairnInstant) {
        guard let order = orders[id] else { return }
        fail(id, ACMEProblem(.malformed, "the order expired at \(order.expires) (RFC 8555 §7.1.6)"), at: due)
    }
}
