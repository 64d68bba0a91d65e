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
    /// The most orders that are kept once they are valid or invalid.
    ///
    /// Beyond it, the order that was finished first is forgotten together with its certificate and with the
    /// authorizations that no other order uses, except pre-authorizations that are still good. Default: 100,000; at least
    /// 1, so that the request that finishes an order can still show it.
    public var finishedOrders = 100_000
    /// The most authorizations without any order that are kept once they can be used no more.
    ///
    /// They come from pre-authorization (RFC 8555 §7.4.1) and from grants. Beyond it, the one that ended first is
    /// forgotten. Default: 100,000; at least 1.
    public var finishedAuthorizations = 100_000

    public init() {}
}
