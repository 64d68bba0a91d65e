public import CairnModel

/// When an order is given an authorization that the account has already (RFC 8555 §7.1.3).
///
///     ca.policy.authorizationReuse = .always
///     ca.policy.authorizationReuse["*.fresh.test"] = .never
///
/// An authorization can be used again while it is valid, by the account that it belongs to, for the very name that it was
/// made for (a wildcard or not), and if the profile of the order still offers the challenge that proved it. Of several, the
/// one that expires last is taken.
public struct CairnAuthorizationReuse: Hashable, Sendable {
    /// Whether an order gets what the account has already.
    public enum Rule: Hashable, Sendable {
        /// The order gets a new authorization.
        case never
        /// The order gets a new authorization only if the account has none that can be used again.
        case always
        /// With that probability, from 0 to 1, drawn from the seed for each name of each order.
        case sometimes(Double)
    }

    /// What holds for names without an entry.
    public var standard: Rule
    private var entries: [CairnNamePattern: Rule] = [:]

    /// One rule for all names that are given no entry.
    public init(_ standard: Rule = .never) {
        self.standard = standard
    }

    /// Every order gets new authorizations.
    public static let never = CairnAuthorizationReuse(.never)
    /// An order gets new authorizations only where the account has none.
    public static let always = CairnAuthorizationReuse(.always)

    /// One rule for all names: with that probability, from 0 to 1.
    public static func sometimes(_ probability: Double) -> CairnAuthorizationReuse {
        CairnAuthorizationReuse(.sometimes(probability))
    }

    /// The entry of a name, of all names below one (`*.example.test`, wildcards included), or of an address; `nil`
    /// removes it.
    ///
    /// A name's own entry is the strongest, then the nearest `*.` above it, then ``standard``.
    public subscript(name: CairnNamePattern) -> Rule? {
        get { entries[name] }
        set { entries[name] = newValue }
    }

    /// All entries at once.
    package var names: [String: Rule] {
        get { entries.reduce(into: [:]) { $0[$1.key.description] = $1.value } }
        set { entries = newValue.reduce(into: [:]) { $0[CairnNamePattern($1.key)] = $1.value } }
    }

    func rule(for identifier: ACMEIdentifier) -> Rule {
        guard !entries.isEmpty else { return standard }
        return CairnNamePattern.matching(identifier).lazy.compactMap { entries[$0] }.first ?? standard
    }
}

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
        let base = identifier.withoutWildcard
        let own = identifier.isWildcard ? [base.value] : []
        return switch self {
        case .name: []
        case .wildcard: own
        case .domain: own + base.namesAbove
        }
    }
}
