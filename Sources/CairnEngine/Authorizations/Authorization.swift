public import CairnModel
import DequeModule

/// An authorization (RFC 8555 §7.1.4).
package struct Authorization: Sendable {
    package typealias ID = ResourceID<Authorization>

    package let id: ID
    package let account: Account.ID
    /// Never a wildcard; see ``isWildcard``.
    package let identifier: ACMEIdentifier
    /// Whether the authorization is for the wildcard below ``identifier``.
    package let isWildcard: Bool
    package internal(set) var state = AuthorizationState()
    /// For how many seconds it can be used once it is valid; 0 for as many as the policy says then.
    let validSeconds: UInt32
    package internal(set) var expires: CairnInstant
    package internal(set) var challenges: [Challenge]
    /// When the CAA records were looked at last, and let the CA issue: of what it was made for.
    var caaChecked: CairnInstant?
    /// The same of what else it was good for.
    private var otherCAAChecks: [ACMEIdentifier: CairnInstant] = [:]
    /// Whether whoever knows its URL may read it; otherwise its account alone.
    package internal(set) var isPublic = false
    let origin: Origin
    private var waitingOrders: Deque<Order.ID> = []
    /// How many orders list it, the finished ones included.
    private(set) var orderCount = 0
    /// The place of the authorization among all authorizations of the CA.
    var number = 0

    init(
        id: ID, account: Account.ID, identifier: ACMEIdentifier, isWildcard: Bool,
        expires: CairnInstant, challenges: [Challenge], origin: Origin, validSeconds: UInt32 = 0
    ) {
        (self.id, self.account, self.identifier, self.isWildcard) = (id, account, identifier, isWildcard)
        (self.expires, self.challenges, self.origin) = (expires, challenges, origin)
        self.validSeconds = validSeconds
    }

    /// The orders that cannot do without the authorization: those that are not finished, oldest first.
    package var unfinishedOrders: [Order.ID] { Array(waitingOrders) }

    /// Why there is an authorization.
    enum Origin: Sendable {
        case order
        /// Made for that order alone.
        case scopedOrder(Order.ID)
        /// The client asked for it before any order (RFC 8555 §7.4.1).
        case preAuthorization
        /// The account has it from outside ACME.
        case grant(CairnGrant.ID)
    }

    /// The order that alone may use it; `nil` if all orders may.
    package var scope: Order.ID? {
        if case .scopedOrder(let order) = origin { order } else { nil }
    }

    /// Whether it is kept although no order lists it.
    var outlivesItsOrders: Bool {
        if case .preAuthorization = origin { !state.isFinal } else { false }
    }

    mutating func join(_ order: Order.ID) {
        waitingOrders.append(order)
        orderCount += 1
    }

    /// How long it is good for, on account of how it was proven; `nil` for as long as the policy says.
    var proofLimits: ProofLimits? { challenges.lazy.compactMap(\.limits).first }

    /// Whether it can be given to an order that comes now, if it is valid.
    ///
    /// What was asked for before any order can be given to the first in any case.
    func canBeReused(at now: CairnInstant) -> Bool {
        guard let reuse = proofLimits?.reuse else { return true }
        if case .preAuthorization = origin, orderCount == 0 { return true }
        return challenges.contains { challenge in challenge.validated.map { now < $0 + reuse } ?? false }
    }

    /// Notes that an order is finished.
    mutating func release(_ order: Order.ID) {
        // Old ones are finished first, as a rule, so this finds them at once.
        if let place = waitingOrders.firstIndex(of: order) { waitingOrders.remove(at: place) }
        // Most authorizations are kept long after their only order: without room for others.
        if waitingOrders.isEmpty { waitingOrders = [] }
    }

    /// Notes that a finished order is forgotten.
    mutating func forget(_ order: Order.ID) { orderCount -= 1 }

    /// Whether it can still be proven by each of these types, and by no other.
    func offers(_ types: [ACMEChallengeType]) -> Bool {
        challenges.map(\.type) == types && !challenges.contains { $0.state.status == .invalid }
    }

    /// Whether it is as good as one that would be proven by one of `types`, or by any if there are none.
    func isProven(by types: [ACMEChallengeType]?) -> Bool {
        guard let types else { return true }
        if case .grant = origin { return true }
        return challenges.contains { $0.state.status == .valid && types.contains($0.type) }
    }

    /// When the CAA records of an identifier were looked at last, and let the CA issue.
    func caaChecked(for ordered: ACMEIdentifier) -> CairnInstant? {
        ordered == orderedIdentifier ? caaChecked : otherCAAChecks[ordered]
    }

    mutating func noteCAACheck(of ordered: ACMEIdentifier, at now: CairnInstant) {
        if ordered == orderedIdentifier { caaChecked = now } else { otherCAAChecks[ordered] = now }
    }

    /// The same with challenges that are `pending` until they are decided, as ``CairnPolicy/showsProcessing`` has it.
    package var withoutProcessing: Authorization {
        var shown = self
        for index in challenges.indices where challenges[index].state.status == .processing {
            shown.challenges[index].state = ChallengeState(.pending)
        }
        return shown
    }

    /// When the CA will look again at a challenge whose last query failed (RFC 8555 §8.2).
    package var nextQuery: CairnInstant? {
        challenges.compactMap(\.nextQuery).min { $0 < $1 }
    }

    /// Whether the query of `job` is the one whose verdict is awaited.
    func isWaiting(for job: ValidationJob) -> Bool {
        challenges[job.challenge].state.status == .processing && challenges[job.challenge].query == job.query
    }

    /// Whether a challenge is left that has not been decided.
    var canStillBeProven: Bool { challenges.contains { !$0.state.isFinal } }

    /// What an order asks for to be given this authorization.
    package var orderedIdentifier: ACMEIdentifier {
        isWildcard ? ACMEIdentifier(type: identifier.type, value: "*." + identifier.value) : identifier
    }
}

