extension TestCA {
    /// What a CA has decided and holds back, because its policy says so.
    ///
    /// ```swift
    /// ca.policy.progress.issuance = .manually
    /// // … the client finalizes; its order stays "processing"
    /// ca.progress.release()
    /// ```
    public struct ProgressControl: Sendable {
        let engine: Engine
        let clock: TestCA.Clock

        /// Something that is held back.
        public struct Held: Hashable, Sendable {
            /// ``CairnStatusEvent/Subject/challenge`` or ``CairnStatusEvent/Subject/order``.
            public let subject: CairnStatusEvent.Subject
            /// The end of the object's URL: for a challenge, its authorization and number.
            public let id: String
            let key: Hold.Subject
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
        /// What follows from it may be held back in its turn: an order that becomes ready after its challenges.
        public func release() {
            for held in held { release(held) }
        }
    }
}
