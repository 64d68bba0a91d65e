public import CairnModel

/// An authorization granted outside ACME (RFC 8555 §7.4.1).
///
/// Until it expires, the account's orders for names that it covers get an authorization that is `valid` from the start,
/// has no challenges, and expires with the grant.
///
/// It can also be given to an external account before any account exists: the first account bound to its key receives
/// it (RFC 8555 §7.3.4).
public struct CairnGrant: Hashable, Sendable {
    package struct ID: Hashable, Sendable {
        let number: Int

        package init(number: Int) { self.number = number }
    }

    /// Who has a grant.
    enum Holder: Hashable, Sendable {
        case account(Account.ID)
        /// The account that will be bound to that key first.
        case externalAccountKey(String)
    }

    /// What a grant covers.
    public enum Scope: Hashable, Sendable {
        /// One name, without its wildcard.
        case name(String)
        /// Only the wildcard below a name: `.wildcard("example.test")` covers `*.example.test`.
        case wildcard(String)
        /// A name and all names below it at any depth, including wildcards.
        case domain(String)
        /// One address.
        case address(CairnIPAddress)
    }

    package let id: ID
    /// The names or the address that need no challenge.
    public let scope: Scope
    /// The account that has it; `nil` as long as none is bound to ``externalAccountKey``.
    public var account: CairnObjectID? {
        if case .account(let id) = holder { CairnObjectID(id) } else { nil }
    }
    /// The key identifier of the external account that it was given to; `nil` if it was given to an account.
    public let externalAccountKey: String?
    /// When it ends, in whole seconds.
    public let expires: CairnInstant
    var holder: Holder

    /// A number that is unique within the CA.
    public var number: Int { id.number }
}

extension CairnGrant.Scope {
    /// The identifier that stands for the scope: the first that it covers.
    var identifier: ACMEIdentifier {
        switch self {
        case .name(let name), .domain(let name): .dns(name)
        case .wildcard(let name): .dns("*.\(name)")
        case .address(let address): .ip(address)
        }
    }

    /// The scope with its name as identifiers have it.
    var canonical: CairnGrant.Scope {
        switch self {
        case .name(let name): .name(CairnNamePattern(name).description)
        case .wildcard(let name): .wildcard(CairnNamePattern(name).description)
        case .domain(let name): .domain(CairnNamePattern(name).description)
        case .address: self
        }
    }

    /// All scopes that cover an identifier.
    static func covering(_ identifier: ACMEIdentifier) -> [CairnGrant.Scope] {
        if let address = identifier.address { return [.address(address)] }
        guard identifier.type == .dns else { return [] }
        let base = identifier.withoutWildcard
        return [identifier.isWildcard ? .wildcard(base.value) : .name(base.value), .domain(base.value)]
            + base.namesAbove.map { .domain($0) }
    }
}

/// All grants, and the authorizations that came of them.
struct GrantStore: Sendable {
    private struct Key: Hashable, Sendable {
        let holder: CairnGrant.Holder
        let scope: CairnGrant.Scope
    }

    private struct Entry: Sendable {
        var grant: CairnGrant
        /// The authorizations that are valid because of it, by what was ordered.
        var authorizations: [ACMEIdentifier: Authorization.ID] = [:]
    }

    private let capacity: Int
    private var entries: [CairnGrant.ID: Entry] = [:]
    /// The grants of one scope, the one that expires last at the end.
    private var ids: [Key: [CairnGrant.ID]] = [:]
    private var made = 0

    /// - Parameter capacity: how many can hold at a time.
    init(capacity: Int) { self.capacity = capacity }

    /// How many there are, those included that have expired and are not forgotten yet.
    var count: Int { entries.count }

    /// Those that hold at an instant, oldest first.
    func all(at now: CairnInstant) -> [CairnGrant] {
        entries.values.map(\.grant).filter { $0.expires > now }.sorted { $0.id.number < $1.id.number }
    }

    /// Makes a grant; `nil` if there are as many as there can be.
    ///
    /// - Parameter externalAccountKey: the key that it was given to, if it was not given to the account itself.
    mutating func add(
        _ scope: CairnGrant.Scope, to holder: CairnGrant.Holder, of externalAccountKey: String?,
        until expires: CairnInstant,
        at now: CairnInstant
    ) -> CairnGrant? {
        forgetExpired(at: now)
        guard entries.count < capacity else { return nil }
        let grant = CairnGrant(
            id: CairnGrant.ID(number: made), scope: scope, externalAccountKey: externalAccountKey, expires: expires,
            holder: holder)
        made += 1
        file(grant)
        entries[grant.id] = Entry(grant: grant)
        return grant
    }

    /// Gives what was granted to the key of an external account to the first account that is bound to it.
    mutating func hand(from key: String, to account: Account.ID) {
        guard !entries.isEmpty else { return }
        let waiting = entries.values.map(\.grant).filter { $0.holder == .externalAccountKey(key) }
        for var grant in waiting.sorted(by: { $0.number < $1.number }) {
            unfile(grant)
            grant.holder = .account(account)
            entries[grant.id]?.grant = grant
            file(grant)
        }
    }

    private mutating func file(_ grant: CairnGrant) {
        let key = Key(holder: grant.holder, scope: grant.scope)
        var others = ids[key] ?? []
        let place = others.lastIndex { id in entries[id].map { $0.grant.expires <= grant.expires } ?? true }
        others.insert(grant.id, at: place.map { $0 + 1 } ?? 0)
        ids[key] = others
    }

    private mutating func unfile(_ grant: CairnGrant) {
        let key = Key(holder: grant.holder, scope: grant.scope)
        ids[key]?.removeAll { $0 == grant.id }
        if ids[key]?.isEmpty == true { ids[key] = nil }
    }

