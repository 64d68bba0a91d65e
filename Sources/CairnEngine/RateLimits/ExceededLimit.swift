import CairnModel

/// A limit that a request would exceed.
struct ExceededLimit {
    let detail: String
    /// When it would not; `nil` if that cannot be said.
    let possible: CairnInstant?
    /// The identifiers it is about, if it is not about the request as a whole.
    var identifiers: [ACMEIdentifier] = []

    /// - Parameter what: what is counted, and by whom: `new orders of one account`.
    init(
        _ what: String, _ limit: CairnRateLimit, possible: CairnInstant?, identifiers: [ACMEIdentifier] = [],
        at now: CairnInstant
    ) {
        let next =
            possible.map { "; the next is possible at \($0.roundedUp)" } ?? ", and there will be none"
        detail =
            "expected at most \(limit.count) \(what) in \(limit.period.words), got one more since "
            + "\((now - limit.period).wholeSecond)\(next) (RFC 8555 §6.6)"
        self.possible = possible
        self.identifiers = identifiers
    }

    /// - Parameter detail: why, in full.
    init(_ detail: String, possible: CairnInstant?) {
        (self.detail, self.possible) = (detail, possible)
    }
}

extension Refusal {
    /// The refusal of a request beyond `limits`: the one that lasts longest speaks for all, and each identifier has a
    /// subproblem (RFC 8555 §6.7.1).
    init?(_ limits: [ExceededLimit], sendsRetryAfter: Bool, at now: CairnInstant) {
        guard let longest = limits.max(by: { $0.lastsShorter(than: $1) }) else { return nil }
        let subproblems = limits.flatMap { limit in
            limit.identifiers.map { ACMEProblem(.rateLimited, limit.detail, identifier: $0) }
        }
        self.init(ACMEProblem(.rateLimited, longest.detail, subproblems: subproblems))
        if sendsRetryAfter { retryAfter = longest.possible.map { $0 - now } }
    }
}

extension ExceededLimit {
    fileprivate func lastsShorter(than other: ExceededLimit) -> Bool {
        guard let possible else { return false }
        return other.possible.map { possible < $0 } ?? true
    }
}

extension CairnInstant {
    /// The first whole second that is not before the instant.
    fileprivate var roundedUp: CairnInstant {
        wholeSecond == self ? self : wholeSecond + .seconds(1)
    }
}
