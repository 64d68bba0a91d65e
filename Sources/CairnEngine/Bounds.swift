/// How much the CA remembers, so that a server that runs for long does not grow for ever.
///
/// Of every kind of object there is a most. Where clients make them, the oldest give way; where a person does, one more is
/// refused. What belongs to something (challenges and `oob-01` pages to an authorization, a certificate to its order, what
/// is held back to a challenge or an order) goes with it.
public struct CairnBounds: Sendable {
    /// The most nonces that are out at a time; beyond it the oldest is forgotten.
    ///
    /// Default: 100,000.
    public var nonces = 100_000
    /// The most entries of the journal; beyond it the oldest is forgotten.
    ///
    /// Default: 10,000.
    public var journalEntries = 10_000
    /// The most that the entries of the journal may take up, in bytes; beyond it the oldest is forgotten, whatever their
    /// number.
    ///
    /// What a client sent counts as long as it was, each entry about half a kilobyte besides. The newest entry is always
    /// kept. Default: 64 MiB.
    public var journalBytes = 64 << 20
    /// The most DNS queries that are remembered; beyond it the oldest is forgotten.
    ///
    /// Default: 10,000.
    public var dnsQueries = 10_000
    /// The most accounts.
    ///
    /// An account is never forgotten: beyond it, newAccount is refused with `serverInternal` and 503, and keys that have an
    /// account still find it. Default: 1,000,000.
    public var accounts = 1_000_000
    /// The most orders that are kept while they are neither valid nor invalid.
    ///
    /// Beyond it, the one that was placed first becomes invalid. Default: 100,000; at least 1, the order that is being
    /// placed.
    public var unfinishedOrders = 100_000
    /// The most orders that are kept once they are valid or invalid.
    ///
    /// Beyond it, the order that was finished first is forgotten together with its certificate and with the
    /// authorizations that no other order uses, except pre-authorizations that are still good. Default: 100,000; at least
    /// 1, so that the request that finishes an order can still show it.
    public var finishedOrders = 100_000
    /// The most authorizations, which are nearly all of what a CA remembers: about a kilobyte each.
    ///
    /// Beyond it there is room made, as long as it takes and in this sequence: authorizations without an order that can be
    /// used no more, the one that ended first; finished orders, the one that was finished first; unfinished orders, which
    /// become invalid, the one that was placed first; pre-authorizations without an order, which are revoked, the one that
    /// was made first. Default: 250,000. What the request needs that is being answered is kept in any case.
    public var authorizations = 250_000
    /// The most authorizations without any order that are kept once they can be used no more.
    ///
    /// They come from pre-authorization (RFC 8555 §7.4.1) and from grants. Beyond it, the one that ended first is
    /// forgotten. Default: 100,000; at least 1.
    public var finishedAuthorizations = 100_000
    /// The most keys of external accounts, those included that can be used no more; beyond it none is issued.
    ///
    /// Default: 100,000.
    public var externalAccountKeys = 100_000
    /// The most grants that hold at a time; beyond it none is made.
    ///
    /// Default: 100,000.
    public var grants = 100_000
    /// The most identifiers that are paused, of all accounts together; beyond it the one that was paused first is so no
    /// longer.
    ///
    /// Default: 100,000; at least 1.
    public var pausedIdentifiers = 100_000
    /// The most counters of rate limits that have counted something; beyond it, the half is forgotten that would be back
    /// to nothing first.
    ///
    /// Default: 1,000,000; at least 1.
    public var rateLimitCounters = 1_000_000
    /// The most keys that are remembered because a certificate of theirs was revoked for keyCompromise; beyond it the
    /// oldest is forgotten.
    ///
    /// Default: 1,000,000; at least 1.
    public var compromisedKeys = 1_000_000
    /// The most revocations that are remembered, each until its certificate has expired; beyond it the oldest is forgotten.
    ///
    /// They outlive orders and certificates (``finishedOrders``), since whoever relies on a certificate asks for them.
    /// Default: 1,000,000; at least 1.
    public var revocations = 1_000_000
    /// The most keys that are remembered because an account had them before it was given another; beyond it the oldest is
    /// forgotten.
    ///
    /// Default: 1,000,000; at least 1.
    public var formerAccountKeys = 1_000_000

    /// Everything at its default.
    public init() {}
}
