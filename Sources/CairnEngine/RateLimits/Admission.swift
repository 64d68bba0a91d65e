import CairnModel

extension CairnRateLimits {
    /// Whether anything is limited at all.
    var areOff: Bool {
        overrides.isEmpty && newAccountsPerAddress == nil && newAccountsPerIPv6Range == nil
            && newOrdersPerAccount == nil && certificatesPerRegisteredDomain == nil
            && certificatesPerIdentifierSet == nil && failedValidationsPerIdentifier == nil
            && failedValidationsUntilPause == nil && pendingAuthorizationsPerAccount == nil
    }
}

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
        func count(_ key: TokenBuckets.Key, _ limit: CairnRateLimit?, _ what: String) {
            guard let limit else { return }
            spending.append((key, limit))
            exceeded += excess(key, limit, what, at: now)
        }
        count(
            .accountsFrom(address), limits.limit(.newAccountsPerAddress, for: .address(address)),
            "new accounts from \(address)")
        if case .v6(let bits) = address {
            let range = CairnIPAddress.v6((bits >> 80) << 80)
            count(
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

/// What is counted when it has happened.
extension State {
    /// A bucket for the certificates of one registered domain, and what falls into it.
    struct CertificateBucket {
        let domain: String
        let key: TokenBuckets.Key
        let limit: CairnRateLimit
        var identifiers: [ACMEIdentifier]
    }

    /// The buckets that a certificate takes a token from, in the order of its identifiers.
    func certificateBuckets(_ identifiers: [ACMEIdentifier], of account: Account.ID) -> [CertificateBucket] {
        let limits = policy.rateLimits
        let own = limits.override(.certificatesPerRegisteredDomain, of: account)
        var buckets: [CertificateBucket] = []
        for identifier in identifiers {
            let domain = limits.registeredDomain(of: identifier)
            if let known = buckets.firstIndex(where: { $0.domain == domain }) {
                buckets[known].identifiers.append(identifier)
            } else if let limit = own ?? limits.limit(.certificatesPerRegisteredDomain, for: .domain(domain)) {
                buckets.append(
                    CertificateBucket(
                        domain: domain, key: .certificates(domain: domain, own == nil ? nil : account), limit: limit,
                        identifiers: [identifier]))
            }
        }
        return buckets
    }

    /// The bucket of all certificates for the same identifiers.
    func duplicatesBucket(
        _ identifiers: [ACMEIdentifier], of account: Account.ID
    ) -> (key: TokenBuckets.Key, limit: CairnRateLimit)? {
        let limits = policy.rateLimits
        guard limits.certificatesPerIdentifierSet != nil || !limits.overrides.isEmpty else { return nil }
        let set = Set(identifiers)
        let limit =
            limits.override(.certificatesPerIdentifierSet, of: account)
            ?? limits.limit(.certificatesPerIdentifierSet, for: .identifiers(set))
        return limit.map { (.certificatesFor(set), $0) }
    }

    /// Counts a certificate that was issued for an order.
    mutating func countCertificate(of order: Order, at now: CairnInstant) {
        guard !policy.rateLimits.areOff else { return }
        let limits = policy.rateLimits
        if let (key, limit) = duplicatesBucket(order.identifiers, of: order.account) {
            buckets.spend(key, of: limit, at: now)
        }
        guard !(order.replaces != nil && limits.exemptsReplacements),
            !(limits.exemptsRenewals && certificates.isRenewal(order.identifiers))
        else { return }
        for bucket in certificateBuckets(order.identifiers, of: order.account) {
            buckets.spend(bucket.key, of: bucket.limit, at: now)
        }
    }

    /// Counts a validation that failed, and pauses the identifier if there were too many.
    mutating func countFailure(of authorization: Authorization, at now: CairnInstant) {
        guard !policy.rateLimits.areOff else { return }
        let (account, name) = (authorization.account, authorization.identifier)
        if let limit = policy.rateLimits.limit(.failedValidationsPerIdentifier, of: account) {
            buckets.spend(.failures(account, name), of: limit, at: now)
        }
        if let limit = policy.rateLimits.limit(.failedValidationsUntilPause, of: account) {
            let key = TokenBuckets.Key.failuresUntilPause(account, name)
            buckets.spend(key, of: limit, at: now)
            if buckets.availability(in: key, of: limit, at: now) != .now { pause([name], of: account) }
        }
    }

    /// Forgives what failed before, so that only failures in a row lead to a pause.
    mutating func countSuccess(of authorization: Authorization) {
        guard buckets.count > 0 else { return }
        buckets.fill(.failuresUntilPause(authorization.account, authorization.identifier))
    }
}

/// Who has how many tokens left (the generic cell rate algorithm).
///
/// A bucket is one instant: when it will be full. What is full has no entry, and entries of buckets that have filled
/// meanwhile are cleared away whenever they could be the majority. Beyond the bound those are forgotten that are nearest to
/// being full.
struct TokenBuckets: Sendable {
    enum Key: Hashable, Sendable {
        case accountsFrom(CairnIPAddress)
        /// The upper 48 bits of IPv6 addresses.
        case accountsFromRange(UInt128)
        case orders(Account.ID)
        /// `nil` is all accounts that have no limit of their own.
        case certificates(domain: String, Account.ID?)
        case certificatesFor(Set<ACMEIdentifier>)
        case failures(Account.ID, ACMEIdentifier)
        case failuresUntilPause(Account.ID, ACMEIdentifier)
    }

    enum Availability: Hashable, Sendable {
        case now
        case at(CairnInstant)
        case never
    }

    private let capacity: Int
    private var fullAt: [Key: CairnInstant] = [:]
    private var sweepAt = 64

    /// - Parameter capacity: how many buckets are remembered; at least 1.
    init(capacity: Int = .max) {
        self.capacity = max(1, capacity)
    }

    /// How many buckets are remembered.
    var count: Int { fullAt.count }

    /// When a token can be taken.
    func availability(in key: Key, of limit: CairnRateLimit, at now: CairnInstant) -> Availability {
        guard limit.count > 0 else { return .never }
        guard limit.period > .zero else { return .now }
        let full = fullness(of: key, of: limit, at: now) + limit.interval
        return full - now <= limit.period ? .now : .at(full - limit.period)
    }

    /// When a bucket is full if nobody takes a token any more.
    ///
    /// It lacks no more than all its tokens, whatever a longer limit or a clock that was moved back has left behind.
    private func fullness(of key: Key, of limit: CairnRateLimit, at now: CairnInstant) -> CairnInstant {
        min(max(now, fullAt[key] ?? now), now + limit.period)
    }

    /// Takes a token; nothing if there is none.
    mutating func spend(_ key: Key, of limit: CairnRateLimit, at now: CairnInstant) {
        guard availability(in: key, of: limit, at: now) == .now else { return }
        if fullAt.count >= sweepAt {
            fullAt = fullAt.filter { $0.value > now }
            sweepAt = max(64, 2 * fullAt.count)
        }
        fullAt[key] = fullness(of: key, of: limit, at: now) + limit.interval
        if fullAt.count > capacity { forgetHalf(but: key) }
    }

    /// Forgets the half of the buckets that is full first.
    private mutating func forgetHalf(but kept: Key) {
        let sequence = fullAt.values.sorted()
        let median = sequence[sequence.count / 2]
        fullAt = fullAt.filter { $0.key == kept || $0.value > median }
    }

    /// Fills a bucket.
    mutating func fill(_ key: Key) {
        fullAt[key] = nil
    }
}
