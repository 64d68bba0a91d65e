/// When something is to be done again.
public struct Schedule: Sendable {
    public var interval: Duration

    public init(every interval: Duration) {
        self.interval = interval
    }
}

/// Many a project has these; Cairn has its own, and neither stands in the way of the other.
extension Duration {
    public static func hours(_ count: Int) -> Duration { .seconds(3_600 * count) }
    public static func days<Count: BinaryInteger>(_ count: Count) -> Duration { .seconds(86_400 * Int(count)) }
}
