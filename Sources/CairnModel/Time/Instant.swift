/// A point in time, counted from 1970-01-01T00:00:00Z without leap seconds.
///
/// The domain never reads a clock: an instant is always an argument. There is no `now`.
public struct CairnInstant: Hashable, Sendable {
    /// The time that has passed since 1970-01-01T00:00:00Z; negative before it.
    public var sinceEpoch: Duration

    /// An instant at any fraction of a second, before 1970 if negative.
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
    public var wholeSecond: CairnInstant {
        CairnInstant(secondsSinceEpoch: secondsSinceEpoch)
    }
}

extension CairnInstant: Comparable {
    /// Whether the first comes before the second.
    public static func < (lhs: CairnInstant, rhs: CairnInstant) -> Bool { lhs.sinceEpoch < rhs.sinceEpoch }
}

extension CairnInstant: InstantProtocol {
    /// The instant that much later, or earlier if the duration is negative.
    public func advanced(by duration: Duration) -> CairnInstant { self + duration }

    /// The time until another instant; negative if that is earlier.
    public func duration(to other: CairnInstant) -> Duration { other - self }
}

/// Arithmetic ends some 70 billion years from 1970, on either side, instead of the process: whatever is added to an instant
/// that far away leaves it there.
extension CairnInstant {
    /// The instant that much later, or earlier if the duration is negative.
    public static func + (instant: CairnInstant, duration: Duration) -> CairnInstant {
        CairnInstant(sinceEpoch: (instant.sinceEpoch.saturated + duration.saturated).saturated)
    }

    /// The instant that much earlier, or later if the duration is negative.
    public static func - (instant: CairnInstant, duration: Duration) -> CairnInstant {
        CairnInstant(sinceEpoch: (instant.sinceEpoch.saturated - duration.saturated).saturated)
    }

    /// The time from the second to the first; negative if the first is earlier.
    public static func - (lhs: CairnInstant, rhs: CairnInstant) -> Duration {
        lhs.sinceEpoch.saturated - rhs.sinceEpoch.saturated
    }

    /// The first instant that RFC 3339 can write: `0000-01-01T00:00:00Z`.
    package static let earliestWritten = CairnInstant(secondsSinceEpoch: -62_167_219_200)
    /// The last whole second that RFC 3339 can write: `9999-12-31T23:59:59Z`.
    package static let latestWritten = CairnInstant(secondsSinceEpoch: 253_402_300_799)
}
