package import CairnModel

/// A validation to be carried out: what to check, and where the verdict belongs.
package struct ValidationJob: Sendable {
    package let authorization: Authorization.ID
    /// The place of the challenge in its authorization.
    package let challenge: Int
    package internal(set) var attempt: ValidationAttempt
    /// Which of the queries for this challenge it is, counted from 0 (RFC 8555 §8.2).
    package internal(set) var query: Int
    /// When a query was planned that this one comes before, because the client asked for it.
    var cameBefore: CairnInstant?
    /// How long the proof counts, once it is found good; `nil` for as long as the policy says.
    var limits: ProofLimits?
    /// How often the CA had begun anew: ids come again then.
    let era: Int
}

extension Engine {
    /// Takes the client's word that a challenge is fulfilled (RFC 8555 §7.5.1).
    ///
    /// The job is to be carried out, and its verdict brought back to ``finish(_:_:at:)``. There is none if the
    /// challenge is being validated already, or if its authorization is valid and nothing is left to prove: then the
    /// response changes nothing, and counts as a read. While the CA waits before it looks again, the job is one more query,
    /// at once (§8.2). That of a challenge which no human has decided who should may be dropped: another follows with the
    /// decision.
    ///
    /// Where the policy has validations begin later (``CairnPolicy/maximumValidationDelay``) there is no job either: it comes
    /// with those that are due (``takeDueJobs()``).
    ///
    /// - Parameters:
    ///   - accountURL: the URL of the account, for what names it (RFC 8657).
    ///   - check: refuses what is no response to the challenge by the holder of the key.
    package func respond(
        to challenge: Int, of id: Authorization.ID, by account: Account.ID, accountURL: String, at now: CairnInstant,
        check: (Challenge, PublicKey) throws(Refusal) -> Void = { _, _ in }
    ) throws(Refusal) -> (authorization: Authorization, job: ValidationJob?) {
        try transact(at: now) { (state) throws(Refusal) in
            var authorization = try state.challengeHolder(id, challenge, of: account)
            let key = try state.issuingAccount(account).key
            try check(authorization.challenges[challenge], key)
            let status = authorization.challenges[challenge].state.status
            var cameBefore: CairnInstant?
            switch (authorization.state.status, status) {
            case (.valid, _): return (authorization, nil)
            case (.pending, .pending): state.change(&authorization, challenge, .responded, at: now)
            case (.pending, .processing):
                guard authorization.challenges[challenge].nextQuery != nil else {
                    state.poll(id, challenge: challenge, at: now)
                    return (try state.authorization(id, of: account), nil)
                }
                cameBefore = try state.countRequestedRetry(&authorization.challenges[challenge], at: now)
            case (.pending, .valid), (.pending, .invalid), (.invalid, _), (.deactivated, _), (.expired, _),
                (.revoked, _):
                throw Refusal(
                    .malformed,
                    "expected a pending challenge of a pending authorization (RFC 8555 §7.1.6), got a challenge that is "
                        + "\"\(status.rawValue)\" of one that is \"\(authorization.state.status.rawValue)\"",
                    cause: .challengeStatus, facts: [status.rawValue])
            }
            let answered = authorization.challenges[challenge]
            let keyAuthorization = KeyAuthorization(token: answered.token, key: key)
            authorization.challenges[challenge].keyAuthorization = keyAuthorization
            state.authorizations.update(authorization)
            var job = ValidationJob(
                authorization: id, challenge: challenge,
                attempt: ValidationAttempt(
                    answered.type, identifier: authorization.identifier, isWildcard: authorization.isWildcard,
                    token: answered.token, keyAuthorization: keyAuthorization, accountURL: accountURL),
                query: answered.query, era: era)
            job.cameBefore = cameBefore
            if state.kinds[answered.type].isMetInAdvance {
                job.attempt.persist = state.persistTerms(of: account, accountURL: accountURL)
            }
            if let page = answered.page { state.addDecision(to: &job, of: page) }
            // What the client asks for while the CA waits to look again is not delayed.
            let delay = cameBefore == nil ? state.drawValidationDelay() : .zero
            guard delay > .zero else { return (authorization, job) }
            state.schedule(.begin(job), at: now + delay)
            return (authorization, nil)
        }
    }

