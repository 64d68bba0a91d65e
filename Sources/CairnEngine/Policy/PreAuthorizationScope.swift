import CairnModel

/// How much an authorization covers that a client asked for before any order, and proved by `dns-01` (RFC 8555 §7.4.1).
///
/// Whoever controls a name's DNS controls what is below it, and many private CAs have one proof count for all of that.
/// Then the authorizations of an order need not be as many as its identifiers, nor name them (RFC 8555 §7.1.3).
public enum CairnPreAuthorizationScope: String, CaseIterable, Hashable, Sendable {
    /// The name alone.
    case name
    /// The name, and the wildcard directly below it.
    case wildcard
    /// The name and all names below it at any depth, wildcards included.
    case domain

    /// The names, apart from the identifier itself, whose authorizations cover it.
    func namesCovering(_ identifier: ACMEIdentifier) -> [String] {
        let base = identifier.withoutWildcard.value
        var names = identifier.isWildcard ? [base] : []
        guard self == .domain else { return self == .wildcard ? names : [] }
        var rest = base[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            names.append(String(rest))
        }
        return names
    }
}
