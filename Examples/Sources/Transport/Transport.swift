import Engine

/// How often a client asks, and how long it goes on.
public struct Polling: Sendable {
    public var schedule = Schedule(every: .hours(1))
    public var limit: Duration = .days(7)

    public init() {}
}
