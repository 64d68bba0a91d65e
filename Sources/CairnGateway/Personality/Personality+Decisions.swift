package import CairnEngine

extension Personality {
    /// One choice of ``Policy`` that a server makes otherwise than Cairn does by default.
    package struct Decision: Hashable, Sendable {
        /// Where it stands in the policy, such as `lifetimes.order`.
        package let name: String
        /// What the server chooses, in words.
        package let choice: String
        private let make: @Sendable (inout Policy) -> Void

        init<Value: Equatable & Sendable>(
            _ name: String, _ path: any WritableKeyPath<Policy, Value> & Sendable, _ value: Value,
            _ choice: String? = nil
        ) {
            self.name = name
            self.choice = choice ?? "\(value)"
            make = { policy in
                if policy[keyPath: path] == Policy()[keyPath: path] { policy[keyPath: path] = value }
            }
        }

        package func apply(to policy: inout Policy) { make(&policy) }

        package static func == (left: Decision, right: Decision) -> Bool {
            (left.name, left.choice) == (right.name, right.choice)
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(name)
            hasher.combine(choice)
        }
    }

    /// Decides as the server does whatever `policy` leaves at its default.
    ///
    /// A value that is another already is somebody's choice, and stands.
    package func decide(_ policy: inout Policy) {
        for decision in decisions { decision.apply(to: &policy) }
    }
}
