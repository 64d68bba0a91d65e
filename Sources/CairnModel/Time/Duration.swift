/// Adds minutes, hours and days to `Duration`.
///
/// They are protocol members so that a project's own `Duration.days` takes precedence and no call is ambiguous.
public protocol CairnDurationUnits {}

extension Duration: CairnDurationUnits {}

extension CairnDurationUnits where Self == Duration {
    /// `count` minutes of 60 seconds.
    public static func minutes(_ count: Int) -> Duration { .seconds(count.times(60)) }
    /// `count` hours of 60 minutes.
    public static func hours(_ count: Int) -> Duration { .seconds(count.times(3_600)) }
    /// `count` days of 24 hours.
    public static func days(_ count: Int) -> Duration { .seconds(count.times(86_400)) }
}

extension Duration {
    /// A hundred years of 365 days: more than anything here may last, and far from where arithmetic overflows.
    package static let century = Duration.days(36_500)
    /// What can be added to any instant in use: nothing if it is negative, and a century if it is longer.
    ///
    /// Settings refuse both; this is for durations that come another way.
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

extension Duration {
    /// Reads a time as people write it: `90d`, `1h 30min`, `1.5s`, `250ms`; a number alone is in seconds.
    ///
    /// `nil` for anything else, negative times, and more than a few thousand years.
    package init?(text: String) {
        var rest = text[...]
        var total = Duration.zero
        var isEmpty = true
        while true {
            rest = rest.drop { $0 == " " }
            guard !rest.isEmpty else { break }
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(digits.count).drop { $0 == " " }
            let unit = rest.prefix { ("a"..."z").contains($0) }
            rest = rest.dropFirst(unit.count)
            guard digits.first != ".", digits.last != ".", let count = Double(digits), count < 1e11,
                let seconds = Self.seconds(in: unit), count * seconds < 1e11
            else { return nil }
            // Whole numbers stay exact.
            total +=
                count == count.rounded() && seconds >= 1
                ? .seconds(Int64(count) * Int64(seconds)) : .seconds(count * seconds)
            isEmpty = false
        }
        guard !isEmpty else { return nil }
        self = total
    }

    /// The units that ``init(text:)`` reads, as sentences name them.
    package static let units = "ms, s, m, min, h, d, w"

    private static func seconds(in unit: Substring) -> Double? {
        switch unit {
        case "", "s": 1
        case "ms": 0.001
        case "m", "min": 60
        case "h": 3_600
        case "d": 86_400
        case "w": 604_800
        default: nil
        }
    }

    /// The duration in its largest whole unit, as ``init(text:)`` reads it: `7d`, `90min`, `1.5s`.
    package var text: String {
        let (seconds, attoseconds) = saturated.components
        guard attoseconds == 0 else { return "\(Double(seconds) + Double(attoseconds) / 1e18)s" }
        for (unit, name) in [(Int64(86_400), "d"), (3_600, "h"), (60, "min")]
        where seconds >= unit && seconds % unit == 0 {
            return "\(seconds / unit)\(name)"
        }
        return "\(seconds)s"
    }
}
