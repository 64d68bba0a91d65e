/// Gives `Duration` minutes, hours and days.
///
/// They are members of a protocol because those give way to members of the type itself: a project with a `Duration.days` of
/// its own goes on using it, and no call is ambiguous.
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
