public import CairnModel

/// An account (RFC 8555 §7.1.2).
package struct Account: Sendable {
    package typealias ID = ResourceID<Account>

    package let id: ID
    package let created: CairnInstant
    package internal(set) var key: PublicKey
    package internal(set) var state = AccountState()
    package internal(set) var contact: [String]
    package internal(set) var termsOfServiceAgreed: Bool
    /// The version of the terms that its holder last agreed to (RFC 8555 §7.3.3), if any.
    package internal(set) var agreedTerms: String?
    /// What the client sent to bind it, if that was verified (RFC 8555 §7.3.4).
    package internal(set) var externalAccountBinding: CairnJSON?
    /// The identifier of the key by which it is bound.
    package internal(set) var externalAccountKey: String?
    /// The sets of rules below whose prefix it was made, joined by `+`; `nil` for none.
    ///
    /// It exists there alone, with all that it has.
    package internal(set) var world: String?
    /// The thumbprints of the keys that it had before, the last one first.
    package internal(set) var formerThumbprints: [String] = []
    /// Whether it has once met a challenge by what stood there in advance.
    package internal(set) var hasStandingProof = false
    /// The place of the account among all accounts of the CA.
    var number = 0

    /// Refuses the account as signer of a request unless it is valid (RFC 8555 §7.1.6, §7.3.6).
    package func requireValid() throws(Refusal) {
        guard state.status != .valid else { return }
        let section = state.status == .deactivated ? "§7.3.6" : "§7.1.6"
        throw Refusal(
            .unauthorized,
            "expected a valid account, got one that is \"\(state.status.rawValue)\" (RFC 8555 \(section))",
            cause: .inactiveAccount)
    }
}

extension Shared<Account> {
    package func requireValid() throws(Refusal) { try value.requireValid() }
}

/// The status of an account (RFC 8555 §7.1.6).
///
/// ```
///                   valid
///                     |
///         +-----------+-----------+
///  client |                server |
///         v                       v
///    deactivated               revoked
/// ```
package struct AccountState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case valid, deactivated, revoked }
    package enum Event: CaseIterable, Sendable { case deactivatedByClient, revokedByServer }

    package let status: Status

    package init(_ status: Status = .valid) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch (status, event) {
        case (.valid, .deactivatedByClient): .deactivated
        case (.valid, .revokedByServer): .revoked
        case (.deactivated, _), (.revoked, _): nil
        }
    }
}

/// All accounts, by their ids and by their keys.
///
/// No account is forgotten of itself.
struct AccountStore: Sendable {
    /// A holder of a key: in each world one at most.
    private struct Holder: Sendable {
        let world: String?
        let id: Account.ID
    }

    /// Shared, because every request that an account has signed is given it.
    private var table: [Account.ID: Shared<Account>] = [:]
    /// By SubjectPublicKeyInfo, so that a key of a CSR can be looked up too.
    private var holders: [[UInt8]: [Holder]] = [:]
    /// Those of worlds, and which.
    private(set) var worlds: [Account.ID: String] = [:]
    private var made = 0
    /// The keys that accounts had before a keyChange (RFC 8555 §7.3.5).
    private var formerKeys: RecentSet<CairnKeyDigest>

    /// - Parameter formerKeys: how many former keys are remembered.
    init(formerKeys: Int) { self.formerKeys = RecentSet(capacity: formerKeys) }

    var count: Int { table.count }

    var formerKeyCount: Int { formerKeys.count }

    /// In any order.
    var all: some Collection<Account> { table.values.lazy.map(\.value) }

    subscript(id: Account.ID) -> Account? { table[id]?.value }

    /// The same without copying it.
    func shared(_ id: Account.ID) -> Shared<Account>? { table[id] }

    /// The account of a world that has a key now.
    func id(ofKey subjectPublicKeyInfo: [UInt8], in world: String?) -> Account.ID? {
        holders[subjectPublicKeyInfo]?.first { $0.world == world }?.id
    }

    /// Whether a key is that of an account, of whatever world.
    func isPresent(_ subjectPublicKeyInfo: [UInt8]) -> Bool { holders[subjectPublicKeyInfo] != nil }

    /// Whether a key was that of an account, and is so no longer.
    func isFormer(_ subjectPublicKeyInfo: [UInt8]) -> Bool {
        !formerKeys.isEmpty && formerKeys.contains(CairnKeyDigest(subjectPublicKeyInfo: subjectPublicKeyInfo))
    }

