#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Lines on the standard output as Go's package `log` writes them: a prefix, date and time of this place, the text.
///
/// Harnesses wait for some of them, so each is written through at once.
struct GoLog: Sendable {
    static let pebble = GoLog(prefix: "Pebble ")
    static let challengeServer = GoLog(prefix: "pebble-challtestsrv - ")

    let prefix: String

    func print(_ text: String) {
        Swift.print(line(text, at: time(nil)))
        flushStandardOutput()
    }

    /// A line as it is written at a time, in seconds since 1970.
    func line(_ text: String, at seconds: time_t) -> String {
        var (seconds, parts) = (seconds, tm())
        localtime_r(&seconds, &parts)
        let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map(Self.padded)
        let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.padded(Int($0)) }
        return "\(prefix)\(date.joined(separator: "/")) \(time.joined(separator: ":")) \(text)"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
