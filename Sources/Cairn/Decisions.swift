extension TestCA {
    /// Results that the CA has decided but holds, because ``CairnPolicy/progress`` says so.
    ///
    /// ```swift
    /// ca.policy.progress.issuance = .manually
    /// // … the client finalizes; its order stays "processing"
    /// ca.progress.release()
    /// ```
    public struct Progress: Sendable {
        let engine: Engine
        let clock: TestCA.Clock

        /// A result that is held.
        public struct Held: Hashable, Sendable, CustomStringConvertible {
            /// ``CairnStatusEvent/Subject/challenge`` or ``CairnStatusEvent/Subject/order``.
            public let subject: CairnStatusEvent.Subject
            /// The end of the object's URL: for a challenge, its authorization and number.
            public let id: CairnObjectID
            let key: HeldResult.Subject

            /// `challenge kQ2/0`.
            public var description: String { "\(subject.rawValue) \(id)" }
        }

        /// Everything currently held, challenges before orders.
        public var held: [Held] {
            engine.held.map { key in
                switch key {
                case .challenge(let authorization, let index):
                    Held(subject: .challenge, id: "\(authorization)/\(index)", key: key)
                case .order(let order): Held(subject: .order, id: "\(order)", key: key)
                }
            }
        }

        /// Releases one result; `false` if it is no longer held.
        @discardableResult
        public func release(_ held: Held) -> Bool {
            engine.release(held.key, at: clock.now)
        }

        /// Releases everything currently held.
        ///
        /// What follows, such as an order that becomes ready after its challenges, may be held in turn.
        public func release() {
            for held in held { release(held) }
        }
    }
}

extension TestCA {
    /// The `oob-01` challenges of a CA, which a person approves or denies in place of a probe (ACME draft of March 2017,
    /// "Out-of-Band").
    ///
    /// ```swift
    /// ca.policy.challengeTypes = [.oob01]
    /// // … the client tells its user where to go, and answers the challenge
    /// for challenge in ca.outOfBand.pending { try ca.outOfBand.approve(challenge.id) }
    /// ```
    /// The page in the challenge's `href` does the same. ``TestCA/validation`` decides first, as for every type, and then nobody
    /// is waited for. CAA records are checked once a challenge is approved.
    ///
    /// A challenge is named by its authorization and its number: ``Pending/id``, or `CairnObjectID(challengeURL:)`.
    public struct OutOfBandChallenges: Sendable {
        let ca: TestCA

        /// A challenge that waits for a decision.
        public struct Pending: Hashable, Sendable, CustomStringConvertible {
            /// The end of the URL of the challenge: its authorization and number.
            public let id: CairnObjectID
            /// The identifier to be certified, a wildcard with its `*.`.
            public let identifier: ACMEIdentifier
            /// The account that answers it.
            public let account: CairnObjectID
            /// Whether the client has answered the challenge; if so, a decision takes effect at once.
            public let isAnswered: Bool

            /// `oob-01 challenge kQ2/0 for www.example.test, answered, account 7`.
            public var description: String {
                "oob-01 challenge \(id) for \(identifier), \(isAnswered ? "answered" : "not answered"), account \(account)"
            }
        }

        /// The undecided challenges, answered by the client or not, oldest first.
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
        /// - Throws: ``TestCA/ObjectError`` if there is no such challenge, it is not `oob-01`, or it can no longer be decided.
        public func approve(_ challenge: CairnObjectID) throws(TestCA.ObjectError) {
            try decide(challenge, .valid)
        }

        /// Denies a challenge, at once or as soon as the client answers it.
        ///
        /// - Parameters:
        ///   - challenge: its ``Pending/id``.
        ///   - problem: what the challenge shows as its `error`; `unauthorized` by default.
        /// - Throws: ``TestCA/ObjectError`` if there is no such challenge, it is not `oob-01`, or it can no longer be decided.
        public func deny(
            _ challenge: CairnObjectID, because problem: ACMEProblem? = nil
        ) throws(TestCA.ObjectError) {
            try decide(challenge, .invalid(problem ?? .deniedOutOfBand))
        }

        private func decide(_ challenge: CairnObjectID, _ decision: Verdict.Outcome) throws(TestCA.ObjectError) {
            guard case .challenge(let authorization, let index)? = TestCA.Object.challenge(challenge).known,
                let page = ca.engine.outOfBandPage(of: authorization, index)
            else {
                throw TestCA.ObjectError(.unknown, "there is no oob-01 challenge \(challenge.rawValue.quoted)")
            }
            do { _ = try ca.engine.decide(page, decision, at: ca.clock.now) } catch { throw TestCA.ObjectError(error) }
            ca.gateway.catchUp()
        }
    }
}

extension CairnObjectID {
    /// The name of the challenge at a URL: its last two parts, the authorization and the number of the challenge.
    public init(challengeURL url: String) {
        self.init(rawValue: url.split(separator: "/").suffix(2).joined(separator: "/"))
    }
}
