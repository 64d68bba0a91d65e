import CairnCertificates
import CairnModel
import DequeModule

/// What is forgotten, and in which order; see ``CairnBounds``.
extension State {
    /// How many orders are neither valid nor invalid.
    private var unfinishedOrderCount: Int { orders.count - finishedOrders.count }

    /// Makes room for an order that was placed, and for its authorizations.
    mutating func makeRoom(for order: Order.ID, at now: CairnInstant) {
        placedOrders.append(order)
        while unfinishedOrderCount > max(1, bounds.unfinishedOrders), endOldestOrder(but: order, at: now) {}
        makeRoom(sparing: order, nil, at: now)
        // Most orders end long before they are looked for here.
        if placedOrders.count > 2 * unfinishedOrderCount + 64 {
            placedOrders.removeAll { orders[$0]?.state.isFinal ?? true }
        }
    }

    /// Makes room for an authorization that was made before any order.
    mutating func makeRoom(for authorization: Authorization.ID, at now: CairnInstant) {
        madePreAuthorizations.append(authorization)
        makeRoom(sparing: nil, authorization, at: now)
        if madePreAuthorizations.count > 2 * authorizations.count + 64 {
            var seen: Set<Authorization.ID> = []
            madePreAuthorizations.removeAll { authorizations[$0] == nil || !seen.insert($0).inserted }
        }
    }

    private mutating func makeRoom(sparing order: Order.ID?, _ authorization: Authorization.ID?, at now: CairnInstant) {
        let most = max(1, bounds.authorizations)
        while authorizations.count > most {
            if let oldest = finishedAuthorizations.popFirst() {
                if let authorization = authorizations[oldest] { forget(authorization) }
            } else if finishedOrders.first != order, let oldest = finishedOrders.popFirst() {
                forget(oldest)
            } else if !endOldestOrder(but: order, at: now), !endOldestPreAuthorization(but: authorization, at: now) {
                return
            }
        }
    }

    /// Makes the oldest unfinished order invalid; `false` if there is none besides `kept`.
    private mutating func endOldestOrder(but kept: Order.ID?, at now: CairnInstant) -> Bool {
        while let oldest = placedOrders.first, oldest != kept {
            placedOrders.removeFirst()
            guard orders[oldest]?.state.isFinal == false else { continue }
            let problem = ACMEProblem(
                .serverInternal,
                "the order gave way to a newer one: this CA keeps at most \(max(1, bounds.unfinishedOrders)) unfinished "
                    + "orders and \(max(1, bounds.authorizations)) authorizations")
            fail(oldest, problem, at: now)
            return true
        }
        return false
    }

    /// Revokes the oldest pre-authorization that no order lists; `false` if there is none besides `kept`.
    private mutating func endOldestPreAuthorization(but kept: Authorization.ID?, at now: CairnInstant) -> Bool {
        while let oldest = madePreAuthorizations.first, oldest != kept {
            madePreAuthorizations.removeFirst()
            guard let authorization = authorizations[oldest], authorization.orderCount == 0 else { continue }
            if change(oldest, .revokedByServer, at: now) { return true }
        }
        return false
    }

    /// Notes that an order is valid or invalid, and forgets the oldest such order when there are too many.
    mutating func finished(_ order: Order.ID) {
        finishedOrders.append(order)
        while finishedOrders.count > max(1, bounds.finishedOrders), let oldest = finishedOrders.popFirst() {
            forget(oldest)
        }
    }

    fileprivate mutating func forget(_ id: Order.ID) {
        guard let order = orders.removeValue(forKey: id) else { return }
        if let id = order.certificate, let certificate = certificates.removeValue(forKey: id) {
            let key = certificate.issued.subjectPublicKeyInfo
            if let count = certifiedKeys[key] { certifiedKeys[key] = count > 1 ? count - 1 : nil }
            noteForgotten(order.identifiers)
        }
        holdings[order.account]?.remove(order)
        for authorizationID in order.authorizations {
            authorizations[authorizationID]?.orderCount -= 1
            guard let authorization = authorizations[authorizationID], authorization.orderCount == 0,
                !authorization.outlivesItsOrders
            else { continue }
            forget(authorization)
        }
    }

    /// Notes that an authorization can be used no more, and forgets the oldest such that no order lists when there are too
    /// many.
    mutating func finished(_ authorization: Authorization) {
        guard authorization.orderCount == 0 else { return }
        finishedAuthorizations.append(authorization.id)
        while finishedAuthorizations.count > max(1, bounds.finishedAuthorizations),
            let oldest = finishedAuthorizations.popFirst()
        {
            if let authorization = authorizations[oldest] { forget(authorization) }
        }
    }

    fileprivate mutating func forget(_ authorization: Authorization) {
        authorizations[authorization.id] = nil
        if !held.isEmpty {
            for index in authorization.challenges.indices { held[.challenge(authorization.id, index)] = nil }
        }
        holdings[authorization.account]?.remove(authorization)
        outOfBand.close(of: authorization)
        if case .grant(let id) = authorization.origin { grants.remove(authorization, of: id) }
    }
}
