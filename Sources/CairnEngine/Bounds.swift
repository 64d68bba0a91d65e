import CairnCertificates
import CairnModel

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

/// What is forgotten, and in which order; see ``CairnBounds``.
extension State {
    /// Makes room for an order that was placed, and for its authorizations.
    mutating func makeRoom(for order: Order.ID, at now: CairnInstant) {
        while orders.unfinishedCount > max(1, bounds.unfinishedOrders), endOldestOrder(but: order, at: now) {}
        makeRoom(sparing: order, nil, at: now)
    }

    /// Makes room for an authorization that was made before any order.
    mutating func makeRoom(for authorization: Authorization.ID, at now: CairnInstant) {
        authorizations.notePreAuthorization(authorization)
        makeRoom(sparing: nil, authorization, at: now)
    }

    private mutating func makeRoom(sparing order: Order.ID?, _ authorization: Authorization.ID?, at now: CairnInstant) {
        let most = max(1, bounds.authorizations)
        while authorizations.count > most {
            if let oldest = authorizations.removeFirstFinished() {
                forgot(oldest)
            } else if let oldest = orders.removeFirstFinished(but: order) {
                forgot(oldest)
            } else if !endOldestOrder(but: order, at: now), !endOldestPreAuthorization(but: authorization, at: now) {
                return
            }
        }
    }

    /// Makes the oldest unfinished order invalid; `false` if there is none besides `kept`.
    private mutating func endOldestOrder(but kept: Order.ID?, at now: CairnInstant) -> Bool {
        guard let oldest = orders.nextUnfinished(but: kept) else { return false }
        let problem = ACMEProblem(
            .serverInternal,
            "the order gave way to a newer one: this CA keeps at most \(max(1, bounds.unfinishedOrders)) unfinished "
                + "orders and \(max(1, bounds.authorizations)) authorizations")
        fail(oldest, problem, at: now)
        return true
    }

    /// Revokes the oldest pre-authorization that no order lists; `false` if there is none besides `kept`.
    private mutating func endOldestPreAuthorization(but kept: Authorization.ID?, at now: CairnInstant) -> Bool {
        while let oldest = authorizations.nextPreAuthorization(but: kept) {
            if change(oldest, .revokedByServer, at: now) { return true }
        }
        return false
    }

    /// Forgets the oldest valid and invalid orders when there are too many.
    mutating func forgetFinishedOrders() {
        while orders.finishedCount > max(1, bounds.finishedOrders), let oldest = orders.removeFirstFinished(but: nil) {
            forgot(oldest)
        }
    }

    /// Forgets the oldest authorizations that no order lists and that can be used no more, when there are too many.
    mutating func forgetFinishedAuthorizations() {
        while authorizations.finishedCount > max(1, bounds.finishedAuthorizations),
            let oldest = authorizations.removeFirstFinished()
        {
            forgot(oldest)
        }
    }

    /// Lets go with an order what belongs to it.
    private mutating func forgot(_ order: Order) {
        if let certificate = order.certificate { certificates.remove(certificate) }
        for id in order.authorizations {
            authorizations.update(id) { $0.forget(order.id) }
            guard let authorization = authorizations[id], authorization.orderCount == 0,
                !authorization.outlivesItsOrders
            else { continue }
            authorizations.remove(id)
            forgot(authorization)
        }
    }

    /// Lets go with an authorization what belongs to it.
    private mutating func forgot(_ authorization: Authorization) {
        if !held.isEmpty {
            for index in authorization.challenges.indices { held[.challenge(authorization.id, index)] = nil }
        }
        outOfBand.close(of: authorization)
        if case .grant(let id) = authorization.origin { grants.remove(authorization, of: id) }
    }
}