    mutating func insert(_ account: Account) {
        note(account)
        worlds[account.id] = account.world
        var account = account
        account.number = made
        made += 1
        table[account.id] = Shared(account)
    }

    /// Forgets an account; its key is as if it had never been one.
    mutating func remove(_ id: Account.ID) {
        guard let account = table.removeValue(forKey: id)?.value else { return }
        unnote(account)
        worlds[id] = nil
    }

    private mutating func note(_ account: Account) {
        holders[account.key.subjectPublicKeyInfo, default: []].append(Holder(world: account.world, id: account.id))
    }

    private mutating func unnote(_ account: Account) {
        let key = account.key.subjectPublicKeyInfo
        holders[key]?.removeAll { $0.id == account.id }
        if holders[key]?.isEmpty == true { holders[key] = nil }
    }

    /// Takes what has changed in a copy of an account; a new key takes the place of the old one.
    mutating func update(_ account: Account) {
        let before = table.updateValue(Shared(account), forKey: account.id)?.value
        guard let before, before.key != account.key else { return }
        unnote(before)
        note(account)
        formerKeys.insert(CairnKeyDigest(subjectPublicKeyInfo: before.key.subjectPublicKeyInfo))
        change(account.id) { $0.formerThumbprints.insert(before.key.thumbprint, at: 0) }
    }

    private mutating func change(_ id: Account.ID, _ change: (inout Account) -> Void) {
        guard var account = table[id]?.value else { return }
        change(&account)
        table[id] = Shared(account)
    }

    /// Notes that an account has met a challenge by what stood there in advance.
    mutating func noteStandingProof(of id: Account.ID) { change(id) { $0.hasStandingProof = true } }
}

/// An account as it was at one instant (RFC 8555 §7.1.2).
public struct CairnAccount: Hashable, Sendable, Identifiable {
    /// The last part of its URL.
    public let id: CairnObjectID
    /// When it was created.
    public let created: CairnInstant
    /// `valid`, `deactivated` or `revoked` (RFC 8555 §7.1.6).
    public let status: ACMEStatus
    /// URLs such as `mailto:admin@example.test`, as the client sent them.
    public let contact: [String]
    /// The SHA-256 thumbprint of its key, in base64url (RFC 7638).
    public let keyThumbprint: String
    /// Whether its holder has agreed to any terms.
    public let termsOfServiceAgreed: Bool
    /// The version of the terms that its holder last agreed to (RFC 8555 §7.3.3), if any.
    public let agreedTerms: String?
    /// The identifier of the key that binds it to an external account (RFC 8555 §7.3.4).
    public let externalAccountKey: String?
    /// The world in which it was created, as in `/with/NAME/dir`; `nil` for the one without a prefix.
    public let world: String?

    init(_ account: Account, in world: String?) {
        self.world = world
        id = CairnObjectID(account.id)
        created = account.created
        status = ACMEStatus(account.state)
        contact = account.contact
        keyThumbprint = account.key.thumbprint
        termsOfServiceAgreed = account.termsOfServiceAgreed
        agreedTerms = account.agreedTerms
        externalAccountKey = account.externalAccountKey
    }

    /// The same as JSON, without absent values.
    public var json: CairnJSON {
        var object: CairnJSONObject = ["id": id.json, "created": created.json, "status": status.json]
        object["contact"] = .array(contact.map(CairnJSON.string))
        object["keyThumbprint"] = .string(keyThumbprint)
        object["termsOfServiceAgreed"] = .bool(termsOfServiceAgreed)
        object["agreedTerms"] = agreedTerms.map(CairnJSON.string)
        object["externalAccountKey"] = externalAccountKey.map(CairnJSON.string)
        object["world"] = world.map(CairnJSON.string)
        return .object(object)
    }
}

extension State {
    func account(_ id: Account.ID) throws(Refusal) -> Account {
        guard let account = accounts[id] else {
            throw Refusal(.accountDoesNotExist, "there is no account \"\(id)\" (RFC 8555 §6.2)")
        }
        return account
    }

    /// The account, where it belongs to the world in which it is asked for.
    func account(_ id: Account.ID, in world: String?) throws(Refusal) -> Shared<Account> {
        guard let account = accounts.shared(id), account.value.world == world else {
            _ = try self.account(id)
            throw Refusal(.accountDoesNotExist, "there is no account \"\(id)\" here (RFC 8555 §6.2)")
        }
        return account
    }

    func validAccount(_ id: Account.ID) throws(Refusal) -> Account {
        let account = try account(id)
        try account.requireValid()
        return account
    }
}
