import CairnModel

/// What is checked before anything is made, and counted if it is.
///
/// Nothing may be refused between one of these and the end of its transaction: then it would have been counted for
/// nothing.
extension State {
    /// Counts a new account, or refuses it.
    mutating func admitAccount(from address: CairnIPAddress, at now: CairnInstant) throws(Refusal) {
        guard !policy.rateLimits.areOff else { return }
        let limits = policy.rateLimits
        var spending: [(TokenBuckets.Key, CairnRateLimit)] = []
        var exceeded: [ExceededLimit] = []
        func check(_ key: TokenBuckets.Key, _ limit: CairnRateLimit?, _ what: String) {
            guard let limit else { return }
            spending.append((key, limit))
            exceeded += excess(key, limit, what, at: now)
        }
        check(
            .accountsFrom(address), limits.limit(.newAccountsPerAddress, for: .address(address)),
            "new accounts from \(address)")
        if case .v6(let bits) = address {
            let range = CairnIPAddress.v6((bits >> 80) << 80)
            check(
                .accountsFromRange(bits >> 80), limits.limit(.newAccountsPerIPv6Range, for: .address(range)),
                "new accounts from \(range)/48")
        }
        try refuse(exceeded, at: now)
        for (key, limit) in spending { buckets.spend(key, of: limit, at: now) }
    }

    /// Counts a new order, or refuses it.
    ///
    /// - Parameters:
    ///   - newAuthorizations: how many pending authorizations come with it.
    ///   - isReplacement: whether it replaces a certificate (RFC 9773 §5).
    mutating func admitOrder(
        for identifiers: [ACMEIdentifier], newAuthorizations: Int, isReplacement: Bool, by account: Account.ID,
        at now: CairnInstant
    ) throws(Refusal) {
        guard !policy.rateLimits.areOff else { return }
        let limits = policy.rateLimits
        guard !(isReplacement && limits.exemptsReplacements) else { return }
        let isRenewal = limits.exemptsRenewals && certificates.isRenewal(identifiers)
        let orders = isRenewal ? nil : limits.limit(.newOrdersPerAccount, of: account)
        var exceeded: [ExceededLimit] = []
        if let orders { exceeded += excess(.orders(account), orders, "new orders of one account", at: now) }
        if !isRenewal { exceeded += excessCertificates(identifiers, of: account, at: now) }
        exceeded += excessDuplicates(identifiers, of: account, at: now)
        for identifier in identifiers { exceeded += excessFailures(identifier, of: account, at: now) }
        exceeded += excessPending(newAuthorizations, of: account, at: now)
        try refuse(exceeded, at: now)
        if let orders { buckets.spend(.orders(account), of: orders, at: now) }
    }

    /// Refuses a new authorization beyond the limits (RFC 8555 §7.4.1).
    func admitAuthorization(
        for identifier: ACMEIdentifier, by account: Account.ID, at now: CairnInstant
    ) throws(Refusal) {
        try pauses.refuse([identifier], of: account)
        guard !policy.rateLimits.areOff else { return }
        try refuse(
            excessFailures(identifier, of: account, at: now) + excessPending(1, of: account, at: now), at: now)
    }

    private func refuse(_ exceeded: [ExceededLimit], at now: CairnInstant) throws(Refusal) {
        if let refusal = Refusal(exceeded, sendsRetryAfter: policy.rateLimits.sendsRetryAfter, at: now) {
            throw refusal
        }
    }

    private func excess(
        _ key: TokenBuckets.Key, _ limit: CairnRateLimit, _ what: String, about identifiers: [ACMEIdentifier] = [],
        at now: CairnInstant
    ) -> [ExceededLimit] {
        switch buckets.availability(in: key, of: limit, at: now) {
        case .now: []
        case .at(let instant): [ExceededLimit(what, limit, possible: instant, identifiers: identifiers, at: now)]
        case .never: [ExceededLimit(what, limit, possible: nil, identifiers: identifiers, at: now)]
        }
    }

    private func excessCertificates(
        _ identifiers: [ACMEIdentifier], of account: Account.ID, at now: CairnInstant
    ) -> [ExceededLimit] {
        certificateBuckets(identifiers, of: account).flatMap { bucket in
            excess(
                bucket.key, bucket.limit, "certificates for the registered domain \(bucket.domain)",
                about: bucket.identifiers, at: now)
        }
    }

    private func excessDuplicates(
        _ identifiers: [ACMEIdentifier], of account: Account.ID, at now: CairnInstant
    ) -> [ExceededLimit] {
        guard let (key, limit) = duplicatesBucket(identifiers, of: account) else { return [] }
        let names = identifiers.map(\.value).quotedList
        return excess(key, limit, "certificates for exactly \(names)", at: now)
    }

    private func excessFailures(
        _ identifier: ACMEIdentifier, of account: Account.ID, at now: CairnInstant
    ) -> [ExceededLimit] {
        guard let limit = policy.rateLimits.limit(.failedValidationsPerIdentifier, of: account) else { return [] }
        let name = identifier.withoutWildcard
        return excess(
            .failures(account, name), limit, "failed validations of \(name.value.quoted) for one account",
            about: [identifier],
            at: now)
    }

    private func excessPending(_ more: Int, of account: Account.ID, at now: CairnInstant) -> [ExceededLimit] {
        guard more > 0, let limit = policy.rateLimits.limit(.pendingAuthorizationsPerAccount, of: account) else {
            return []
        }
        let pending = authorizations.pendingCount(of: account)
        let excess = pending + more - limit.count
        guard excess > 0 else { return [] }
        // Only a refusal looks at them all: when enough of them will have expired.
        let expiries = authorizations.pendingExpiries(of: account)
        let possible = excess <= expiries.count ? expiries[excess - 1] : nil
        let relief = possible.map { "; \(excess) of them will have expired at \($0)" } ?? ""
        return [
            ExceededLimit(
                "expected at most \(limit.count) pending authorizations of one account, got \(pending) and \(more) more"
                    + "\(relief) (RFC 8555 §6.6)", possible: possible)
        ]
    }
}

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
