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
        let (seconds, attoseconds) = sinceEpoch.saturated.components
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

/// Arithmetic ends some 70 billion years from 1970, on either side, instead of the process: whatever is added to an instant
/// that far away leaves it there.
extension Instant {
    public static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(sinceEpoch: (instant.sinceEpoch.saturated + duration.saturated).saturated)
    }

    public static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(sinceEpoch: (instant.sinceEpoch.saturated - duration.saturated).saturated)
    }

    public static func - (lhs: Instant, rhs: Instant) -> Duration {
        lhs.sinceEpoch.saturated - rhs.sinceEpoch.saturated
    }

    /// The first instant that RFC 3339 can write: `0000-01-01T00:00:00Z`.
    package static let earliestWritten = Instant(secondsSinceEpoch: -62_167_219_200)
    /// The last whole second that RFC 3339 can write: `9999-12-31T23:59:59Z`.
    package static let latestWritten = Instant(secondsSinceEpoch: 253_402_300_799)
}

extension Duration {
    /// `count` minutes of 60 seconds.
    public static func minutes(_ count: Int) -> Duration { .seconds(count.times(60)) }
    /// `count` hours of 60 minutes.
    public static func hours(_ count: Int) -> Duration { .seconds(count.times(3_600)) }
    /// `count` days of 24 hours.
    public static func days(_ count: Int) -> Duration { .seconds(count.times(86_400)) }
    /// A hundred years of 365 days: more than anything here may last, and far from where arithmetic overflows.
    package static let century = Duration.days(36_500)
    /// What can be added to any instant in use: nothing if it is negative, and a century if it is longer.
    package var bounded: Duration { min(max(.zero, self), .century) }
    /// The nearest duration of which several can be added and taken apart without overflow: some 70 billion years.
    package var saturated: Duration { min(max(.seconds(-Self.longest), self), .seconds(Self.longest)) }
    private static var longest: Int64 { .max >> 2 }
}

extension Int {
    /// The product, or the nearest number that there is.
    fileprivate func times(_ factor: Int) -> Int {
        let (product, overflows) = multipliedReportingOverflow(by: factor)
        return overflows ? (self < 0 ? .min : .max) : product
    }
}