    /// Takes a grant out, and says which authorizations were valid because of it, in an order that is the same in every
    /// run; `nil` if it is not there.
    mutating func remove(_ id: CairnGrant.ID) -> (grant: CairnGrant, authorizations: [Authorization.ID])? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        unfile(entry.grant)
        return (entry.grant, entry.authorizations.values.sorted { $0.bits < $1.bits })
    }

    /// Takes out what was granted to an account that is forgotten.
    mutating func removeAll(of account: Account.ID) {
        for (id, entry) in entries where entry.grant.holder == .account(account) { _ = remove(id) }
    }

    /// The grant that covers an identifier for an account, and of several the one that expires last.
    func grant(of account: Account.ID, for identifier: ACMEIdentifier, at now: CairnInstant) -> CairnGrant? {
        guard !entries.isEmpty else { return nil }
        let covering = CairnGrant.Scope.covering(identifier).compactMap { scope in
            ids[Key(holder: .account(account), scope: scope)]?.last.flatMap { entries[$0]?.grant }
        }
        // The first of those that are equally good, and so the narrowest.
        return covering.filter { $0.expires > now }.reduce(nil) { best, grant in
            if let best, best.expires >= grant.expires { best } else { grant }
        }
    }

    /// The valid authorization that came of a grant for an identifier.
    func authorization(of id: CairnGrant.ID, for identifier: ACMEIdentifier) -> Authorization.ID? {
        entries[id]?.authorizations[identifier]
    }

    mutating func add(_ authorization: Authorization, of id: CairnGrant.ID) {
        entries[id]?.authorizations[authorization.orderedIdentifier] = authorization.id
    }

    mutating func remove(_ authorization: Authorization, of id: CairnGrant.ID) {
        guard entries[id]?.authorizations[authorization.orderedIdentifier] == authorization.id else { return }
        entries[id]?.authorizations[authorization.orderedIdentifier] = nil
    }

    private mutating func forgetExpired(at now: CairnInstant) {
        for (id, entry) in entries where entry.grant.expires <= now { _ = remove(id) }
    }
}

extension Engine {
    /// Authorizes an account from outside ACME (RFC 8555 §7.4.1).
    ///
    /// - Throws: an objection to an account that is not there or not valid, a name that no order can have, an end that is not
    ///   in the next hundred years, and one grant more than ``CairnBounds/grants``.
    package func grant(
        _ scope: CairnGrant.Scope, to account: Account.ID, until end: CairnInstant, at now: CairnInstant
    ) throws(Objection) -> CairnGrant {
        let (scope, expires) = try acceptable(scope, until: end, at: now)
        return try transact(at: now) { (state) throws(Objection) in
            _ = try state.knownAndValid(account)
            return try state.grant(scope, to: .account(account), of: nil, until: expires, at: now)
        }
    }

    /// Authorizes an external account: the first account that is or will be bound to the key with that identifier
    /// (RFC 8555 §7.3.4), which may be issued later.
    ///
    /// - Throws: an objection as above.
    package func grant(
        _ scope: CairnGrant.Scope, toExternalAccount key: String, until end: CairnInstant, at now: CairnInstant
    ) throws(Objection) -> CairnGrant {
        let (scope, expires) = try acceptable(scope, until: end, at: now)
        return try transact(at: now) { (state) throws(Objection) in
            let first = state.firstAccount(boundBy: key)
            if let first { _ = try state.knownAndValid(first) }
            return try state.grant(
                scope, to: first.map(CairnGrant.Holder.account) ?? .externalAccountKey(key), of: key, until: expires,
                at: now
            )
        }
    }

    /// The scope in its canonical form, and the end in whole seconds, if there can be such a grant.
    private func acceptable(
        _ scope: CairnGrant.Scope, until end: CairnInstant, at now: CairnInstant
    ) throws(Objection) -> (CairnGrant.Scope, expires: CairnInstant) {
        let scope = scope.canonical
        do { _ = try IdentifierRules.canonical(scope.identifier) } catch { throw Objection(.invalid, error.detail) }
        guard end - now <= .century, end.wholeSecond > now else {
            throw Objection(
                .invalid,
                "expected a grant that ends in the hundred years after \(now), got one that ends \(end - now) later")
        }
        return (scope, end.wholeSecond)
    }

    /// Withdraws a grant; `false` if it does not hold any more.
    ///
    /// Authorizations that are valid because of it are revoked, and orders that still need them become invalid.
    @discardableResult
    package func revoke(_ grant: CairnGrant.ID, at now: CairnInstant) -> Bool {
        let revoked = try? transact(at: now) { (state) throws(Refusal) in state.revoke(grant, at: now) }
        return revoked ?? false
    }

    /// The grants that hold, oldest first.
    package func grants(at now: CairnInstant) -> [CairnGrant] {
        inspect { $0.grants.all(at: now) }
    }
}

extension State {
    fileprivate mutating func grant(
        _ scope: CairnGrant.Scope, to holder: CairnGrant.Holder, of key: String?, until expires: CairnInstant,
        at now: CairnInstant
    ) throws(Objection) -> CairnGrant {
        guard let grant = grants.add(scope, to: holder, of: key, until: expires, at: now) else {
            throw Objection(.limit, "expected at most \(bounds.grants) grants at a time, got one more")
        }
        return grant
    }

    fileprivate mutating func revoke(_ grant: CairnGrant.ID, at now: CairnInstant) -> Bool {
        guard let withdrawn = grants.remove(grant) else { return false }
        for id in withdrawn.authorizations {
            guard let authorization = authorizations[id], change(id, .revokedByServer, at: now) else { continue }
            failOrders(of: authorization, because: "was revoked by the CA (RFC 8555 §7.1.6)", at: now)
        }
        return withdrawn.grant.expires > now
    }
}