    /// The challenge's authorization, for the account it belongs to, or for whoever knows its URL if `account` is `nil`.
    ///
    /// Challenges are counted from 0. This counts as a poll (``CairnPace/afterPolls(_:)``).
    package func authorization(
        _ id: Authorization.ID, ofChallenge challenge: Int, for account: Account.ID?, at now: CairnInstant
    ) throws(Refusal) -> Authorization {
        try transact(at: now) { (state) throws(Refusal) in
            let holder = try state.challengeHolder(id, challenge, of: account)
            return state.poll(id, challenge: challenge, at: now)
                ? try state.challengeHolder(id, challenge, of: account) : holder
        }
    }

    /// Brings a verdict back, and notes in the journal what was seen.
    package func finish(_ job: ValidationJob, _ verdict: Verdict, at now: CairnInstant) {
        guard job.era == era else { return }
        for event in verdict.events(on: job.attempt.identifier, by: job.attempt.type) {
            journal.record(.probe(event), at: now)
        }
        var job = job
        job.limits = verdict.limits
        finish(job, problem: verdict.problem, at: now)
    }

    /// Brings a verdict back: `problem` is `nil` if the challenge is fulfilled.
    ///
    /// A verdict on an authorization that was given up or forgotten meanwhile changes no authorization and no order.
    package func finish(_ job: ValidationJob, problem: ACMEProblem?, at now: CairnInstant) {
        try? transact(at: now) { (state) throws(Refusal) in
            guard job.era == era, state.authorizations[job.authorization]?.isWaiting(for: job) == true else {
                return
            }
            state.settle(.verdict(job, problem), of: .challenge(job.authorization, job.challenge), at: now)
        }
    }
}

extension State {
    fileprivate func challengeHolder(
        _ id: Authorization.ID, _ challenge: Int, of account: Account.ID?
    ) throws(Refusal) -> Authorization {
        let authorization = try authorization(id, of: account)
        guard authorization.challenges.indices.contains(challenge) else {
            throw Refusal(
                .malformed, "authorization \"\(id)\" has no challenge \(challenge)", cause: .unknownObject)
        }
        return authorization
    }

    /// Takes an arrow if it is there; elsewhere the challenge stays as it is.
    @discardableResult
    mutating func change(
        _ authorization: inout Authorization, _ index: Int, _ event: ChallengeState.Event, at now: CairnInstant
    ) -> Bool {
        let before = authorization.challenges[index].state.status
        guard (try? authorization.challenges[index].state.handle(event)) != nil else { return false }
        note(
            .challenge, "\(authorization.id)/\(index)", [authorization.orderedIdentifier], from: before.rawValue,
            to: authorization.challenges[index].state.status.rawValue, at: now)
        return true
    }

    /// Makes known what a query came to.
    mutating func finish(_ job: ValidationJob, problem: ACMEProblem?, at now: CairnInstant) {
        guard let authorization = authorizations[job.authorization], authorization.isWaiting(for: job) else { return }
        if let problem { fail(authorization, job, problem, at: now) } else { succeed(authorization, job, at: now) }
    }

    private mutating func succeed(_ authorization: Authorization, _ job: ValidationJob, at now: CairnInstant) {
        var authorization = authorization
        guard change(&authorization, job.challenge, .validated, at: now) else { return }
        authorization.challenges[job.challenge].error = nil
        authorization.challenges[job.challenge].validated = now.wholeSecond
        authorization.caaChecked = policy.caa?.checks == true ? now : nil
        authorization.challenges[job.challenge].limits = job.limits
        if kinds[job.attempt.type].isMetInAdvance { accounts.noteStandingProof(of: authorization.account) }
        authorizations.update(authorization)
        countSuccess(of: authorization)
        guard change(job.authorization, .challengeValidated, at: now) else { return }
        for order in authorization.unfinishedOrders { advanceIfAuthorized(order, at: now) }
    }

