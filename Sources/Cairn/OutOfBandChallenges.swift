extension TestCA {
    /// The `oob-01` challenges of a CA, which no probe decides but somebody who approves or denies them (ACME draft of March
    /// 2017, "Out-of-Band").
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

        /// A challenge that waits for somebody's decision.
        public struct Pending: Hashable, Sendable {
            /// The end of the URL of the challenge: its authorization and number.
            public let id: String
            /// What is to be certified, a wildcard with its `*.`.
            public let identifier: ACMEIdentifier
            /// The account, as the last part of its URL.
            public let account: String
            /// Whether the client has answered the challenge, so that it is decided as soon as somebody decides.
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
