package import CairnCertificates
package import CairnEngine

extension CairnPersonality {
    /// One choice of ``CairnPolicy``, or of every certificate profile, that a server makes otherwise than Cairn does by default.
    package struct Decision: Hashable, Sendable {
        /// Where it stands in the policy or a profile, such as `lifetimes.order`.
        package let name: String
        /// What the server chooses, in words.
        package let choice: String
        private let make: @Sendable (inout CairnPolicy) -> Void
        private let makeProfile: @Sendable (inout CairnCertificateProfile) -> Void

        init<Value: Equatable & Sendable>(
            _ name: String, _ path: any WritableKeyPath<CairnPolicy, Value> & Sendable, _ value: Value,
            _ choice: String? = nil
        ) {
            self.name = name
            self.choice = choice ?? "\(value)"
            make = { policy in
                if policy[keyPath: path] == CairnPolicy()[keyPath: path] { policy[keyPath: path] = value }
            }
            makeProfile = { _ in }
        }

        /// What becomes of what signing requests ask for in excess, under every profile.
        init(csrContent: CairnCSRContentPolicy, _ choice: String) {
            name = "csrContent"
            self.choice = choice
            make = { _ in }
            makeProfile = { profile in
                if profile.csrContent == .deployed { profile.csrContent = csrContent }
            }
        }

        fileprivate func apply(to policy: inout CairnPolicy) { make(&policy) }
        fileprivate func apply(to profile: inout CairnCertificateProfile) { makeProfile(&profile) }

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
    package func decide(_ policy: inout CairnPolicy) {
        for decision in decisions { decision.apply(to: &policy) }
    }

    /// Decides as the server does whatever `profile` leaves at its default.
    package func decide(_ profile: inout CairnCertificateProfile) {
        for decision in decisions { decision.apply(to: &profile) }
    }
}
