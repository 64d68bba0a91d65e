package import ACME

/// A validation that the CA owes to a client: what to check, and where the verdict belongs.
package struct ValidationJob: Sendable {
    package let authorization: Authorization.ID
    /// The place of the challenge in its authorization.
    package let challenge: Int
    package let type: ChallengeType
    package let identifier: Identifier
    package let isWildcard: Bool
    package let token: String
    /// The token and the thumbprint of the account key (RFC 8555 §8.1).
    package let keyAuthorization: KeyAuthorization
}

extension Engine {
    /// Takes the client's word that a challenge is fulfilled (RFC 8555 §7.5.1).
    ///
    /// The job is to be carried out, and its verdict brought back to ``finish(_:problem:at:)``. There is none if the
    /// challenge is being validated already: answering twice is harmless.
    package func respond(
        to challenge: Int, of id: Authorization.ID, by account: Account.ID, at now: Instant
    ) throws(Refusal) -> (authorization: Authorization, job: ValidationJob?) {
        try transact(at: now) { (state) throws(Refusal) in
            var authorization = try state.challengeHolder(id, challenge, of: account)
            let key = try state.validAccount(account).key
            let (status, type) = (
                authorization.challenges[challenge].state.status, authorization.challenges[challenge].type
            )
            guard status == .pending || status == .processing, authorization.state.status == .pending else {
                throw Refusal(
                    .malformed,
                    "expected a pending challenge of a pending authorization (RFC 8555 §7.1.6), got a challenge that is "
                        + "\"\(status.rawValue)\" of one that is \"\(authorization.state.status.rawValue)\"")
            }
            if status == .processing { return (authorization, nil) }
            state.change(&authorization, challenge, .responded, at: now)
            state.authorizations[id] = authorization
            let token = authorization.challenges[challenge].token
            return (
                authorization,
                ValidationJob(
                    authorization: id, challenge: challenge, type: type, identifier: authorization.identifier,
                    isWildcard: authorization.isWildcard, token: token,
                    keyAuthorization: KeyAuthorization(token: token, key: key))
            )
        }
    }

    /// The challenge's authorization, for the account it belongs to.
    ///
    /// Challenges are counted from 0.
    package func authorization(
        _ id: Authorization.ID, ofChallenge challenge: Int, for account: Account.ID, at now: Instant
    ) throws(Refusal) -> Authorization {
        try transact(at: now) { (state) throws(Refusal) in try state.challengeHolder(id, challenge, of: account) }
    }

    /// Brings a verdict back: `problem` is `nil` if the challenge is fulfilled.
    ///
    /// A verdict on an authorization that was given up or forgotten meanwhile changes no authorization and no order.
    package func finish(_ job: ValidationJob, problem: Problem?, at now: Instant) {
        try? transact(at: now) { (state) throws(Refusal) in
            state.finish(job, problem: problem, at: now)
        }
    }
}

extension State {
    fileprivate func challengeHolder(
        _ id: Authorization.ID, _ challenge: Int, of account: Account.ID
    ) throws(Refusal) -> Authorization {
        let authorization = try authorization(id, of: account)
        guard authorization.challenges.indices.contains(challenge) else {
            throw Refusal(.malformed, "authorization \"\(id)\" has no challenge \(challenge)", status: 404)
        }
        return authorization
    }

    /// Takes an arrow if it is there; elsewhere the challenge stays as it is.
    @discardableResult
    fileprivate mutating func change(
        _ authorization: inout Authorization, _ index: Int, _ event: ChallengeState.Event, at now: Instant
    ) -> Bool {
        let before = authorization.challenges[index].state.status
        guard (try? authorization.challenges[index].state.handle(event)) != nil else { return false }
        note(
            .challenge, "\(authorization.id)/\(index)", [authorization.orderedIdentifier], from: before.rawValue,
            to: authorization.challenges[index].state.status.rawValue, at: now)
        return true
    }

    fileprivate mutating func finish(_ job: ValidationJob, problem: Problem?, at now: Instant) {
        guard var authorization = authorizations[job.authorization],
            change(&authorization, job.challenge, problem == nil ? .validated : .failed, at: now)
        else { return }
        authorization.challenges[job.challenge].error = problem
        if problem == nil { authorization.challenges[job.challenge].validated = now.wholeSecond }
        authorizations[job.authorization] = authorization
        if problem != nil, policy.authorizationFailsOn == .all, authorization.canStillBeProven { return }
        guard change(job.authorization, problem == nil ? .challengeValidated : .challengeFailed, at: now) else {
            return
        }
        if var problem {
            problem.identifier = authorization.orderedIdentifier
            let summary = Problem(
                problem.type, "the authorization for \"\(authorization.orderedIdentifier)\" failed: \(problem.detail)",
                status: problem.status, subproblems: [problem])
            for order in authorization.orders { fail(order, summary, at: now) }
        } else {
            for order in authorization.orders { advanceIfAuthorized(order, at: now) }
        }
    }
}
