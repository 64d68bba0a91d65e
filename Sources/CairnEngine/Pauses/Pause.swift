package import CairnModel

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
    package func pause(_ identifiers: [ACMEIdentifier], of account: Account.ID, at now: CairnInstant) throws(Refusal) {
        try transact(at: now) { (state) throws(Refusal) in
            _ = try state.account(account)
            for identifier in identifiers { state.pause([identifier.withoutWildcard], of: account) }
        }
    }

    /// Ends the pause of identifiers, or of all that the account has.
    package func unpause(_ identifiers: [ACMEIdentifier]?, of account: Account.ID, at now: CairnInstant) throws(Refusal)
    {
        try transact(at: now) { (state) throws(Refusal) in
            _ = try state.account(account)
            guard let paused = state.pauses[account]?.identifiers else { return }
            let ended = identifiers.map { paused.intersection($0.map(\.withoutWildcard)) } ?? paused
            state.unpause(ended, of: account)
        }
    }

    /// What is paused for an account, in order.
    package func paused(of account: Account.ID) -> [ACMEIdentifier] {
        inspect { state in (state.pauses[account]?.identifiers ?? []).sorted() }
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

/// One entry of a pause.
struct PausedIdentifier: Hashable, Sendable {
    let account: Account.ID
    let identifier: ACMEIdentifier
}

extension State {
    fileprivate func pause(_ id: Pause.ID) throws(Refusal) -> Pause {
        guard let account = pausedAccounts[id], let pause = pauses[account] else {
            throw Refusal(.malformed, "nothing is paused here any more", status: 404)
        }
        return pause
    }

    mutating func pause(_ identifiers: Set<ACMEIdentifier>, of account: Account.ID) {
        if pauses[account] == nil {
            let pause = Pause(id: newPauseID(), account: account, identifiers: [])
            pauses[account] = pause
            pausedAccounts[pause.id] = account
        }
        for identifier in identifiers.sorted() where pauses[account]?.identifiers.insert(identifier).inserted == true {
            pauseSequence.append(PausedIdentifier(account: account, identifier: identifier))
        }
        while pauseSequence.count > max(1, bounds.pausedIdentifiers), let oldest = pauseSequence.first {
            unpause([oldest.identifier], of: oldest.account)
        }
    }

    mutating func unpause(_ identifiers: Set<ACMEIdentifier>, of account: Account.ID) {
        for identifier in identifiers { buckets.fill(.failuresUntilPause(account, identifier)) }
        pauses[account]?.identifiers.subtract(identifiers)
        if !pauseSequence.isEmpty {
            pauseSequence.removeAll { $0.account == account && identifiers.contains($0.identifier) }
        }
        guard let pause = pauses[account], pause.identifiers.isEmpty else { return }
        pauses[account] = nil
        pausedAccounts[pause.id] = nil
    }

    /// Refuses what is paused, with a subproblem for each name.
    func refusePaused(_ identifiers: [ACMEIdentifier], of account: Account.ID) throws(Refusal) {
        guard !pauses.isEmpty, let pause = pauses[account] else { return }
        let paused = identifiers.filter { pause.identifiers.contains($0.withoutWildcard) }
        guard !paused.isEmpty else { return }
        let names = paused.map(\.value).quotedList
        let reason = "paused for this account, since too many validations in a row failed"
        var refusal = Refusal(
            ACMEProblem(
                .rateLimited, "expected no identifier that is \(reason), got \(names) (RFC 8555 §6.6)",
                subproblems: paused.map { ACMEProblem(.rateLimited, "\($0.value.quoted) is \(reason)", identifier: $0) }
            ))
        refusal.pause = pause.id
        throw refusal
    }
}
