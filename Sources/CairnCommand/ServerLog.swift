#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How much is written to the standard error; each level includes those before it.
enum LogLevel: String, CaseIterable {
    case error, warning, info, debug

    /// Whether what has this level is written where `level` is asked for.
    func isWritten(at level: LogLevel) -> Bool {
        let all = Self.allCases
        return (all.firstIndex(of: self) ?? 0) <= (all.firstIndex(of: level) ?? 0)
    }
}

/// The log of a server, on the standard error: each line has the time, the level and what happened.
struct ServerLog: Sendable {
    let level: LogLevel

    func write(_ level: LogLevel, _ text: @autoclosure () -> String) {
        guard level.isWritten(at: self.level) else { return }
        writeError(Self.line(level, text(), at: time(nil)))
    }

    /// A line as it is written at a time, in seconds since 1970.
    static func line(_ level: LogLevel, _ text: String, at seconds: time_t) -> String {
        var (seconds, parts) = (seconds, tm())
        localtime_r(&seconds, &parts)
        var written = [CChar](repeating: 0, count: 64)
        let count = strftime(&written, written.count, "%Y-%m-%dT%H:%M:%S%z", &parts)
        let time = String(decoding: written[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "\(time) \(level): \(text)"
    }
}
