public import ACME

/// What an account may order that is bound to an external account (RFC 8555 §7.3.4).
///
/// Default: everything.
public struct BoundPolicy: Hashable, Sendable {
    /// The names that may be ordered; `nil` allows all.
    public var names: [NamePattern]?
    /// The names that may not be ordered, though ``names`` has them.
    public var deniedNames: [NamePattern]
    /// The profiles that may be ordered; `nil` allows all.
    public var profiles: [String]?
    /// The most identifiers of one order; `nil` sets no limit beside ``Policy/maximumIdentifiers``.
    public var maximumIdentifiers: Int?

    public init(
        names: [NamePattern]? = nil, deniedNames: [NamePattern] = [], profiles: [String]? = nil,
        maximumIdentifiers: Int? = nil
    ) {
        self.names = names
        self.deniedNames = deniedNames
        self.profiles = profiles
        self.maximumIdentifiers = maximumIdentifiers
    }
}

/// A set of identifiers.
///
/// As a literal, `"www.example.test"` and `"192.0.2.1"` stand for themselves, `"*.example.test"` for ``below(_:)``.
public enum NamePattern: Hashable, Sendable, ExpressibleByStringLiteral {
    /// That identifier alone.
    case exactly(Identifier)
    /// Every name one label below a domain, and the wildcard for them.
    case below(String)
    /// A domain, and every name and wildcard below it.
    case domain(String)

    public init(stringLiteral value: String) {
        self = value.hasPrefix("*.") ? .below(String(value.dropFirst(2))) : .exactly(Identifier(stringLiteral: value))
    }

    /// Whether the set has `identifier`.
    public func contains(_ identifier: Identifier) -> Bool {
        switch self {
        case .exactly(let one): return identifier == one
        case .below(let domain):
            guard identifier.type == .dns, let dot = identifier.value.firstIndex(of: ".") else { return false }
            return identifier.value[identifier.value.index(after: dot)...] == domain.lowercased()
        case .domain(let domain):
            let domain = domain.lowercased()
            return identifier.type == .dns && (identifier.value == domain || identifier.value.hasSuffix(".\(domain)"))
        }
    }
}

extension BoundPolicy {
    /// Whether an account may have a certificate for `identifier`.
    func allows(_ identifier: Identifier) -> Bool {
        names?.contains { $0.contains(identifier) } ?? true && !deniedNames.contains { $0.contains(identifier) }
    }
}

extension State {
    /// Refuses what the external account behind an account may not order (RFC 8555 §7.3.4).
    ///
    /// - Parameter profile: `nil` where none is asked for, in newAuthz.
    func checkBoundPolicy(
        of account: Account, _ identifiers: [Identifier], profile: String? = nil
    ) throws(Refusal) {
        guard let key = account.externalAccountKey, let policy = externalAccountKeys[key]?.policy else { return }
        let whose = "the external account \"\(key)\""
        if let maximum = policy.maximumIdentifiers, identifiers.count > maximum {
            throw Refusal(
                .unauthorized,
                "expected at most \(maximum) identifiers for \(whose), got \(identifiers.count) (RFC 8555 §7.3.4)")
        }
        if let profile, let profiles = policy.profiles, !profiles.contains(profile) {
            let names = profiles.map { "\"\($0)\"" }.joined(separator: ", ")
            throw Refusal(
                .unauthorized,
                "expected one of the profiles \(names) for \(whose), got \"\(profile)\" (RFC 8555 §7.3.4)")
        }
        let problems = identifiers.filter { !policy.allows($0) }.map { identifier in
            Problem(
                .rejectedIdentifier, "\"\(identifier)\" is not among the names of \(whose) (RFC 8555 §7.3.4)",
                identifier: identifier)
        }
        if let refusal = Refusal(summing: problems, "identifiers were refused to \(whose)") { throw refusal }
    }
}
