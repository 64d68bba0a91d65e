import CairnModel

/// All grants, and the authorizations that came of them.
struct Grants: Sendable {
    private struct Key: Hashable, Sendable {
        let account: Account.ID
        let scope: Grant.Scope
    }

    private struct Entry: Sendable {
        let grant: Grant
        /// The authorizations that are valid because of it, by what was ordered.
        var authorizations: [Identifier: Authorization.ID] = [:]
    }

    private var entries: [Grant.ID: Entry] = [:]
    /// The grants of one scope, the one that expires last at the end.
    private var ids: [Key: [Grant.ID]] = [:]
    private var count = 0

    /// Those that hold at an instant, oldest first.
    func all(at now: Instant) -> [Grant] {
        entries.values.map(\.grant).filter { $0.expires > now }.sorted { $0.id.number < $1.id.number }
    }

    mutating func add(_ scope: Grant.Scope, to account: Account.ID, until expires: Instant, at now: Instant) -> Grant {
        forgetExpired(at: now)
        let grant = Grant(
            id: Grant.ID(number: count), scope: scope, account: "\(account)", expires: expires, holder: account)
        count += 1
        let key = Key(account: account, scope: scope)
        var others = ids[key] ?? []
        let place = others.lastIndex { id in entries[id].map { $0.grant.expires <= expires } ?? true }
        others.insert(grant.id, at: place.map { $0 + 1 } ?? 0)
        ids[key] = others
        entries[grant.id] = Entry(grant: grant)
        return grant
    }

    /// Takes a grant out, and says which authorizations were valid because of it, in an order that is the same in every
    /// run; `nil` if it is not there.
    mutating func remove(_ id: Grant.ID) -> (grant: Grant, authorizations: [Authorization.ID])? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        let key = Key(account: entry.grant.holder, scope: entry.grant.scope)
        ids[key]?.removeAll { $0 == id }
        if ids[key]?.isEmpty == true { ids[key] = nil }
        return (entry.grant, entry.authorizations.values.sorted { $0.bits < $1.bits })
    }

    /// The grant that covers an identifier for an account, and of several the one that expires last.
    func grant(of account: Account.ID, for identifier: Identifier, at now: Instant) -> Grant? {
        guard !entries.isEmpty else { return nil }
        let covering = Grant.Scope.covering(identifier).compactMap { scope in
            ids[Key(account: account, scope: scope)]?.last.flatMap { entries[$0]?.grant }
        }
        // The first of those that are equally good, and so the narrowest.
        return covering.filter { $0.expires > now }.reduce(nil) { best, grant in
            if let best, best.expires >= grant.expires { best } else { grant }
        }
    }

    /// The valid authorization that came of a grant for an identifier.
    func authorization(of id: Grant.ID, for identifier: Identifier) -> Authorization.ID? {
        entries[id]?.authorizations[identifier]
    }

    mutating func add(_ authorization: Authorization, of id: Grant.ID) {
        entries[id]?.authorizations[authorization.orderedIdentifier] = authorization.id
    }

    mutating func remove(_ authorization: Authorization, of id: Grant.ID) {
        guard entries[id]?.authorizations[authorization.orderedIdentifier] == authorization.id else { return }
        entries[id]?.authorizations[authorization.orderedIdentifier] = nil
    }

    private mutating func forgetExpired(at now: Instant) {
        for (id, entry) in entries where entry.grant.expires <= now { _ = remove(id) }
    }
}
