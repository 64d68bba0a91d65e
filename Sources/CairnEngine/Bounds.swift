/// Limits on what the CA remembers, so that a long-running server does not grow forever.
///
/// Every kind of object is capped. Beyond the limit, the oldest of what clients create is forgotten; what a person
/// creates is refused. Dependent objects (challenges and `oob-01` pages of an authorization, the certificate of an
/// order, held results) go with their parent.
public struct CairnBounds: Sendable {
    /// The maximum number of outstanding nonces; beyond it the oldest is forgotten.
    ///
    /// Default: 100,000.
    public var nonces = 100_000
    /// The maximum number of journal entries; beyond it the oldest is forgotten.
    ///
    /// Default: 10,000.
    public var journalEntries = 10_000
    /// The maximum size of the journal in bytes; beyond it the oldest entries are forgotten.
    ///
    /// Counts what clients sent, plus about half a kilobyte per entry. The newest entry is always kept. Default: 64
    /// MiB.
    public var journalBytes = 64 << 20
    /// The maximum number of DNS queries that are remembered; beyond it the oldest is forgotten.
    ///
    /// Default: 10,000.
    public var dnsQueries = 10_000
    /// The maximum number of accounts.
    ///
    /// Accounts are never forgotten: beyond the limit newAccount is refused with `serverInternal` and 503, but existing
    /// accounts can still be looked up by key. Default: 1,000,000.
    public var accounts = 1_000_000
    /// The maximum number of unfinished orders: those that are neither valid nor invalid.
    ///
    /// Beyond it, the oldest becomes invalid. Default: 100,000; at least 1, for the order being placed.
    public var unfinishedOrders = 100_000
    /// The maximum number of finished orders: those that are valid or invalid.
    ///
    /// Beyond it, the one that finished first is forgotten, with its certificate and the authorizations that no other
    /// order uses, except usable pre-authorizations. Default: 90,000, since tables of more than 98,304 take twice the
    /// memory; at least 1, so that the request that finishes an order can still show it.
    public var finishedOrders = 90_000
    /// The maximum number of authorizations.
    ///
    /// At about a kilobyte each, they make up most of a CA's memory.
    ///
    /// Beyond it, room is made in this sequence, each oldest first: ended authorizations without an order; finished
    /// orders; unfinished orders, which become invalid; pre-authorizations without an order, which are revoked. What
    /// the current request needs is always kept. Default: 250,000.
    public var authorizations = 250_000
    /// The maximum number of ended authorizations without an order.
    ///
    /// They come from pre-authorization (RFC 8555 §7.4.1) and grants. Beyond it, the one that ended first is forgotten.
    /// Default: 100,000; at least 1.
    public var finishedAuthorizations = 100_000
    /// The maximum number of external account keys, including unusable ones; beyond it none can be issued.
    ///
    /// Default: 100,000.
    public var externalAccountKeys = 100_000
    /// The maximum number of grants in effect; beyond it none can be made.
    ///
    /// Default: 100,000.
    public var grants = 100_000
    /// The maximum number of paused identifiers of all accounts; beyond it the oldest pause ends.
    ///
    /// Default: 100,000; at least 1.
    public var pausedIdentifiers = 100_000
    /// The maximum number of rate limit counters in use; beyond it, the half that would reset first is forgotten.
    ///
    /// Default: 1,000,000; at least 1.
    public var rateLimitCounters = 1_000_000
    /// The maximum number of keys remembered because a certificate was revoked for keyCompromise; beyond it the oldest
    /// is forgotten.
    ///
    /// Default: 1,000,000; at least 1.
    public var compromisedKeys = 1_000_000
    /// The maximum number of revocations, each remembered until its certificate expires; beyond it the oldest is
    /// forgotten.
    ///
    /// They outlive orders and certificates (``finishedOrders``), because relying parties ask for them. Default:
    /// 1,000,000; at least 1.
    public var revocations = 1_000_000
    /// The maximum number of former account keys, remembered after a key change; beyond it the oldest is forgotten.
    ///
    /// Default: 1,000,000; at least 1.
    public var formerAccountKeys = 1_000_000

    /// Creates the default limits.
    public init() {}
}
