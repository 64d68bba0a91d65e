import CairnModel

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

    /// Has a planned query carried out, unless the client asked for it earlier.
    mutating func retry(_ job: ValidationJob, at due: CairnInstant) {
        guard let authorization = authorizations[job.authorization], authorization.isWaiting(for: job),
            authorization.challenges[job.challenge].nextQuery != nil
        else { return }
        authorizations[job.authorization]?.challenges[job.challenge].nextQuery = nil
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
