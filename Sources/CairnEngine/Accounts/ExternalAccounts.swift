public import CairnModel

/// Whether new accounts need an external account binding (RFC 8555 §7.3.4).
public enum CairnExternalAccountBindingPolicy: String, CaseIterable, Hashable, Sendable {
    /// Bindings are neither verified nor shown.
    case ignored
    /// Bindings are verified but not required.
    case verified
    /// New accounts require one, and the directory says so.
    case required
}

/// A key for external account binding: an identifier and a MAC key (RFC 8555 §7.3.4).
public struct CairnExternalAccountKey: Hashable, Sendable {
    /// How many accounts can be bound with a key.
    public enum Uses: Hashable, Sendable {
        /// One account.
        case once
        /// Any number of accounts.
        case unlimited
    }

    /// The status of a key.
    public enum Status: String, Hashable, Sendable {
        /// Another account can be bound with it.
        case usable
        /// It was for one account and has been used.
        case used
        /// It has been revoked.
        case revoked
        /// It has expired.
        case expired
    }

    /// The `kid` of the binding: ASCII.
    public let identifier: String
    /// The octets of the key.
    public let macKey: [UInt8]
    /// Default: ``Uses/once``.
    public let uses: Uses
    /// When it expires, on the CA's clock; `nil` means never.
    public let expires: CairnInstant?
    /// What accounts bound with it may order.
    public let policy: CairnBoundPolicy
    /// The accounts that were bound by it, oldest first.
    public internal(set) var accounts: [CairnObjectID] = []
    var isRevoked = false

    /// The key in base64url without padding, as given to users (RFC 8555 §7.3.4).
    public var macKeyText: String { Base64URL.encode(macKey) }

    /// The status of the key at an instant.
    public func status(at now: CairnInstant) -> Status {
        if isRevoked { return .revoked }
        if uses == .once, !accounts.isEmpty { return .used }
        return expires.map { $0 <= now } ?? false ? .expired : .usable
    }
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
        table[identifier]?.accounts.append(CairnObjectID(account))
        return table[identifier]?.accounts.count == 1
    }
}

/// What an account that is bound to an external account may order (RFC 8555 §7.3.4).
///
/// Default: everything.
public struct CairnBoundPolicy: Hashable, Sendable {
    /// The allowed names; `nil` allows all.
    public var names: [CairnBoundName]?
    /// Names that are refused even if ``names`` allows them.
    ///
    /// A wildcard that covers one of them is refused too.
    public var deniedNames: CairnNameSet
    /// The allowed profiles; `nil` allows all.
    public var profiles: [String]?
    /// The maximum number of identifiers per order; `nil` sets no separate limit.
    public var maximumIdentifiers: Int?

    /// Omitted values set no restriction.
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
    /// Only this identifier.
    case exactly(ACMEIdentifier)
    /// Every name and wildcard below a domain, at any depth, but not the domain.
    case below(String)
    /// A domain, and every name and wildcard below it.
    case domain(String)

    /// ``below(_:)`` for text that begins with `*.`, otherwise ``exactly(_:)``.
    public init(stringLiteral value: String) {
        self = value.nameBelowStar.map { .below($0) } ?? .exactly(ACMEIdentifier(stringLiteral: value))
    }

    /// Whether it includes an identifier.
    public func contains(_ identifier: ACMEIdentifier) -> Bool {
        switch self {
        case .exactly(let one): identifier == one
        case .below(let domain): CairnNamePattern.below(domain).matches(identifier)
        case .domain(let domain): identifier == .dns(domain) || CairnNamePattern.below(domain).matches(identifier)
        }
    }
}

/// A binding as newAccount carries it, not yet looked at (RFC 8555 §7.3.4).
package struct SentBinding: Sendable {
    /// The member `externalAccountBinding`.
    package var json: CairnJSON
    /// The `url` of the outer JWS.
    package var url: String

    package init(_ json: CairnJSON, url: String) {
        self.json = json
        self.url = url
    }
}

/// A binding whose MAC has been verified.
struct VerifiedBinding: Sendable {
    let json: CairnJSON
    let key: String
}

extension Engine {
    /// Gives out a key; what is left open is drawn from a stream of its own.
    package func issueExternalAccountKey(
        identifier: String?, macKey: [UInt8]?, uses: CairnExternalAccountKey.Uses, expires: CairnInstant?,
        policy: CairnBoundPolicy,
        at now: CairnInstant
    ) throws(Objection) -> CairnExternalAccountKey {
        try transact(at: now) { (state) throws(Objection) in
            try state.issueExternalAccountKey(identifier, macKey, uses, expires, policy, at: now)
        }
    }

