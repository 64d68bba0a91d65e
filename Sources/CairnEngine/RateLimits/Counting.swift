import CairnModel

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
