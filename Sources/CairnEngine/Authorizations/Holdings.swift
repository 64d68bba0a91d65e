import CairnCertificates
import CairnModel
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
        var isPublic: Bool
    }

    private var references: Deque<OrderReference> = []
    private var pendingAuthorizations: [ACMEIdentifier: Set<Authorization.ID>] = [:]
    /// How many authorizations are pending.
    private(set) var pendingAuthorizationCount = 0
    private var validAuthorizations = ValidAuthorizations()
    /// Those among the valid ones that the client asked for before any order.
    private var preAuthorizations = ValidAuthorizations()
    /// The orders that may be handed out again, by what they are for.
    private var reusableOrders: [ReusableOrder: Order.ID] = [:]

    /// The orders that are not invalid, oldest first.
    var orders: [Order.ID] { references.map(\.id) }

    /// Some of them, beginning with the first whose number is `number` or higher.
    func orders(from number: Int, limit: Int, publicAlone: Bool) -> OrdersPage {
        var rest = references[index(from: number)...].lazy.filter { $0.isPublic || !publicAlone }.makeIterator()
        var page: [Order.ID] = []
        while page.count < limit, let next = rest.next() { page.append(next.id) }
        return OrdersPage(orders: page, next: rest.next()?.number)
    }

    /// The authorizations that are pending, in any order.
    var allPendingAuthorizations: some Sequence<Authorization.ID> { pendingAuthorizations.values.joined() }

    /// The authorizations that are pending, in an order that is the same in every run.
    var cancellableAuthorizations: [Authorization.ID] {
        allPendingAuthorizations.sorted { $0.bits < $1.bits }
    }

    /// Whether the account has proven control of a name, and the proof still counts.
    func holdsValidAuthorization(for identifier: ACMEIdentifier) -> Bool {
        validAuthorizations.holds(identifier)
    }

    /// The authorizations for a name that are pending.
    func pendingAuthorizations(for identifier: ACMEIdentifier) -> Set<Authorization.ID> {
        pendingAuthorizations[identifier, default: []]
    }

    /// The valid authorization for a name that expires last, of those that satisfy a condition.
    func validAuthorization(
        for identifier: ACMEIdentifier, amongPreAuthorizations: Bool, where isGood: (Authorization.ID) -> Bool
    ) -> Authorization.ID? {
        (amongPreAuthorizations ? preAuthorizations : validAuthorizations).last(for: identifier, where: isGood)
    }

    /// The unfinished order that another one would repeat.
    func order(for reusable: ReusableOrder) -> Order.ID? { reusableOrders[reusable] }

    mutating func offer(_ order: Order) {
        reusableOrders[ReusableOrder(order)] = order.id
    }

    /// Notes that an order is beyond the point at which it could be handed out again.
    mutating func withdraw(_ order: Order) {
        guard !reusableOrders.isEmpty else { return }
        let key = ReusableOrder(order)
        if reusableOrders[key] == order.id { reusableOrders[key] = nil }
    }

    mutating func add(_ order: Order) {
        references.append(OrderReference(number: order.number, id: order.id, isPublic: order.isPublic))
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

    /// Files an authorization, which is nowhere yet, under its status.
    mutating func file(_ authorization: Authorization) {
        switch authorization.state.status {
        case .pending:
            pendingAuthorizations[authorization.orderedIdentifier, default: []].insert(authorization.id)
            pendingAuthorizationCount += 1
        case .valid:
            validAuthorizations.insert(authorization)
            if case .preAuthorization = authorization.origin { preAuthorizations.insert(authorization) }
        case .invalid, .deactivated, .expired, .revoked: break
        }
    }

    /// Takes an authorization out that is filed under its status.
    ///
    /// It is looked for there alone: among the valid ones, what is not there would take a look at all of its name.
    mutating func remove(_ authorization: Authorization) {
        switch authorization.state.status {
        case .pending:
            let identifier = authorization.orderedIdentifier
            guard pendingAuthorizations[identifier]?.remove(authorization.id) != nil else { return }
            pendingAuthorizationCount -= 1
            if pendingAuthorizations[identifier]?.isEmpty == true { pendingAuthorizations[identifier] = nil }
        case .valid:
            validAuthorizations.remove(authorization)
            if case .preAuthorization = authorization.origin { preAuthorizations.remove(authorization) }
        case .invalid, .deactivated, .expired, .revoked: break
        }
    }
}

/// What makes one order as good as another: the set of names, and the profile.
struct ReusableOrder: Hashable, Sendable {
    private let identifiers: Set<ACMEIdentifier>
    private let profile: String

    init(_ identifiers: [ACMEIdentifier], under profile: String) {
        (self.identifiers, self.profile) = (Set(identifiers), profile)
    }

    init(_ order: Order) {
        self.init(order.identifiers, under: order.profile.name)
    }
}

/// The valid authorizations of an account by name, wildcards under their `*.` name.
struct ValidAuthorizations: Sendable {
    fileprivate struct Entry: Sendable {
        let id: Authorization.ID
        let expires: CairnInstant
    }

    /// Each name's, the one that expires last at the end.
    private var entries: [ACMEIdentifier: Deque<Entry>] = [:]

    /// Whether there is one for a name.
    func holds(_ identifier: ACMEIdentifier) -> Bool { entries[identifier] != nil }

    /// The one for a name that expires last, of those that satisfy a condition.
    func last(for identifier: ACMEIdentifier, where isGood: (Authorization.ID) -> Bool) -> Authorization.ID? {
        entries[identifier]?.last { isGood($0.id) }?.id
    }

    mutating func insert(_ authorization: Authorization) {
        let (identifier, expires) = (authorization.orderedIdentifier, authorization.expires)
        // New ones expire last, as a rule, so this finds the place at once.
        let place = entries[identifier]?.lastIndex { $0.expires <= expires }
        entries[identifier, default: []].insert(
            Entry(id: authorization.id, expires: expires), at: place.map { $0 + 1 } ?? 0)
    }

    mutating func remove(_ authorization: Authorization) {
        let identifier = authorization.orderedIdentifier
        guard let place = entries[identifier]?.place(of: authorization.id) else { return }
        entries[identifier]?.remove(at: place)
        if entries[identifier]?.isEmpty == true { entries[identifier] = nil }
    }
}

extension Deque<ValidAuthorizations.Entry> {
    /// Looked for from both ends at once: the oldest expire first, and the newest are what a client gives up, as a rule.
    fileprivate func place(of id: Authorization.ID) -> Int? {
        for offset in 0..<(count + 1) / 2 {
            if self[offset].id == id { return offset }
            if self[count - 1 - offset].id == id { return count - 1 - offset }
        }
        return nil
    }
}
