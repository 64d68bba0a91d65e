public import ACME

/// What the CA asks of clients, and how long things live.
public struct Policy: Sendable {
    /// The terms that a new account must agree to (RFC 8555 §7.3); `nil` asks for nothing.
    ///
    /// Default: ``TermsOfService/page``.
    public var termsOfService: TermsOfService? = .page
    /// The challenge types that are offered where they fit, in the order in which they are listed.
    ///
    /// A wildcard is offered `dns-01` alone (RFC 8555 §7.1.3 and the practice of every CA), an address `http-01` and
    /// `tls-alpn-01` (RFC 8738 §7). Default: `http-01`, `dns-01`, `tls-alpn-01`.
    public var challengeTypes: [ChallengeType] = [.http01, .dns01, .tlsALPN01]
    /// Which failed challenges make their authorization invalid (RFC 8555 §7.1.6).
    ///
    /// Default: ``FailedChallenges/any``.
    public var authorizationFailsOn: FailedChallenges = .any
    /// The most identifiers that one order may have.
    ///
    /// Default: 100.
    public var maximumIdentifiers = 100
    /// The most contacts that an account may have.
    ///
    /// Default: 10.
    public var maximumContacts = 10
    /// How many orders one page of an orders list shows (RFC 8555 §7.1.2.1).
    ///
    /// Default: 50.
    public var ordersPerPage = 50
    public var lifetimes = Lifetimes()
    public var bounds = Bounds()

    public init() {}

    /// How long objects can be used.
    ///
    /// After that their status says so.
    public struct Lifetimes: Sendable {
        /// From newOrder until the order must be finalized.
        ///
        /// Default: 7 days.
        public var order: Duration = .days(7)
        /// From newOrder until an authorization must be valid.
        ///
        /// Default: 7 days.
        public var pendingAuthorization: Duration = .days(7)
        /// From its validation until an authorization expires.
        ///
        /// Default: 30 days.
        public var validAuthorization: Duration = .days(30)

        public init() {}
    }

    /// How much the CA remembers, so that a server that runs for long does not grow for ever.
    public struct Bounds: Sendable {
        /// The most nonces that are out at a time; beyond it the oldest is forgotten.
        ///
        /// Default: 100,000.
        public var nonces = 100_000
        /// The most entries of the journal; beyond it the oldest is forgotten.
        ///
        /// Default: 10,000.
        public var journalEntries = 10_000
        /// The most DNS queries that are remembered; beyond it the oldest is forgotten.
        ///
        /// Default: 10,000.
        public var dnsQueries = 10_000
        /// The most orders that are kept once they are valid or invalid.
        ///
        /// Beyond it, the order that was finished first is forgotten together with its certificate and with the
        /// authorizations that no other order uses. Default: 100,000; at least 1, so that the request that finishes an
        /// order can still show it.
        public var finishedOrders = 100_000

        public init() {}
    }
}

/// How many challenges of an authorization must fail before it is invalid.
public enum FailedChallenges: Hashable, Sendable {
    /// One: what RFC 8555 §7.1.6 says.
    case any
    /// All of them, so that a client may try the next one after a failure.
    ///
    /// Deviation: RFC 8555 §7.1.6 makes the authorization invalid with the first failure. This is what erratum 6317 (held
    /// for an update of the document) asks for.
    case all
}

/// Where the terms of service are.
public enum TermsOfService: Hashable, Sendable {
    /// A page that the CA serves itself.
    case page
    /// A page elsewhere, by its URL.
    case url(String)
}
