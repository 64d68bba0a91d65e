public import CairnModel

/// Whether new accounts are bound to accounts that people have with the CA outside ACME (RFC 8555 §7.3.4).
public enum CairnExternalAccountBindingPolicy: String, CaseIterable, Hashable, Sendable {
    /// A binding is neither verified nor shown.
    case ignored
    /// A binding is verified where a client sends one.
    case verified
    /// New accounts need one, and the directory says so.
    case required
}

/// What a CA gives to somebody so that he can bind an account of his: the name of a key, and the key (RFC 8555 §7.3.4).
public struct CairnExternalAccountKey: Hashable, Sendable {
    /// How often a key can be used.
    public enum Uses: Hashable, Sendable {
        /// For one account.
        case once
        /// For any number of accounts.
        case unlimited
    }

    /// What may still be done with a key.
    public enum Status: String, Hashable, Sendable {
        /// Another account may be bound by it.
        case usable
        /// It was for one account, and has it.
        case used
        /// It was withdrawn.
        case revoked
        /// Its time is over.
        case expired
    }

    /// The `kid` of the binding: ASCII.
    public let identifier: String
    /// The octets of the key.
    public let macKey: [UInt8]
    /// Default: ``Uses/once``.
    public let uses: Uses
    /// When the key can be used no longer, on the clock of the CA; `nil` for never.
    public let expires: CairnInstant?
    /// What accounts may order that are bound by it.
    public let policy: CairnBoundPolicy
    /// The accounts that were bound by it, as the last parts of their URLs, oldest first.
    public internal(set) var accounts: [String] = []
    var isRevoked = false

    /// The key in base64url without padding, as it is handed to people (RFC 8555 §7.3.4).
    public var macKeyText: String { Base64URL.encode(macKey) }

    /// What may be done with it at an instant.
    public func status(at now: CairnInstant) -> Status {
        if isRevoked { return .revoked }
        if uses == .once, !accounts.isEmpty { return .used }
        return expires.map { $0 <= now } ?? false ? .expired : .usable
    }
}

/// A key for an external account that cannot be issued as asked.
public struct CairnExternalAccountKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in words.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension CairnExternalAccountKey {
    /// Refuses the key where it can be used no longer, and says why.
    func requireUsable(at now: CairnInstant) throws(Refusal) {
        let reason: String
        switch status(at: now) {
        case .usable: return
        case .used: reason = "was used for an account already"
        case .revoked: reason = "is revoked"
        case .expired: reason = "expired at \(expires ?? now)"
        }
        throw Refusal(
            .unauthorized, "externalAccountBinding: the key \(identifier.quoted) \(reason) (RFC 8555 §7.3.4)")
    }
}

/// The keys that were given out, by their identifiers.
struct ExternalAccountStore: Sendable {
    private var table: [String: CairnExternalAccountKey] = [:]
    /// Apart from that of other secrets, so that a key changes none of them.
    private var generator: SeededGenerator

    init(generator: SeededGenerator) { self.generator = generator }

    var count: Int { table.count }

    /// In the order of their identifiers.
    var all: [CairnExternalAccountKey] { table.values.sorted { $0.identifier < $1.identifier } }

    subscript(identifier: String) -> CairnExternalAccountKey? { table[identifier] }

    /// An identifier and a MAC key for the next key.
    mutating func draw() -> (identifier: String, macKey: [UInt8]) {
        (Base64URL.encode(generator.bytes(16)), generator.bytes(32))
    }

    mutating func insert(_ key: CairnExternalAccountKey) { table[key.identifier] = key }

    mutating func revoke(_ identifier: String) { table[identifier]?.isRevoked = true }

    /// Notes an account that was bound by a key, and says whether it is the first.
    mutating func bind(_ account: Account.ID, by identifier: String) -> Bool {
        // In place, so that a key of many accounts is not copied with the list of them.
        table[identifier]?.accounts.append("\(account)")
        return table[identifier]?.accounts.count == 1
    }
}

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
            CairnNamePattern(value).isBelow
            ? .below(String(value.dropFirst(2))) : .exactly(ACMEIdentifier(stringLiteral: value))
    }

    /// Whether it stands for `identifier`.
    public func contains(_ identifier: ACMEIdentifier) -> Bool {
        switch self {
        case .exactly(let one): identifier == one
        case .below(let domain): CairnNamePattern.below(domain).matches(identifier)
        case .domain(let domain): identifier == .dns(domain) || CairnNamePattern.below(domain).matches(identifier)
        }
    }
}

extension ExternalAccountStore {
    /// Refuses an order that is larger than the external account behind an account may have it, or of another profile
    /// (RFC 8555 §7.3.4).
    func checkBounds(of account: Account, _ identifiers: Int, profile: String) throws(Refusal) {
        guard let key = account.externalAccountKey, let policy = self[key]?.policy else { return }
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
        guard let key = account.externalAccountKey, let policy = self[key]?.policy else { return nil }
        let isNamed = policy.names?.contains { $0.contains(identifier) } ?? true
        guard !isNamed || policy.deniedNames.covers(identifier) else { return nil }
        return ACMEProblem(
            .rejectedIdentifier,
            "\(identifier.value.quoted) is not among the names of the external account \(key.quoted) (RFC 8555 §7.3.4)")
    }
}
