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
