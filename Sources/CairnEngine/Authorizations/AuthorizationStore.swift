import CairnModel
import DequeModule

/// All authorizations, by their ids, by account and name, and by the sequence in which they can be forgotten.
struct AuthorizationStore: Sendable {
    private var table: [Authorization.ID: Authorization] = [:]
    private var byAccount: [Account.ID: AccountAuthorizations] = [:]
    /// Those that no order lists and that can be used no more, in the order in which they ended.
    private var finished: Deque<Authorization.ID> = []
    /// Pre-authorizations in the order in which they were made, forgotten ones among them.
    private var preAuthorizations: Deque<Authorization.ID> = []
    private var made = 0

    var count: Int { table.count }

    /// How many have ended without any order that lists them.
    var finishedCount: Int { finished.count }

    /// In any order.
    var all: some Collection<Authorization> { table.values }

    subscript(id: Authorization.ID) -> Authorization? { table[id] }

    // MARK: Of an account

    /// The authorizations of an account that are pending, in an order that is the same in every run.
    func pending(of account: Account.ID) -> [Authorization.ID] {
        byAccount[account]?.allPending.sorted { $0.bits < $1.bits } ?? []
    }

    func pendingCount(of account: Account.ID) -> Int { byAccount[account]?.pendingCount ?? 0 }

    /// When those that are pending expire, the first one first.
    func pendingExpiries(of account: Account.ID) -> [CairnInstant] {
        byAccount[account]?.allPending.compactMap { table[$0]?.expires }.sorted() ?? []
    }

    /// The authorizations of an account for a name that are pending, in any order.
    func pending(of account: Account.ID, for identifier: ACMEIdentifier) -> [Authorization] {
        byAccount[account]?.pending(for: identifier).compactMap { table[$0] } ?? []
    }

    /// Whether an account has proven control of a name, and the proof still counts.
    func hasValid(of account: Account.ID, for identifier: ACMEIdentifier) -> Bool {
        byAccount[account]?.hasValid(for: identifier) ?? false
    }

    /// The valid authorization of an account for a name that expires last, of those that satisfy a condition.
    func valid(
        of account: Account.ID, for identifier: ACMEIdentifier, amongPreAuthorizations: Bool,
        where isGood: (Authorization) -> Bool
    ) -> Authorization? {
        byAccount[account]?.valid(for: identifier, amongPreAuthorizations: amongPreAuthorizations) { id in
            table[id].map(isGood) ?? false
        }.flatMap { table[$0] }
    }

    // MARK: Changes

    mutating func insert(_ authorization: Authorization) {
        table[authorization.id] = authorization
        table[authorization.id]?.number = made
        made += 1
        byAccount[authorization.account, default: AccountAuthorizations()].file(authorization)
    }

    /// Changes an authorization where it lies; `nil` if there is none.
    @discardableResult
    mutating func update<Value>(_ id: Authorization.ID, _ change: (inout Authorization) -> Value) -> Value? {
        guard let place = table.index(forKey: id) else { return nil }
        let before = (status: table.values[place].state.status, expires: table.values[place].expires)
        let value = change(&table.values[place])
        let (status, expires) = (table.values[place].state.status, table.values[place].expires)
        if status != before.status || expires != before.expires { fileAnew(table.values[place], before.status) }
        return value
    }

    /// Takes what has changed in a copy of an authorization.
    mutating func update(_ authorization: Authorization) {
        update(authorization.id) { $0 = authorization }
    }

    private mutating func fileAnew(_ authorization: Authorization, _ before: AuthorizationState.Status) {
        byAccount[authorization.account]?.remove(authorization, filedUnder: before)
        byAccount[authorization.account]?.file(authorization)
        if authorization.state.isFinal, authorization.orderCount == 0 { finished.append(authorization.id) }
    }

    @discardableResult
    mutating func remove(_ id: Authorization.ID) -> Authorization? {
        guard let authorization = table.removeValue(forKey: id) else { return nil }
        byAccount[authorization.account]?.remove(authorization, filedUnder: authorization.state.status)
        return authorization
    }

    /// Forgets the authorization that ended first of those that no order lists; `nil` if there is none.
    mutating func removeFirstFinished() -> Authorization? {
        while let oldest = finished.popFirst() {
            if let authorization = remove(oldest) { return authorization }
        }
        return nil
    }

    /// Notes that a client asked for an authorization before any order.
    mutating func notePreAuthorization(_ id: Authorization.ID) {
        preAuthorizations.append(id)
        if preAuthorizations.count > 2 * table.count + 64 {
            var seen: Set<Authorization.ID> = []
            preAuthorizations.removeAll { table[$0] == nil || !seen.insert($0).inserted }
        }
    }

    /// Takes out of the sequence the pre-authorization that was made first of those that no order lists; `nil` if there
    /// is none before `kept`.
    mutating func nextPreAuthorization(but kept: Authorization.ID?) -> Authorization.ID? {
        while let oldest = preAuthorizations.first, oldest != kept {
            preAuthorizations.removeFirst()
            if table[oldest]?.orderCount == 0 { return oldest }
        }
        return nil
    }
}

/// The authorizations of one account that can still be used, by what was ordered.
private struct AccountAuthorizations: Sendable {
    private var pending: [ACMEIdentifier: Set<Authorization.ID>] = [:]
    private(set) var pendingCount = 0
    private var valid = ValidAuthorizations()
    /// Those among the valid ones that the client asked for before any order.
    private var validPreAuthorizations = ValidAuthorizations()

    /// In any order.
    var allPending: some Sequence<Authorization.ID> { pending.values.joined() }

    func pending(for identifier: ACMEIdentifier) -> Set<Authorization.ID> { pending[identifier, default: []] }

    func hasValid(for identifier: ACMEIdentifier) -> Bool { valid.holds(identifier) }

    func valid(
        for identifier: ACMEIdentifier, amongPreAuthorizations: Bool, where isGood: (Authorization.ID) -> Bool
    ) -> Authorization.ID? {
        (amongPreAuthorizations ? validPreAuthorizations : valid).last(for: identifier, where: isGood)
    }

    /// Files an authorization, which is nowhere yet, under its status.
    mutating func file(_ authorization: Authorization) {
        switch authorization.state.status {
        case .pending:
            pending[authorization.orderedIdentifier, default: []].insert(authorization.id)
            pendingCount += 1
        case .valid:
            valid.insert(authorization)
            if case .preAuthorization = authorization.origin { validPreAuthorizations.insert(authorization) }
        case .invalid, .deactivated, .expired, .revoked: break
        }
    }

    /// Takes an authorization out that was filed under a status.
    ///
    /// It is looked for there alone: among the valid ones, what is not there would take a look at all of its name.
    mutating func remove(_ authorization: Authorization, filedUnder status: AuthorizationState.Status) {
        switch status {
        case .pending:
            let identifier = authorization.orderedIdentifier
            guard pending[identifier]?.remove(authorization.id) != nil else { return }
            pendingCount -= 1
            if pending[identifier]?.isEmpty == true { pending[identifier] = nil }
        case .valid:
            valid.remove(authorization)
            if case .preAuthorization = authorization.origin { validPreAuthorizations.remove(authorization) }
        case .invalid, .deactivated, .expired, .revoked: break
        }
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