/// The status of an authorization (RFC 8555 §7.1.6).
///
/// ```
///                  pending -----------------+
///                     |                     |
///           +---------+---------+           |
///           v                   v           |
///        invalid              valid         |
///                               |           |
///                +--------------+-----------+
///                |              |           |
///                v              v           v
///             revoked     deactivated    expired
/// ```
package struct AuthorizationState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case pending, valid, invalid, deactivated, expired, revoked }
    package enum Event: CaseIterable, Sendable {
        case challengeValidated, challengeFailed, deactivatedByClient, revokedByServer, expired
    }

    package let status: Status

    package init(_ status: Status = .pending) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch (status, event) {
        case (.pending, .challengeValidated): .valid
        case (.pending, .challengeFailed): .invalid
        case (.pending, .deactivatedByClient), (.valid, .deactivatedByClient): .deactivated
        case (.pending, .revokedByServer), (.valid, .revokedByServer): .revoked
        case (.pending, .expired), (.valid, .expired): .expired
        case (.valid, .challengeValidated), (.valid, .challengeFailed): nil
        case (.invalid, _), (.deactivated, _), (.expired, _), (.revoked, _): nil
        }
    }
}

/// An authorization as it was at one instant (RFC 8555 §7.1.4).
public struct CairnAuthorization: Hashable, Sendable, Identifiable {
    /// The last part of its URL.
    public let id: CairnObjectID
    /// `pending`, `valid`, `invalid`, `deactivated`, `expired` or `revoked` (RFC 8555 §7.1.6).
    public let status: ACMEStatus
    /// The account that it belongs to.
    public let account: CairnObjectID
    /// Never a wildcard; see ``isWildcard``.
    public let identifier: ACMEIdentifier
    /// Whether it is for the wildcard below ``identifier``.
    public let isWildcard: Bool
    /// When it expires, whatever its status.
    public let expires: CairnInstant
    /// The challenges, any one of which suffices; empty if it was granted.
    public let challenges: [CairnChallenge]
    /// The orders that depend on it and are neither valid nor invalid, oldest first.
    public let unfinishedOrders: [CairnObjectID]
    /// The world of its account; `nil` for the one without a prefix.
    public let world: String?

    init(_ authorization: Authorization, in world: String?) {
        self.world = world
        id = CairnObjectID(authorization.id)
        status = ACMEStatus(authorization.state)
        account = CairnObjectID(authorization.account)
        (identifier, isWildcard) = (authorization.identifier, authorization.isWildcard)
        expires = authorization.expires
        let id = id
        challenges = authorization.challenges.enumerated().map { CairnChallenge($1, $0, of: id) }
        unfinishedOrders = authorization.unfinishedOrders.map { CairnObjectID($0) }
    }

    /// The same as JSON, without absent values.
    public var json: CairnJSON {
        var object: CairnJSONObject = ["id": id.json, "status": status.json]
        object["account"] = account.json
        object["identifier"] = identifier.json
        object["isWildcard"] = .bool(isWildcard)
        object["expires"] = expires.json
        object["challenges"] = .array(challenges.map(\.json))
        object["unfinishedOrders"] = .array(unfinishedOrders.map(\.json))
        object["world"] = world.map(CairnJSON.string)
        return .object(object)
    }
}

/// A challenge as it was at one instant (RFC 8555 §7.1.5, §8).
public struct CairnChallenge: Hashable, Sendable, Identifiable {
    /// The end of its URL: its authorization and its index there, from 0.
    public let id: CairnObjectID
    /// The type: `http-01`.
    public let type: ACMEChallengeType
    /// `pending`, `processing`, `valid` or `invalid` (RFC 8555 §7.1.6), whatever ``CairnPolicy/showsProcessing`` shows.
    public let status: ACMEStatus
    /// The token (RFC 8555 §8.3).
    public let token: String
    /// The key authorization of the last response (RFC 8555 §8.1); `nil` until then.
    public let keyAuthorization: String?
    /// When it was validated.
    public let validated: CairnInstant?
    /// Why the last validation failed.
    public let error: ACMEProblem?
    /// When the CA will try again (RFC 8555 §8.2).
    public let nextQuery: CairnInstant?

    init(_ challenge: Challenge, _ place: Int, of authorization: CairnObjectID) {
        id = CairnObjectID(rawValue: "\(authorization)/\(place)")
        (type, token) = (challenge.type, challenge.token)
        status = ACMEStatus(challenge.state)
        keyAuthorization = challenge.keyAuthorization?.text
        (validated, error, nextQuery) = (challenge.validated, challenge.error, challenge.nextQuery)
    }

    /// The same as JSON, without absent values.
    public var json: CairnJSON {
        var object: CairnJSONObject = ["id": id.json, "type": .string(type.rawValue), "status": status.json]
        object["token"] = .string(token)
        object["keyAuthorization"] = keyAuthorization.map(CairnJSON.string)
        object["validated"] = validated?.json
        object["error"] = error?.json
        object["nextQuery"] = nextQuery?.json
        return .object(object)
    }
}

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
        // Looked at where it lies: to read one member from outside is to copy it all.
        func apply(_ authorization: inout Authorization) -> (Value, isElsewhere: Bool, AuthorizationState.Status) {
            let (status, expires) = (authorization.state.status, authorization.expires)
            let value = change(&authorization)
            return (value, authorization.state.status != status || authorization.expires != expires, status)
        }
        let (value, isElsewhere, before) = apply(&table.values[place])
        if isElsewhere { fileAnew(table.values[place], before) }
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
