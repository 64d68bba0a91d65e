import CairnCertificates
import CairnModel

/// What is forgotten, and in which order; see ``CairnBounds``.
extension State {
    /// Makes room for an order that was placed, and for its authorizations.
    mutating func makeRoom(for order: Order.ID, at now: CairnInstant) {
        while orders.unfinishedCount > max(1, bounds.unfinishedOrders), endOldestOrder(but: order, at: now) {}
        makeRoom(sparing: order, nil, at: now)
    }

    /// Makes room for an authorization that was made before any order.
    mutating func makeRoom(for authorization: Authorization.ID, at now: CairnInstant) {
        authorizations.notePreAuthorization(authorization)
        makeRoom(sparing: nil, authorization, at: now)
    }

    private mutating func makeRoom(sparing order: Order.ID?, _ authorization: Authorization.ID?, at now: CairnInstant) {
        let most = max(1, bounds.authorizations)
        while authorizations.count > most {
            if let oldest = authorizations.removeFirstFinished() {
                forgot(oldest)
            } else if let oldest = orders.removeFirstFinished(but: order) {
                forgot(oldest)
            } else if !endOldestOrder(but: order, at: now), !endOldestPreAuthorization(but: authorization, at: now) {
                return
            }
        }
    }

    /// Makes the oldest unfinished order invalid; `false` if there is none besides `kept`.
    private mutating func endOldestOrder(but kept: Order.ID?, at now: CairnInstant) -> Bool {
        guard let oldest = orders.nextUnfinished(but: kept) else { return false }
        let problem = ACMEProblem(
            .serverInternal,
            "the order gave way to a newer one: this CA keeps at most \(max(1, bounds.unfinishedOrders)) unfinished "
                + "orders and \(max(1, bounds.authorizations)) authorizations")
        fail(oldest, problem, at: now)
        return true
    }

    /// Revokes the oldest pre-authorization that no order lists; `false` if there is none besides `kept`.
    private mutating func endOldestPreAuthorization(but kept: Authorization.ID?, at now: CairnInstant) -> Bool {
        while let oldest = authorizations.nextPreAuthorization(but: kept) {
            if change(oldest, .revokedByServer, at: now) { return true }
        }
        return false
    }

    /// Forgets the oldest valid and invalid orders when there are too many.
    mutating func forgetFinishedOrders() {
        while orders.finishedCount > max(1, bounds.finishedOrders), let oldest = orders.removeFirstFinished(but: nil) {
            forgot(oldest)
        }
    }

    /// Forgets the oldest authorizations that no order lists and that can be used no more, when there are too many.
    mutating func forgetFinishedAuthorizations() {
        while authorizations.finishedCount > max(1, bounds.finishedAuthorizations),
            let oldest = authorizations.removeFirstFinished()
        {
            forgot(oldest)
        }
    }

    /// Forgets an order, whatever its status.
    mutating func purge(_ id: Order.ID) {
        if let order = orders.remove(id) { forgot(order) }
    }

    /// Lets go with an order what belongs to it.
    private mutating func forgot(_ order: Order) {
        if let certificate = order.certificate { certificates.remove(certificate) }
        for id in order.authorizations {
            authorizations.update(id) { $0.forget(order.id) }
            guard let authorization = authorizations[id], authorization.orderCount == 0,
                !authorization.outlivesItsOrders
            else { continue }
            authorizations.remove(id)
            forgot(authorization)
        }
    }

    /// Lets go with an authorization what belongs to it.
    private mutating func forgot(_ authorization: Authorization) {
        if !held.isEmpty {
            for index in authorization.challenges.indices { held[.challenge(authorization.id, index)] = nil }
        }
        outOfBand.close(of: authorization)
        if case .grant(let id) = authorization.origin { grants.remove(authorization, of: id) }
    }
}
