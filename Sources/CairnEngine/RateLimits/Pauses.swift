package import CairnModel
import DequeModule

/// The identifiers that an account gets no certificates for until a human says otherwise.
package struct Pause: Sendable {
    package typealias ID = ResourceID<Pause>

    /// The secret end of the URL of the page where the human says so.
    package let id: ID
    package let account: Account.ID
    package internal(set) var identifiers: Set<ACMEIdentifier>
}

extension Engine {
    /// Pauses identifiers for an account.
    package func pause(_ identifiers: [ACMEIdentifier], of account: Account.ID, at now: CairnInstant) throws(Objection)
    {
        try transact(at: now) { (state) throws(Objection) in
            _ = try state.known(account)
            for identifier in identifiers { state.pause([identifier.withoutWildcard], of: account) }
        }
    }

    /// Pauses identifiers for an external account: the first account that is or will be bound to the key with that identifier.
    ///
    /// - Throws: an objection if that account was forgotten, or more identifiers would wait than can be paused.
    package func pause(
        _ identifiers: [ACMEIdentifier], ofExternalAccount key: String, at now: CairnInstant
    ) throws(Objection) {
        try transact(at: now) { (state) throws(Objection) in
            if let first = state.firstAccount(boundBy: key) {
                _ = try state.known(first)
                for identifier in identifiers { state.pause([identifier.withoutWildcard], of: first) }
                return
            }
            let most = max(1, state.bounds.pausedIdentifiers)
            guard state.pauses.wait(for: key, Set(identifiers.map(\.withoutWildcard)), atMost: most) else {
                throw Objection(.limit, "expected at most \(most) paused identifiers, got more")
            }
        }
    }

    /// Ends the pause of identifiers, or of all that the account has.
    package func unpause(
        _ identifiers: [ACMEIdentifier]?, of account: Account.ID, at now: CairnInstant
    ) throws(Objection) {
        try transact(at: now) { (state) throws(Objection) in
            _ = try state.known(account)
            guard let paused = state.pauses[account]?.identifiers else { return }
            let ended = identifiers.map { paused.intersection($0.map(\.withoutWildcard)) } ?? paused
            state.unpause(ended, of: account)
        }
    }

    /// What is paused for an account, in order.
    package func paused(of account: Account.ID) throws(Objection) -> [ACMEIdentifier] {
        let paused = inspect { state in
            state.accounts[account].map { _ in (state.pauses[account]?.identifiers ?? []).sorted() }
        }
        guard let paused else { throw Objection(unknown: .account(account)) }
        return paused
    }

    /// The pause that a page is about.
    package func pause(_ id: Pause.ID, at now: CairnInstant) throws(Refusal) -> Pause {
        try transact(at: now) { (state) throws(Refusal) in try state.pause(id) }
    }

    /// Ends a whole pause, as its page does, and tells what it was.
    package func unpause(_ id: Pause.ID, at now: CairnInstant) throws(Refusal) -> Pause {
        try transact(at: now) { (state) throws(Refusal) in
            let pause = try state.pause(id)
            state.unpause(pause.identifiers, of: pause.account)
            return pause
        }
    }
}

/// All pauses, by account, by their pages, and by the sequence in which identifiers were paused.
struct PauseStore: Sendable {
    private struct Entry: Sendable {
        let account: Account.ID
        let identifier: ACMEIdentifier
    }

    private var table: [Account.ID: Pause] = [:]
    private var accounts: [Pause.ID: Account.ID] = [:]
    /// What is paused for all accounts, the oldest first.
    private var sequence: Deque<Entry> = []
    /// What will be paused for the first account that is bound to a key, by the identifiers of keys.
    private var waiting: [String: Set<ACMEIdentifier>] = [:]
    /// Apart from that of other ids, so that a pause changes none of them.
    private var generator: SeededGenerator

    init(generator: SeededGenerator) { self.generator = generator }

    /// How many identifiers are paused, of all accounts together.
    var count: Int { sequence.count }

    var isEmpty: Bool { table.isEmpty }

    subscript(account: Account.ID) -> Pause? { table[account] }

    subscript(id: Pause.ID) -> Pause? { accounts[id].flatMap { table[$0] } }

    /// What was paused first.
    var oldest: (account: Account.ID, identifier: ACMEIdentifier)? {
        sequence.first.map { ($0.account, $0.identifier) }
    }

    mutating func insert(_ identifiers: Set<ACMEIdentifier>, of account: Account.ID) {
        if table[account] == nil {
            let pause = Pause(id: Pause.ID(from: &generator), account: account, identifiers: [])
            table[account] = pause
            accounts[pause.id] = account
        }
        for identifier in identifiers.sorted() where table[account]?.identifiers.insert(identifier).inserted == true {
            sequence.append(Entry(account: account, identifier: identifier))
        }
    }

    /// Notes what is to be paused for an account that does not exist yet; `false` if it would be too much.
    mutating func wait(for key: String, _ identifiers: Set<ACMEIdentifier>, atMost most: Int) -> Bool {
        let others = waiting.values.reduce(0) { $0 + $1.count } - (waiting[key]?.count ?? 0)
        let union = (waiting[key] ?? []).union(identifiers)
        guard others + union.count <= most else { return false }
        waiting[key] = union
        return true
    }

    mutating func takeWaiting(for key: String) -> Set<ACMEIdentifier> { waiting.removeValue(forKey: key) ?? [] }

    /// Ends the pause of identifiers, and with the last of them that of the account.
    mutating func remove(_ identifiers: Set<ACMEIdentifier>, of account: Account.ID) {
        table[account]?.identifiers.subtract(identifiers)
        if !sequence.isEmpty {
            sequence.removeAll { $0.account == account && identifiers.contains($0.identifier) }
        }
        guard let pause = table[account], pause.identifiers.isEmpty else { return }
        table[account] = nil
        accounts[pause.id] = nil
    }
}

extension State {
    fileprivate func pause(_ id: Pause.ID) throws(Refusal) -> Pause {
        guard let pause = pauses[id] else {
            throw Refusal(.malformed, "nothing is paused here any more", cause: .unknownPage)
        }
        return pause
    }

    mutating func pause(_ identifiers: Set<ACMEIdentifier>, of account: Account.ID) {
        guard !identifiers.isEmpty else { return }
        pauses.insert(identifiers, of: account)
        while pauses.count > max(1, bounds.pausedIdentifiers), let oldest = pauses.oldest {
            unpause([oldest.identifier], of: oldest.account)
        }
    }

    mutating func unpause(_ identifiers: Set<ACMEIdentifier>, of account: Account.ID) {
        for identifier in identifiers { buckets.fill(.failuresUntilPause(account, identifier)) }
        pauses.remove(identifiers, of: account)
    }
}
