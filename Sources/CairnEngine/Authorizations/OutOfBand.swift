package import CairnModel

extension Engine {
    /// A page with the authorization that its challenge belongs to.
    package func outOfBandPage(
        _ id: OutOfBandPage.ID, at now: CairnInstant
    ) throws(Refusal) -> (page: OutOfBandPage, authorization: Authorization) {
        try transact(at: now) { (state) throws(Refusal) in try state.outOfBandPage(id) }
    }

    /// The pages of all challenges that can still be decided, oldest first.
    package func undecidedOutOfBand(
        at now: CairnInstant
    ) -> [(page: OutOfBandPage, authorization: Authorization)] {
        advance(to: now)
        return inspect { state in
            state.outOfBand.all.compactMap { page in
                guard page.decision == nil, let authorization = state.authorizations[page.authorization],
                    state.isDecidable(page, authorization)
                else { return nil }
                return (page, authorization)
            }
        }
    }

    /// The page of a challenge; `nil` if there is no such challenge, or it is of another type.
    package func outOfBandPage(of id: Authorization.ID, _ challenge: Int) -> OutOfBandPage.ID? {
        inspect { state in
            guard let challenges = state.authorizations[id]?.challenges, challenges.indices.contains(challenge)
            else { return nil }
            return challenges[challenge].page
        }
    }

    /// Decides a challenge.
    ///
    /// If the client has answered it, it is among the jobs of ``takeDueJobs()`` at once; otherwise it will be validated when
    /// the client does, and until then somebody may change his mind.
    ///
    /// - Throws: a refusal if the challenge was decided before, or cannot be decided any more.
    @discardableResult
    package func decide(
        _ id: OutOfBandPage.ID, _ decision: Verdict.Outcome, at now: CairnInstant
    ) throws(Refusal) -> (page: OutOfBandPage, authorization: Authorization) {
        try transact(at: now) { (state) throws(Refusal) in
            try state.decide(id, decision, at: now)
            return try state.outOfBandPage(id)
        }
    }
}

extension State {
    fileprivate func outOfBandPage(
        _ id: OutOfBandPage.ID
    ) throws(Refusal) -> (page: OutOfBandPage, authorization: Authorization) {
        guard let page = outOfBand[id], let authorization = authorizations[page.authorization] else {
            throw Refusal(.malformed, "there is nothing to validate out of band here", cause: .unknownPage)
        }
        return (page, authorization)
    }

    /// Whether a decision would still matter.
    fileprivate func isDecidable(_ page: OutOfBandPage, _ authorization: Authorization) -> Bool {
        guard authorization.state.status == .pending else { return false }
        return switch authorization.challenges[page.challenge].state.status {
        case .pending: true
        case .processing: page.decision == nil && held[.challenge(authorization.id, page.challenge)] == nil
        case .valid, .invalid: false
        }
    }

    fileprivate mutating func decide(
        _ id: OutOfBandPage.ID, _ decision: Verdict.Outcome, at now: CairnInstant
    ) throws(Refusal) {
        var (page, authorization) = try outOfBandPage(id)
        guard isDecidable(page, authorization) else {
            throw Refusal(
                .malformed,
                "expected a challenge that nobody has decided yet, got one that is "
                    + "\"\(authorization.challenges[page.challenge].state.status.rawValue)\" of an authorization that is "
                    + "\"\(authorization.state.status.rawValue)\"", cause: .decidedChallenge)
        }
        page.decision = decision
        if var job = page.job {
            job.attempt.decision = decision
            job.query = authorization.challenges[page.challenge].query
            // A query that is planned, because the policy denied an earlier one, is made now.
            authorization.challenges[page.challenge].nextQuery = nil
            authorizations.update(authorization)
            page.job = nil
            perform(job, at: now)
        }
        outOfBand[id] = page
    }

    /// The job of an answered challenge, with what a human decided; if nobody did, it is kept until somebody does.
    mutating func addDecision(to job: inout ValidationJob, of page: OutOfBandPage.ID) {
        if let decision = outOfBand[page]?.decision {
            job.attempt.decision = decision
        } else {
            outOfBand[page]?.job = job
        }
    }
}

/// The page of a challenge that a human approves or denies (`oob-01` of the ACME draft of March 2017, "Out-of-Band").
package struct OutOfBandPage: Sendable {
    package typealias ID = ResourceID<OutOfBandPage>

    /// The secret end of its URL.
    package let id: ID
    package let authorization: Authorization.ID
    /// The place of the challenge in its authorization.
    package let challenge: Int
    /// `nil` as long as nobody has decided.
    package internal(set) var decision: Verdict.Outcome?
    /// What is to be validated once somebody decides; `nil` until the client has answered.
    var job: ValidationJob?
    /// Counts the pages of a CA.
    let number: Int
}

/// All such pages.
struct OutOfBandStore: Sendable {
    private var pages: [OutOfBandPage.ID: OutOfBandPage] = [:]
    /// Apart from that of other ids, so that a page changes none of them.
    private var generator: SeededGenerator
    private var opened = 0

    init(generator: SeededGenerator) { self.generator = generator }

    /// How many pages are open.
    var count: Int { pages.count }

    /// Oldest first.
    var all: [OutOfBandPage] { pages.values.sorted { $0.number < $1.number } }

    subscript(id: OutOfBandPage.ID) -> OutOfBandPage? {
        get { pages[id] }
        set { pages[id] = newValue }
    }

    /// Opens a page for each challenge of an authorization that needs one.
    mutating func open(for authorization: inout Authorization, _ kinds: ChallengeKinds) {
        for index in authorization.challenges.indices where kinds[authorization.challenges[index].type].isDecidedByHand
        {
            let id = OutOfBandPage.ID(from: &generator)
            pages[id] = OutOfBandPage(id: id, authorization: authorization.id, challenge: index, number: opened)
            opened += 1
            authorization.challenges[index].page = id
        }
    }

    /// Takes the pages of a forgotten authorization out.
    mutating func close(of authorization: Authorization) {
        guard !pages.isEmpty else { return }
        for page in authorization.challenges.compactMap(\.page) { pages[page] = nil }
    }
}
