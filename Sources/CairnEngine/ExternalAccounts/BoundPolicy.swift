public import CairnModel

/// What an account may order that is bound to an external account (RFC 8555 §7.3.4).
///
/// Default: everything.
public struct CairnBoundPolicy: Hashable, Sendable {
    /// The names that may be ordered; `nil` allows all.
    public var names: [CairnBoundName]?
    /// The names that may not be ordered, though ``names`` has them.
    ///
    /// A wildcard is refused as well if it would cover one of them.
    public var deniedNames: CairnNameSet
    /// The profiles that may be ordered; `nil` allows all.
    public var profiles: [String]?
    /// The most identifiers of one order; `nil` sets no limit of its own.
    public var maximumIdentifiers: Int?

    /// What is left out restricts nothing.
    public init(
        names: [CairnBoundName]? = nil, deniedNames: CairnNameSet = [], profiles: [String]? = nil,
        maximumIdentifiers: Int? = nil
    ) {
        self.names = names
        self.deniedNames = deniedNames
        self.profiles = profiles
        self.maximumIdentifiers = maximumIdentifiers
    }
}

/// Identifiers that an external account may order.
///
/// As a literal, `"www.example.test"` and `"192.0.2.1"` stand for themselves, `"*.example.test"` for ``below(_:)``.
public enum CairnBoundName: Hashable, Sendable, ExpressibleByStringLiteral {
    /// That identifier alone.
    case exactly(ACMEIdentifier)
    /// Every name and wildcard below a domain, at any depth, but not the domain.
    case below(String)
    /// A domain, and every name and wildcard below it.
    case domain(String)

    /// ``below(_:)`` for a text that begins with `*.`, otherwise ``exactly(_:)``.
    public init(stringLiteral value: String) {
        self =
            value.hasPrefix("*.") ? .below(String(value.dropFirst(2))) : .exactly(ACMEIdentifier(stringLiteral: value))
    }

    /// Whether it stands for `identifier`.
    public func contains(_ identifier: ACMEIdentifier) -> Bool {
        switch self {
        case .exactly(let one): identifier == one
        case .below(let domain): identifier.type == .dns && identifier.value.hasSuffix(".\(domain.lowercased())")
        case .domain(let domain): identifier == .dns(domain) || CairnBoundName.below(domain).contains(identifier)
        }
    }
}

extension State {
    /// Refuses an order that is larger than the external account behind an account may have it, or of another profile
    /// (RFC 8555 §7.3.4).
    func checkBounds(of account: Account, _ identifiers: Int, profile: String) throws(Refusal) {
        guard let key = account.externalAccountKey, let policy = externalAccountKeys[key]?.policy else { return }
        if let maximum = policy.maximumIdentifiers, identifiers > maximum {
            throw Refusal(
                .unauthorized,
                "expected at most \(maximum) identifiers for the external account \(key.quoted), got \(identifiers) "
                    + "(RFC 8555 §7.3.4)")
        }
        if let profiles = policy.profiles, !profiles.contains(profile) {
            let names = profiles.map { "\"\($0)\"" }.joined(separator: ", ")
            throw Refusal(
                .unauthorized,
                "expected one of the profiles \(names) for the external account \(key.quoted), got \(profile.quoted) "
                    + "(RFC 8555 §7.3.4)")
        }
    }

    /// Why an identifier is not one of the external account behind an account; `nil` if it is, or if there is none.
    func bound(on account: Account, toCertify identifier: ACMEIdentifier) -> ACMEProblem? {
        guard let key = account.externalAccountKey, let policy = externalAccountKeys[key]?.policy else { return nil }
        let isNamed = policy.names?.contains { $0.contains(identifier) } ?? true
        guard !isNamed || policy.deniedNames.covers(identifier) else { return nil }
        return ACMEProblem(
            .rejectedIdentifier,
            "\(identifier.value.quoted) is not among the names of the external account \(key.quoted) (RFC 8555 §7.3.4)")
    }
}
