/// Gives `Duration` minutes, hours and days.
///
/// They are members of a protocol because those give way to members of the type itself: a project with a `Duration.days` of
/// its own goes on using it, and no call is ambiguous.
public protocol DurationUnits {}

extension Duration: DurationUnits {}

extension DurationUnits where Self == Duration {
    /// `count` minutes of 60 seconds.
    public static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }
    /// `count` hours of 60 minutes.
    public static func hours(_ count: Int) -> Duration { .seconds(3_600 * count) }
    /// `count` days of 24 hours.
    public static func days(_ count: Int) -> Duration { .seconds(86_400 * count) }
}

extension Duration {
    /// A hundred years of 365 days: more than anything here may last, and far from where arithmetic overflows.
    package static let century = Duration.days(36_500)
    /// What can be added to any instant in use: nothing if it is negative, and a century if it is longer.
    package var bounded: Duration { min(max(.zero, self), .century) }
}
