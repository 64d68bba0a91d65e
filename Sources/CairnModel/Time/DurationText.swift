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
