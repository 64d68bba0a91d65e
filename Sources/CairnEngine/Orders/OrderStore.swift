import CairnCertificates
import CairnModel
import DequeModule

/// All orders, by their ids, by their accounts, and by the sequence in which they were placed and finished.
struct OrderStore: Sendable {
    private var table: [Order.ID: Order] = [:]
    private var byAccount: [Account.ID: AccountOrders] = [:]
    /// In the order in which they were placed, finished ones among them.
    private var placed: Deque<Order.ID> = []
    /// Valid and invalid ones, in the order in which they were finished.
    private var finished: Deque<Order.ID> = []
    private var made = 0

    var count: Int { table.count }

    /// How many are valid or invalid.
    var finishedCount: Int { finished.count }

    /// How many are neither valid nor invalid.
    var unfinishedCount: Int { table.count - finished.count }

    /// In any order.
    var all: some Collection<Order> { table.values }

    subscript(id: Order.ID) -> Order? { table[id] }

    /// The orders of an account that are not invalid, oldest first.
    func ids(of account: Account.ID) -> [Order.ID] { byAccount[account]?.ids ?? [] }

    /// Some of them, beginning with the first whose number is `number` or higher.
    func page(of account: Account.ID, from number: Int, limit: Int, publicAlone: Bool) -> OrdersPage {
        (byAccount[account] ?? AccountOrders()).page(from: number, limit: limit, publicAlone: publicAlone)
    }

    /// The unfinished order of an account that another one would repeat.
    func order(of account: Account.ID, like reusable: ReusableOrder) -> Order? {
        byAccount[account]?.order(like: reusable).flatMap { table[$0] }
    }

    /// Puts a new order in, and gives it its number.
    ///
    /// - Parameter isOffered: whether ``order(of:like:)`` finds it as long as it is pending or ready.
    mutating func insert(_ order: Order, isOffered: Bool) {
        var order = order
        order.number = made
        made += 1
        table[order.id] = order
        byAccount[order.account, default: AccountOrders()].add(order)
        if isOffered { byAccount[order.account]?.offer(order) }
        placed.append(order.id)
        // Most orders end long before they are looked for here.
        if placed.count > 2 * unfinishedCount + 64 { placed.removeAll { table[$0]?.state.isFinal ?? true } }
    }

    /// Changes an order where it lies; `nil` if there is none.
    @discardableResult
    mutating func update<Value>(_ id: Order.ID, _ change: (inout Order) -> Value) -> Value? {
        guard let place = table.index(forKey: id) else { return nil }
        let before = table.values[place].state.status
        let value = change(&table.values[place])
        if table.values[place].state.status != before { fileAnew(table.values[place]) }
        return value
    }

    private mutating func fileAnew(_ order: Order) {
        if order.state.status == .invalid { byAccount[order.account]?.remove(order) }
        if order.state.status != .ready { byAccount[order.account]?.withdraw(order) }
        if order.state.isFinal { finished.append(order.id) }
    }

    /// Forgets the order that was finished first; `nil` if there is none besides `kept`.
    mutating func removeFirstFinished(but kept: Order.ID?) -> Order? {
        guard finished.first != kept || kept == nil, let id = finished.popFirst(),
            let order = table.removeValue(forKey: id)
        else { return nil }
        byAccount[order.account]?.remove(order)
        return order
    }

    /// Forgets an order, whatever its status; `nil` if there is none.
    mutating func remove(_ id: Order.ID) -> Order? {
        guard let order = table.removeValue(forKey: id) else { return nil }
        byAccount[order.account]?.withdraw(order)
        byAccount[order.account]?.remove(order)
        if order.state.isFinal { finished.removeAll { $0 == id } }
        return order
    }

    /// Takes out of the sequence the unfinished order that was placed first; `nil` if there is none before `kept`.
    mutating func nextUnfinished(but kept: Order.ID?) -> Order.ID? {
        while let oldest = placed.first, oldest != kept {
            placed.removeFirst()
            if table[oldest]?.state.isFinal == false { return oldest }
        }
        return nil
    }
}

/// The orders of one account.
private struct AccountOrders: Sendable {
    /// An order and the running number that a page of the orders list begins with.
    private struct Reference: Sendable {
        var number: Int
        var id: Order.ID
        var isPublic: Bool
    }

    private var references: Deque<Reference> = []
    /// The orders that may be handed out again, by what they are for.
    private var reusable: [ReusableOrder: Order.ID] = [:]

    var ids: [Order.ID] { references.map(\.id) }

    func page(from number: Int, limit: Int, publicAlone: Bool) -> OrdersPage {
        var rest = references[index(from: number)...].lazy.filter { $0.isPublic || !publicAlone }.makeIterator()
        var page: [Order.ID] = []
        while page.count < limit, let next = rest.next() { page.append(next.id) }
        return OrdersPage(orders: page, next: rest.next()?.number)
    }

    func order(like reusable: ReusableOrder) -> Order.ID? { self.reusable[reusable] }

    mutating func offer(_ order: Order) { reusable[ReusableOrder(order)] = order.id }

    /// Notes that an order is beyond the point at which it could be handed out again.
    mutating func withdraw(_ order: Order) {
        guard !reusable.isEmpty else { return }
        let key = ReusableOrder(order)
        if reusable[key] == order.id { reusable[key] = nil }
    }

    mutating func add(_ order: Order) {
        references.append(Reference(number: order.number, id: order.id, isPublic: order.isPublic))
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
