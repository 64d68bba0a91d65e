/// One challenge that a client says it has met: all that its validation depends on, but for the world.
package struct ValidationAttempt: Hashable, Sendable {
    package var type: ACMEChallengeType
    /// What the client says it controls: a domain name that is no wildcard, or an address (RFC 8555 §7.1.4).
    package var identifier: ACMEIdentifier
    /// Whether the identifier was ordered with `*.` before it.
    package var isWildcard: Bool
    package var token: String
    /// The token and the thumbprint of the account key (RFC 8555 §8.1).
    package var keyAuthorization: KeyAuthorization
    /// The URL of the account, as its owner knows it.
    package var accountURL: String
    /// The names of the CA for which CAA records are checked once the challenge is met; `nil` checks none.
    package var caaIdentities: [String]?
    /// What a human decided, where one does; `nil` as long as nobody did.
    package var decision: Verdict.Outcome?
    /// What a record that stays must say; `nil` where the kind of challenge is not met in advance.
    package var persist: PersistTerms?
    /// When the CA begins to look.
    package var begun = CairnInstant(secondsSinceEpoch: 0)

    package init(
        _ type: ACMEChallengeType, identifier: ACMEIdentifier, isWildcard: Bool = false, token: String,
        keyAuthorization: KeyAuthorization, accountURL: String, caaIdentities: [String]? = nil,
        decision: Verdict.Outcome? = nil
    ) {
        (self.type, self.identifier, self.isWildcard) = (type, identifier, isWildcard)
        (self.token, self.keyAuthorization, self.accountURL) = (token, keyAuthorization, accountURL)
        (self.caaIdentities, self.decision) = (caaIdentities, decision)
    }
}

/// The question whether CAA records let a CA issue for a name: all that the answer depends on, but for the DNS.
package struct CAACheck: Hashable, Sendable {
    package var issuer: CAAIssuer
    /// How control of the name was shown.
    package var challengeType: ACMEChallengeType
    /// What CAA records call that (RFC 8657 §4).
    package var method: String
    /// A domain name without `*.`, or an address, for which there is nothing to check.
    package var identifier: ACMEIdentifier
    /// Whether the certificate is to have the name with `*.` before it.
    package var isWildcard: Bool

    /// - Parameters:
    ///   - method: `nil` is the name of the challenge type.
    ///   - identifier: as in the order, with or without `*.`, or as in the authorization.
    package init(
        _ issuer: CAAIssuer, challengeType: ACMEChallengeType, method: String? = nil, identifier: ACMEIdentifier,
        isWildcard: Bool = false
    ) {
        (self.issuer, self.challengeType, self.method) = (issuer, challengeType, method ?? challengeType.rawValue)
        self.identifier = identifier.withoutWildcard
        self.isWildcard = isWildcard || identifier.isWildcard
    }
}

/// Who asks whether it may issue: what CAA records call this CA and the account.
package struct CAAIssuer: Hashable, Sendable {
    /// The names of the CA, as the directory shows them in `caaIdentities` (RFC 8555 §7.1.1).
    ///
    /// Without any, no record can authorize it.
    package var identities: [String]
    /// The URL of the account, as the client knows it (RFC 8657 §3.1).
    package var accountURL: String

    package init(identities: [String], accountURL: String) {
        (self.identities, self.accountURL) = (identities, accountURL)
    }
}

