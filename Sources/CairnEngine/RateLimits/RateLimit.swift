import CairnModel

/// How often something may happen: so many times at once, and on average so many times in a period.
///
/// It is a token bucket: it holds ``count`` tokens, each event takes one, and one comes back every `period / count`.
/// `CairnRateLimit(3, per: .hours(3))` allows three at once, and then one an hour.
public struct CairnRateLimit: Hashable, Sendable {
    /// The tokens of a full bucket.
    ///
    /// 0 allows nothing at all, ever.
    public let count: Int
    /// How long an empty bucket takes to fill.
    public let period: Duration

    /// A limit that is never reached: for overrides.
    public static let unlimited = CairnRateLimit(.max, per: .zero)

    /// - Parameters:
    ///   - count: a negative one is taken for 0.
    ///   - period: taken for zero if it is negative, and for 100 years if it is longer.
    public init(_ count: Int, per period: Duration) {
        self.count = max(0, count)
        self.period = period.bounded
    }

    /// How long it takes until one token comes back.
    var interval: Duration { count > 0 ? period / count : period }
}

extension CairnRateLimit: CustomStringConvertible {
    /// `300 in 3 h`.
    public var description: String { "\(count) in \(period.words)" }
}

extension Duration {
    /// The duration in its largest whole unit: `7 d`, `90 min`, `1.5 s`.
    var words: String {
        for (unit, name) in [(Duration.days(1), "d"), (.hours(1), "h"), (.minutes(1), "min")] where self >= unit {
            let count = components.seconds / unit.components.seconds
            if unit * Int(count) == self { return "\(count) \(name)" }
        }
        guard components.attoseconds != 0 else { return "\(components.seconds) s" }
        return "\(self / .seconds(1)) s"
    }
}
