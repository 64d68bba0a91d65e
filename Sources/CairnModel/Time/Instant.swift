/// A point in time, counted from 1970-01-01T00:00:00Z without leap seconds.
///
/// The domain never reads a clock: an instant is always an argument. There is no `now`.
public struct Instant: Hashable, Sendable {
    /// The time that has passed since 1970-01-01T00:00:00Z; negative before it.
    public var sinceEpoch: Duration

    public init(sinceEpoch: Duration) {
        self.sinceEpoch = sinceEpoch
    }

    /// An instant at a whole second.
    public init(secondsSinceEpoch seconds: Int64) {
        sinceEpoch = .seconds(seconds)
    }

    /// The whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public var secondsSinceEpoch: Int64 {
        let (seconds, attoseconds) = sinceEpoch.components
        return attoseconds < 0 ? seconds - 1 : seconds
    }

    /// The instant with its fraction of a second dropped (rounded down), as it goes into certificates and resources.
    public var wholeSecond: Instant {
        Instant(secondsSinceEpoch: secondsSinceEpoch)
    }
}

extension Instant: Comparable {
    public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.sinceEpoch < rhs.sinceEpoch }
}

extension Instant {
    public static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(sinceEpoch: instant.sinceEpoch + duration)
    }

    public static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(sinceEpoch: instant.sinceEpoch - duration)
    }

    public static func - (lhs: Instant, rhs: Instant) -> Duration {
        lhs.sinceEpoch - rhs.sinceEpoch
    }
}
