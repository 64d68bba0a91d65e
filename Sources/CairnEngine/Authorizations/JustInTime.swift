import CairnModel

/// Challenges that are met before anybody has answered them (draft-ietf-acme-dns-persist §4.4).
extension Engine {
    /// Looks for what may prove the authorizations of an order that was just made; `true` if anything was found.
    func lookAhead(of order: Order, accountURL: String, _ policy: Shared<CairnPolicy>, at now: CairnInstant) -> Bool {
        guard policy.value.persist.justInTime != .never, order.state.status == .pending else { return false }
        return lookAhead(of: order.authorizations, by: order.account, accountURL: accountURL, policy, at: now)
    }

    /// Looks for what may prove authorizations that were just made; `true` if anything was found.
    ///
    /// What is not found changes nothing: the client is asked for it as ever.
    func lookAhead(
        of authorizations: [Authorization.ID], by account: Account.ID, accountURL: String,
        _ policy: Shared<CairnPolicy>, at now: CairnInstant
    ) -> Bool {
        guard policy.value.persist.justInTime != .never else { return false }
        let jobs = inspect { state in
            authorizations.compactMap { state.jobInAdvance(for: $0, of: account, accountURL, era, at: now) }
        }
        var hasFound = false
        for job in jobs {
            guard let verdict = lookAhead(job.attempt), verdict.problem == nil,
                transact(at: now, { state in state.answerUnasked(job, at: now) })
            else { continue }
            finish(job, verdict, at: now)
            hasFound = true
        }
        return hasFound
    }
}

extension State {
    /// What the records of an account must say that stay.
    func persistTerms(of account: Account.ID, accountURL: String) -> PersistTerms? {
        guard let account = accounts[account] else { return nil }
        return PersistTerms(
            policy.persist, identities: policy.caa?.identities ?? [], accountURL: accountURL,
            thumbprints: [account.key.thumbprint] + account.formerThumbprints)
    }

    /// The query for a challenge that can be met in advance, if the account is one of those that it is made for.
    fileprivate func jobInAdvance(
        for id: Authorization.ID, of account: Account.ID, _ accountURL: String, _ era: Int, at now: CairnInstant
    ) -> ValidationJob? {
        guard let authorization = authorizations[id], authorization.state.status == .pending,
            let holder = accounts[account], policy.persist.justInTime == .always || holder.hasStandingProof,
            let index = authorization.challenges.firstIndex(where: {
                kinds[$0.type].isMetInAdvance && $0.state.status == .pending
            })
        else { return nil }
        let challenge = authorization.challenges[index]
        var attempt = ValidationAttempt(
            challenge.type, identifier: authorization.identifier, isWildcard: authorization.isWildcard,
            token: challenge.token, keyAuthorization: KeyAuthorization(token: challenge.token, key: holder.key),
            accountURL: accountURL, caaIdentities: policy.caa?.identities)
        attempt.persist = persistTerms(of: account, accountURL: accountURL)
        attempt.begun = now
        return ValidationJob(authorization: id, challenge: index, attempt: attempt, query: challenge.query, era: era)
    }

    /// Has a challenge wait for its verdict without an answer of the client; `false` if it is decided already.
    fileprivate mutating func answerUnasked(_ job: ValidationJob, at now: CairnInstant) -> Bool {
        guard var authorization = authorizations[job.authorization], authorization.state.status == .pending,
            change(&authorization, job.challenge, .responded, at: now)
        else { return false }
        authorizations.update(authorization)
        return true
    }
}