/// What a validation came to, and what it saw on the way.
package struct Verdict: Hashable, Sendable {
    package var outcome: Outcome
    /// What the primary perspective saw, as in ``CairnProbeEvent/steps``.
    package var steps: [CairnProbeEvent.Step]
    /// What the remote perspectives found, in order; none if they were not asked, as when the primary one failed.
    package var remote: [Remote]
    /// How long the proof counts; `nil` for as long as the policy says.
    package var limits: ProofLimits?

    package init(_ outcome: Outcome, steps: [CairnProbeEvent.Step] = [], remote: [Remote] = []) {
        (self.outcome, self.steps, self.remote) = (outcome, steps, remote)
    }

    package enum Outcome: Hashable, Sendable {
        /// The client controls the identifier.
        case valid
        /// It could not be seen that it does, for the reason given.
        case invalid(ACMEProblem)

        package var problem: ACMEProblem? {
            if case .invalid(let problem) = self { problem } else { nil }
        }
    }

    package static let valid = Verdict(.valid)
    package static func invalid(_ problem: ACMEProblem) -> Verdict { Verdict(.invalid(problem)) }

    /// Why the validation failed; `nil` if it did not.
    package var problem: ACMEProblem? { outcome.problem }

    /// What one remote perspective found (RFC 8555 §10.2).
    package struct Remote: Hashable, Sendable {
        package var perspective: String
        package var outcome: Outcome
        package var steps: [CairnProbeEvent.Step]

        package var problem: ACMEProblem? { outcome.problem }

        package init(perspective: String, outcome: Outcome, steps: [CairnProbeEvent.Step]) {
            (self.perspective, self.outcome, self.steps) = (perspective, outcome, steps)
        }
    }

    /// What the journal keeps of it: an event for each perspective, the primary one first.
    package func events(on identifier: ACMEIdentifier, by challenge: ACMEChallengeType) -> [CairnProbeEvent] {
        // The remote perspectives are asked only if the primary one has found nothing wrong.
        let primary = CairnProbeEvent(
            challenge: challenge, identifier: identifier, problem: remote.isEmpty ? problem : nil, steps: steps)
        return [primary]
            + remote.map { remote in
                CairnProbeEvent(
                    challenge: challenge, identifier: identifier, perspective: remote.perspective,
                    problem: remote.problem, steps: remote.steps)
            }
    }
}

/// A validation from one perspective (RFC 8555 §8).
public struct CairnProbeEvent: Sendable {
    /// The type of the challenge, such as `http-01`.
    public let challenge: ACMEChallengeType
    /// The identifier that was validated.
    public let identifier: ACMEIdentifier
    /// The remote perspective (RFC 8555 §10.2); `nil` for the primary one.
    public let perspective: String?
    /// Why it failed; `nil` if it succeeded.
    public let problem: ACMEProblem?
    /// Lookups and connections: for `http-01` one step for the first request and one per redirect; finally one for the
    /// CAA records, if they were checked.
    ///
    /// Empty if it was decided without probing.
    public let steps: [Step]

    /// One host that the CA looked up or connected to.
    public struct Step: Hashable, Sendable {
        /// Its name or address.
        public let host: String
        /// The DNS queries with their results: `TXT _acme-challenge.example.test: NXDOMAIN`.
        public package(set) var lookups: [String] = []
        /// The fetched URL, for `http-01`.
        public let url: String?
        /// All addresses that ``lookups`` returned.
        public package(set) var addressesResolved: [CairnIPAddress] = []
        /// The addresses that failed to connect before ``addressUsed``.
        public package(set) var addressesTried: [CairnIPAddress] = []
        /// The address that was connected to, if any.
        public package(set) var addressUsed: CairnIPAddress?
        /// The port that was connected to; `nil` for `dns-01`.
        public let port: Int?
        /// The status of the HTTP response.
        public package(set) var status: Int?

        package init(host: String, url: String? = nil, port: Int? = nil) {
            (self.host, self.url, self.port) = (host, url, port)
        }
    }

    package init(
        challenge: ACMEChallengeType, identifier: ACMEIdentifier, perspective: String? = nil, problem: ACMEProblem?,
        steps: [Step]
    ) {
        self.challenge = challenge
        self.identifier = identifier
        self.perspective = perspective
        self.problem = problem
        self.steps = steps
    }
}

extension CairnProbeEvent: CustomStringConvertible {
    /// `http-01 for www.example.test failed: connection: …`.
    public var description: String {
        let place = perspective.map { " from \($0)" } ?? ""
        return "\(challenge) for \(identifier)\(place) " + (problem.map { "failed: \($0)" } ?? "succeeded")
    }
}
