package import CairnModel

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The machine's clock: the wall time at which it was made, and from then on the time that passed.
///
/// It never runs backwards, even if somebody sets the machine's wall clock. This is the only place that reads a clock.
package struct SystemClock: Sendable {
    private let origin: CairnInstant
    private let start: ContinuousClock.Instant

    package init() {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        origin = CairnInstant(sinceEpoch: .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec)))
        start = ContinuousClock.now
    }

    package var now: CairnInstant {
        origin + (ContinuousClock.now - start)
    }
}
