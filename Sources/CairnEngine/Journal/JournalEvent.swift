public import CairnCertificates
public import CairnModel

/// One line of the journal.
public struct JournalEntry: Sendable {
    /// Counts from 0 and never repeats within one CA, so a gap at the beginning shows how much was forgotten.
    public let number: Int
    /// When it happened, on the clock of the CA.
    public let at: Instant
    public let event: JournalEvent
}

/// Something that happened in the CA.
public enum JournalEvent: Sendable {
    /// A request was answered.
    case request(RequestEvent)
    /// An object was created, or its status changed.
    case status(StatusEvent)
    /// A certificate was issued.
    case issued(IssuedCertificate)
    /// A certificate was revoked, for a reason if the request gave one (RFC 8555 §7.6).
    case revoked(SerialNumber, RevocationReason?)
    /// Somebody agreed for an account, by the last part of its URL, to a version of the terms (RFC 8555 §7.3.3).
    case agreed(account: String, terms: String)
    /// A client did something that it should not.
    case finding(Finding)
    /// The CA looked whether a challenge is fulfilled.
    case probe(ProbeEvent)
}

/// A new status of an object.
public struct StatusEvent: Hashable, Sendable {
    public enum Subject: String, Sendable {
        case account, order, authorization, challenge, certificate
        /// The key of an external account (RFC 8555 §7.3.4).
        case externalAccountKey
    }

    public let subject: Subject
    /// The last part of the object's URL; for a challenge, its authorization and number; for the key of an external
    /// account, its identifier.
    public let id: String
    /// The name, or names, that the object is about.
    public let identifiers: [Identifier]
    /// `nil` for an object that is new.
    public let from: String?
    public let to: String
}

/// A validation as seen from one perspective (RFC 8555 §8).
public struct ProbeEvent: Sendable {
    public let challenge: ChallengeType
    public let identifier: Identifier
    /// The remote perspective from which the CA looked (RFC 8555 §10.2); `nil` for the primary one.
    public let perspective: String?
    /// What went wrong as seen from there; `nil` if nothing did.
    public let problem: Problem?
    /// What was looked up and connected to: for `http-01` one step for the first request and one for each redirect; last
    /// one for the CAA records, if they were checked.
    ///
    /// Empty if it was decided without looking.
    public let steps: [Step]

    /// One host that the CA turned to.
    public struct Step: Hashable, Sendable {
        public let host: String
        /// The DNS questions and what came of each, in words: `TXT _acme-challenge.example.test: NXDOMAIN`.
        public let lookups: [String]
        /// The URL that was fetched, for `http-01`.
        public let url: String?
        public let addressesResolved: [IPAddress]
        /// The addresses that could not be connected to before ``addressUsed`` was.
        public let addressesTried: [IPAddress]
        public let addressUsed: IPAddress?
        /// The port that was connected to; `nil` for `dns-01`.
        public let port: Int?
        /// The status of the HTTP response.
        public let status: Int?

        package init(
            host: String, lookups: [String], url: String?, addressesResolved: [IPAddress], addressesTried: [IPAddress],
            addressUsed: IPAddress?, port: Int?, status: Int?
        ) {
            (self.host, self.lookups, self.url) = (host, lookups, url)
            (self.addressesResolved, self.addressesTried) = (addressesResolved, addressesTried)
            (self.addressUsed, self.port, self.status) = (addressUsed, port, status)
        }
    }

    package init(
        challenge: ChallengeType, identifier: Identifier, perspective: String? = nil, problem: Problem?, steps: [Step]
    ) {
        self.challenge = challenge
        self.identifier = identifier
        self.perspective = perspective
        self.problem = problem
        self.steps = steps
    }
}