    /// Makes a key unusable; `nil` if there is none of that name.
    ///
    /// Accounts that it bound stay as they are.
    package func revokeExternalAccountKey(_ identifier: String, at now: CairnInstant) -> CairnExternalAccountKey? {
        (try? transact(at: now) { (state) throws(Refusal) in
            guard let key = state.externalAccounts[identifier] else { return nil }
            let before = key.status(at: now)
            guard before != .revoked else { return key }
            state.externalAccounts.revoke(identifier)
            state.note(
                .externalAccountKey, identifier, [], from: before.rawValue,
                to: CairnExternalAccountKey.Status.revoked.rawValue, at: now)
            return state.externalAccounts[identifier]
        }) ?? nil
    }

    /// The keys that were given out, in the order of their identifiers.
    package var externalAccountKeys: [CairnExternalAccountKey] {
        inspect { $0.externalAccounts.all }
    }

    /// Makes the five checks of RFC 8555 §7.3.4.
    ///
    /// Nothing is used up yet; ``State/bind(_:by:at:)`` does that. The MAC is computed outside the lock.
    func verify(_ sent: SentBinding, accountKey: PublicKey, at now: CairnInstant) throws(Refusal) -> VerifiedBinding {
        let binding: ExternalAccountBinding
        do { binding = try ExternalAccountBinding(sent.json, url: sent.url) } catch { throw Refusal(error) }
        let key = try transact(at: now) { (state) throws(Refusal) in
            try state.usableExternalAccountKey(binding.keyIdentifier, at: now)
        }
        do { try binding.verify(macKey: key.macKey, accountKey: accountKey) } catch { throw Refusal(error) }
        return VerifiedBinding(json: sent.json, key: key.identifier)
    }
}

extension State {
    fileprivate mutating func issueExternalAccountKey(
        _ identifier: String?, _ macKey: [UInt8]?, _ uses: CairnExternalAccountKey.Uses, _ expires: CairnInstant?,
        _ policy: CairnBoundPolicy, at now: CairnInstant
    ) throws(Objection) -> CairnExternalAccountKey {
        // Both are drawn in any case, so that what one key is given decides nothing about the next.
        let drawn = externalAccounts.draw()
        let identifier = identifier ?? drawn.identifier
        guard !identifier.isEmpty, identifier.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw Objection(
                .invalid,
                "expected the identifier of an external account's key in ASCII, got \(identifier.quoted) (RFC 8555 §7.3.4)"
            )
        }
        guard externalAccounts[identifier] == nil else {
            throw Objection(
                .exists, "there is a key for external accounts called \(identifier.quoted) already")
        }
        guard externalAccounts.count < bounds.externalAccountKeys else {
            throw Objection(
                .limit, "expected at most \(bounds.externalAccountKeys) keys for external accounts, got one more")
        }
        guard macKey?.isEmpty != true else {
            throw Objection(.invalid, "expected a MAC key of one octet at least, got none (RFC 7518 §3.2)")
        }
        let key = CairnExternalAccountKey(
            identifier: identifier, macKey: macKey ?? drawn.macKey, uses: uses, expires: expires, policy: policy)
        externalAccounts.insert(key)
        note(.externalAccountKey, identifier, [], from: nil, to: key.status(at: now).rawValue, at: now)
        return key
    }

    /// The first account that a key bound; `nil` if there is none yet.
    func firstAccount(boundBy key: String) -> Account.ID? {
        externalAccounts[key]?.accounts.first.flatMap { Account.ID($0.rawValue) }
    }

    /// Check 3 of RFC 8555 §7.3.4.
    func usableExternalAccountKey(
        _ identifier: String, at now: CairnInstant
    ) throws(Refusal) -> CairnExternalAccountKey {
        guard let key = externalAccounts[identifier] else {
            throw Refusal(
                .unauthorized,
                "externalAccountBinding: protected: kid: expected the identifier of a key that this CA gave out, got "
                    + "\(identifier.quoted) (RFC 8555 §7.3.4)", cause: .bindingUnknown)
        }
        try key.requireUsable(at: now)
        return key
    }

    /// Binds a new account, and so uses the key.
    mutating func bind(_ account: inout Account, by binding: VerifiedBinding, at now: CairnInstant) throws(Refusal) {
        let before = try usableExternalAccountKey(binding.key, at: now).status(at: now)
        if externalAccounts.bind(account.id, by: binding.key) {
            grants.hand(from: binding.key, to: account.id)
            pause(pauses.takeWaiting(for: binding.key), of: account.id)
        }
        account.externalAccountKey = binding.key
        account.externalAccountBinding = binding.json
        guard let after = externalAccounts[binding.key]?.status(at: now), after != before else { return }
        note(.externalAccountKey, binding.key, [], from: before.rawValue, to: after.rawValue, at: now)
    }
}
