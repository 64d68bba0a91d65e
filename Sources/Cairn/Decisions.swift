extension TestCA {
    /// What a CA has decided but holds back, as ``CairnPolicy/progress`` tells it to.
    ///
    /// ```swift
    /// ca.policy.progress.issuance = .manually
    /// // … the client finalizes; its order stays "processing"
    /// ca.progress.release()
    /// ```
    public struct Progress: Sendable {
        let engine: Engine
        let clock: TestCA.Clock

        /// Something that is held back.
        public struct Held: Hashable, Sendable {
            /// ``CairnStatusEvent/Subject/challenge`` or ``CairnStatusEvent/Subject/order``.
            public let subject: CairnStatusEvent.Subject
            /// The end of the object's URL: for a challenge, its authorization and number.
            public let id: String
            let key: HeldResult.Subject
        }

        /// What is held back now: challenges before orders.
        public var held: [Held] {
            engine.held.map { key in
                switch key {
                case .challenge(let authorization, let index):
                    Held(subject: .challenge, id: "\(authorization)/\(index)", key: key)
                case .order(let order): Held(subject: .order, id: "\(order)", key: key)
                }
            }
        }

        /// Lets one thing happen; `false` if it is not held back any more.
        @discardableResult
        public func release(_ held: Held) -> Bool {
            engine.release(held.key, at: clock.now)
        }

        /// Lets everything happen that is held back now.
        ///
        /// What follows from it, such as an order that becomes ready after its challenges, may be held back in turn.
        public func release() {
            for held in held { release(held) }
        }
    }
}

extension TestCA {
    /// The `oob-01` challenges of a CA, which a person approves or denies instead of a probe (ACME draft of March 2017,
    /// "Out-of-Band").
    ///
    /// ```swift
    /// ca.policy.challengeTypes = [.oob01]
    /// // … the client shows its user where to go, and answers the challenge
    /// for challenge in ca.outOfBand.pending { try ca.outOfBand.approve(challenge.id) }
    /// ```
    /// The page that a challenge names in `href` does the same. ``TestCA/validation`` is asked first, as for every type: what it
    /// approves or denies waits for nobody. CAA records are looked at once a challenge is approved.
    ///
    /// A challenge is named by its URL or the end of it.
    public struct OutOfBandChallenges: Sendable {
        let ca: TestCA

        /// A challenge that waits for a decision.
        public struct Pending: Hashable, Sendable {
            /// The end of the URL of the challenge: its authorization and number.
            public let id: String
            /// What is to be certified, a wildcard with its `*.`.
            public let identifier: ACMEIdentifier
            /// The account, as the last part of its URL.
            public let account: String
            /// Whether the client has answered the challenge already, so that a decision takes effect at once.
            public let isAnswered: Bool
        }

        /// The challenges that nobody has decided, whether the client has answered them or not, oldest first.
        public var pending: [Pending] {
            ca.engine.undecidedOutOfBand(at: ca.clock.now).map { page, authorization in
                Pending(
                    id: "\(authorization.id)/\(page.challenge)", identifier: authorization.orderedIdentifier,
                    account: "\(authorization.account)",
                    isAnswered: authorization.challenges[page.challenge].state.status == .processing)
            }
        }

        /// Approves a challenge, at once or as soon as the client answers it.
        ///
        /// - Returns: `false` if it is too late: the challenge has been decided, or its authorization can be used no more.
        /// - Throws: ``TestCA/UnknownObject`` if there is no such challenge, or it is not `oob-01`.
        @discardableResult
        public func approve(_ challenge: String) throws(TestCA.UnknownObject) -> Bool {
            try decide(challenge, .valid)
        }

        /// Denies a challenge, at once or as soon as the client answers it.
        ///
        /// - Parameters:
        ///   - challenge: its ``Pending/id``, or its URL.
        ///   - problem: what the challenge shows as its `error`; `unauthorized` by default.
        /// - Returns: `false` if it is too late: the challenge has been decided, or its authorization can be used no more.
        /// - Throws: ``TestCA/UnknownObject`` if there is no such challenge, or it is not `oob-01`.
        @discardableResult
        public func deny(_ challenge: String, because problem: ACMEProblem? = nil) throws(TestCA.UnknownObject) -> Bool
        {
            try decide(challenge, .invalid(problem ?? .deniedOutOfBand))
        }

        private func decide(
            _ challenge: String, _ decision: Verdict.Outcome
        ) throws(TestCA.UnknownObject) -> Bool {
            let parts = challenge.split(separator: "/").suffix(2)
            guard parts.count == 2, let authorization = parts.first.flatMap({ Authorization.ID($0) }),
                let index = parts.last.flatMap({ Int($0) }),
                let page = ca.engine.outOfBandPage(of: authorization, index)
            else { throw TestCA.UnknownObject("there is no oob-01 challenge \"\(challenge)\"") }
            guard (try? ca.engine.decide(page, decision, at: ca.clock.now)) != nil else { return false }
            ca.gateway.catchUp()
            return true
        }
    }
}
