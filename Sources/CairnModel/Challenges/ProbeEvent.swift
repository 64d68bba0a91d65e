/// A validation as seen from one perspective (RFC 8555 §8).
public struct CairnProbeEvent: Sendable {
    /// The type of the challenge, such as `http-01`.
    public let challenge: ACMEChallengeType
    /// What the client had to prove that it controls.
    public let identifier: ACMEIdentifier
    /// The remote perspective from which the CA looked (RFC 8555 §10.2); `nil` for the primary one.
    public let perspective: String?
    /// What went wrong as seen from there; `nil` if nothing did.
    public let problem: ACMEProblem?
    /// What was looked up and connected to: for `http-01` one step for the first request and one for each redirect; last
    /// one for the CAA records, if they were checked.
    ///
    /// Empty if it was decided without looking.
    public let steps: [Step]

    /// One host that the CA turned to.
    public struct Step: Hashable, Sendable {
        /// Its name, or its address if it has none.
        public let host: String
        /// The DNS questions and what came of each, in words: `TXT _acme-challenge.example.test: NXDOMAIN`.
        public package(set) var lookups: [String] = []
        /// The URL that was fetched, for `http-01`.
        public let url: String?
        /// All addresses that ``lookups`` led to.
        public package(set) var addressesResolved: [CairnIPAddress] = []
        /// The addresses that could not be connected to before ``addressUsed`` was.
        public package(set) var addressesTried: [CairnIPAddress] = []
        /// The address that was connected to; `nil` if none was.
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
