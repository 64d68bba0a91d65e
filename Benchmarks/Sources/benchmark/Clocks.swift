import Glibc

/// Readings of the clocks of this machine, in nanoseconds.
enum Clocks {
    /// Time that passes, whatever happens.
    static var monotonic: Int64 { read(CLOCK_MONOTONIC) }
    /// Time that the calling thread spent on a processor.
    static var thread: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }
    /// Time that this process spent on a processor.
    static var process: Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func sleep(microseconds: Int) {
        var wait = timespec(tv_sec: microseconds / 1_000_000, tv_nsec: microseconds % 1_000_000 * 1000)
        nanosleep(&wait, nil)
    }
}