    private mutating func fail(
        _ authorization: Authorization, _ job: ValidationJob, _ problem: ACMEProblem, at now: CairnInstant
    ) {
        var authorization = authorization
        let problem = problem.caused(by: .challenge(job.attempt.type))
        authorization.challenges[job.challenge].noteFailure(problem)
        let summary = authorization.challenges[job.challenge].summary(
            of: problem, about: authorization.orderedIdentifier)
        authorization.challenges[job.challenge].error = summary
        if planRetry(of: job, in: &authorization.challenges[job.challenge], at: now) {
            authorizations.update(authorization)
            return
        }
        guard change(&authorization, job.challenge, .failed, at: now) else { return }
        countFailure(of: authorization, at: now)
        authorizations.update(authorization)
        if policy.authorizationFailsOn == .all, authorization.canStillBeProven { return }
        guard change(job.authorization, .challengeFailed, at: now) else { return }
        var entry = problem
        entry.identifier = authorization.orderedIdentifier
        let reason = ACMEProblem(
            problem.type,
            "the authorization for \(authorization.orderedIdentifier.value.quoted) failed: \(problem.detail)",
            status: problem.status, subproblems: [entry]
        ).caused(by: .challenge(job.attempt.type))
        for order in authorization.unfinishedOrders { fail(order, reason, at: now) }
    }
}

/// Looking again after a query that failed (RFC 8555 §8.2).
extension State {
    /// Plans the next query after one that failed; `false` if it was the last.
    ///
    /// What a human has denied stays denied. A query that the client asked for costs none of the policy's: the one that
    /// was planned is still made.
    mutating func planRetry(of job: ValidationJob, in challenge: inout Challenge, at now: CairnInstant) -> Bool {
        guard authorizations[job.authorization]?.state.status == .pending else { return false }
        if case .invalid = job.attempt.decision { return false }
        let due: CairnInstant
        if let planned = job.cameBefore {
            due = max(planned, now)
        } else {
            let spent = challenge.spentRetries
            guard spent < policy.validationRetries.count else { return false }
            due = now + policy.validationRetries[spent].bounded
        }
        challenge.planQuery(at: due, isNew: job.cameBefore == nil)
        var next = job
        next.query = challenge.query
        next.cameBefore = nil
        schedule(.validate(next), at: due)
        return true
    }

    /// Has the first query carried out, after its delay.
    mutating func begin(_ job: ValidationJob, at due: CairnInstant) {
        guard let authorization = authorizations[job.authorization], authorization.isWaiting(for: job) else { return }
        perform(job, at: due)
    }

    /// Has a planned query carried out, unless the client asked for it earlier.
    mutating func retry(_ job: ValidationJob, at due: CairnInstant) {
        guard let authorization = authorizations[job.authorization], authorization.isWaiting(for: job),
            authorization.challenges[job.challenge].nextQuery != nil
        else { return }
        authorizations.update(job.authorization) { $0.challenges[job.challenge].nextQuery = nil }
        perform(job, at: due)
    }

    /// Ends the challenges that would be looked at again, since their authorization is decided without them.
    mutating func giveUpRetries(of authorization: inout Authorization, at now: CairnInstant) {
        for index in authorization.challenges.indices where authorization.challenges[index].nextQuery != nil {
            authorization.challenges[index].nextQuery = nil
            change(&authorization, index, .failed, at: now)
        }
    }

    /// Makes a query before the planned one because the client asks for it, and says when that was planned.
    func countRequestedRetry(_ challenge: inout Challenge, at now: CairnInstant) throws(Refusal) -> CairnInstant? {
        guard challenge.requestedRetries < policy.maximumRequestedRetries else {
            var refusal = Refusal(
                .rateLimited,
                "expected at most \(policy.maximumRequestedRetries) requests to look again at a challenge, got one more "
                    + "(RFC 8555 §8.2)")
            refusal.retryAfter = challenge.nextQuery.map { $0 - now }
            throw refusal
        }
        let planned = challenge.nextQuery
        challenge.takeQueryForward()
        return planned
    }
}
