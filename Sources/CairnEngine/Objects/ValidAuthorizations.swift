import CairnModel
import DequeModule

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
