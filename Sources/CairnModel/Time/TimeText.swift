extension CairnInstant {
    /// The instant as RFC 3339 text at whole seconds in UTC, `2026-11-22T07:50:00Z`: the form of every timestamp in
    /// RFC 8555 that every known client can read.
    ///
    /// It has the years 0 to 9999; an instant before or after them is written as the first or the last that it has.
    public var rfc3339: String {
        let time = CivilTime(written)
        return "\(pad(time.year, 4))-\(pad(time.month))-\(pad(time.day))T\(clock(time))Z"
    }

    /// Reads an RFC 3339 timestamp, with or without a fraction, in any offset.
    ///
    /// `nil` if `text` is not one.
    public init?(rfc3339 text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t"), let hour = reader.number(2),
            reader.skip(":"), let minute = reader.number(2), reader.skip(":"), let second = reader.number(2)
        else { return nil }
        var fraction = Duration.zero
        if reader.skip(".") {
            guard let nanoseconds = reader.fraction() else { return nil }
            fraction = .nanoseconds(nanoseconds)
        }
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        let time = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        guard time.isReal else { return nil }
        self = time.instant + fraction - .seconds(60 * offset)
    }

    /// The instant as the IMF-fixdate of RFC 9110 §5.6.7, `Sun, 22 Nov 2026 07:50:00 GMT`.
    package var httpDate: String {
        let time = CivilTime(written)
        let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][time.weekday]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(weekday), \(pad(time.day)) \(months[time.month - 1]) \(pad(time.year, 4)) \(clock(time)) GMT"
    }
}

extension CairnInstant {
    /// The nearest instant that texts can name.
    private var written: CairnInstant { min(max(.earliestWritten, self), .latestWritten) }
}

extension CairnInstant: CustomStringConvertible {
    /// As RFC 3339 writes it.
    public var description: String { rfc3339 }
}

extension CairnInstant: ExpressibleByStringLiteral {
    /// The instant that a literal such as `"2030-01-01T00:00:00Z"` names (RFC 3339).
    ///
    /// A literal that is no timestamp ends the process. Text that is not in the source is for ``init(rfc3339:)``.
    public init(stringLiteral text: String) {
        guard let instant = CairnInstant(rfc3339: text) else {
            preconditionFailure("expected a timestamp such as \"2030-01-01T00:00:00Z\", got \(text.quoted) (RFC 3339)")
        }
        self = instant
    }
}

private func pad(_ number: Int, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private func clock(_ time: CivilTime) -> String {
    "\(pad(time.hour)):\(pad(time.minute)):\(pad(time.second))"
}

private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func digit() -> Int? {
        guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        rest = rest.dropFirst()
        return Int(byte - UInt8(ascii: "0"))
    }

    mutating func number(_ width: Int) -> Int? {
        var value = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// The digits after the point, as nanoseconds; finer digits are dropped.
    mutating func fraction() -> Int64? {
        var (value, count) = (Int64(0), 0)
        while let digit = digit() {
            if count < 9 { value = value * 10 + Int64(digit) }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { value *= 10 }
        return value
    }

    /// `Z`, or `±hh:mm` as minutes.
    mutating func offset() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
