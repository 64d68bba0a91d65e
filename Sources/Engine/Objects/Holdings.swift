import ACME
import DequeModule

/// What belongs to an account and grows with its use.
///
/// It is kept apart from ``Account``, whose copies are handed out: a list that is part of such a copy would be copied
/// whole by the next order.
struct Holdings: Sendable {
    /// An order and the running number that a page of the orders list begins with.
    private struct OrderReference: Sendable {
        var number: Int
        var id: Order.ID
    }

    private var references: Deque<OrderReference> = []
    private var pendingAuthorizations: Set<Authorization.ID> = []
    /// The valid authorizations for a name, oldest first; wildcards under their `*.` name.
    private var validAuthorizations: [Identifier: Deque<Authorization.ID>] = [:]

    /// The orders that are not invalid, oldest first.
    var orders: [Order.ID] { references.map(\.id) }

    /// Some of them, beginning with the first whose number is `number` or higher.
    func orders(from number: Int, limit: Int) -> OrdersPage {
        let rest = references[index(from: number)...]
        let page = rest.prefix(limit)
        return OrdersPage(orders: page.map(\.id), next: rest.dropFirst(page.count).first?.number)
    }

    /// The authorizations that are pending, in an order that is the same in every run.
    var cancellableAuthorizations: [Authorization.ID] {
        pendingAuthorizations.sorted { $0.bits < $1.bits }
    }

    var pendingAuthorizationCount: Int { pendingAuthorizations.count }

    /// Whether the account has proven control of a name, and the proof still counts.
    func holdsValidAuthorization(for identifier: Identifier) -> Bool {
        validAuthorizations[identifier] != nil
    }

    mutating func add(_ order: Order) {
        references.append(OrderReference(number: order.number, id: order.id))
    }

    mutating func remove(_ order: Order) {
        let place = index(from: order.number)
        if place < references.endIndex, references[place].number == order.number { references.remove(at: place) }
    }

    /// The place of the first order with that number or a higher one.
    private func index(from number: Int) -> Int {
        var (low, high) = (references.startIndex, references.endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if references[middle].number >= number { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Files an authorization under its present status, and nowhere else.
    mutating func file(_ authorization: Authorization) {
        remove(authorization)
        switch authorization.state.status {
        case .pending: pendingAuthorizations.insert(authorization.id)
        case .valid: validAuthorizations[authorization.orderedIdentifier, default: []].append(authorization.id)
        case .invalid, .deactivated, .expired, .revoked: break
        }
    }

    mutating func remove(_ authorization: Authorization) {
        pendingAuthorizations.remove(authorization.id)
        let identifier = authorization.orderedIdentifier
        // Old ones go first, as a rule, so this finds them at once.
        guard let place = validAuthorizations[identifier]?.firstIndex(of: authorization.id) else { return }
        validAuthorizations[identifier]?.remove(at: place)
        if validAuthorizations[identifier]?.isEmpty == true { validAuthorizations[identifier] = nil }
    }
}
