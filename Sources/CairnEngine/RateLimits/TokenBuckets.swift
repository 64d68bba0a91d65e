import CairnModel

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
