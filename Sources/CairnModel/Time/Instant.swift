/// A point in time, counted from 1970-01-01T00:00:00Z without leap seconds.
///
/// There is no `now`: instants come from a ``TestCA/Clock``, never from the system.
public struct CairnInstant: Hashable, Sendable {
    /// The time since 1970-01-01T00:00:00Z; negative before it.
    public var sinceEpoch: Duration

    /// Creates an instant from the time since 1970-01-01T00:00:00Z; negative is before it.
    public init(sinceEpoch: Duration) {
        self.sinceEpoch = sinceEpoch
    }

    /// Creates an instant at a whole second.
    public init(secondsSinceEpoch seconds: Int64) {
        sinceEpoch = .seconds(seconds)
    }

    /// The whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public var secondsSinceEpoch: Int64 {
        let (seconds, attoseconds) = sinceEpoch.saturated.components
        return attoseconds < 0 ? seconds - 1 : seconds
    }

    /// The instant rounded down to a whole second, as in certificates and resources.
    public var wholeSecond: CairnInstant {
        CairnInstant(secondsSinceEpoch: secondsSinceEpoch)
    }
}

extension CairnInstant: Comparable {
    /// Whether the first is earlier than the second.
    public static func < (lhs: CairnInstant, rhs: CairnInstant) -> Bool { lhs.sinceEpoch < rhs.sinceEpoch }
}

extension CairnInstant: InstantProtocol {
    /// The instant after a duration, or before it if negative.
    public func advanced(by duration: Duration) -> CairnInstant { self + duration }

    /// The duration until another instant; negative if that is earlier.
    public func duration(to other: CairnInstant) -> Duration { other - self }
}

/// Arithmetic ends some 70 billion years from 1970, on either side, instead of the process: whatever is added to an instant
/// that far away leaves it there.
extension CairnInstant {
    /// The instant after a duration, or before it if negative.
    public static func + (instant: CairnInstant, duration: Duration) -> CairnInstant {
        CairnInstant(sinceEpoch: (instant.sinceEpoch.saturated + duration.saturated).saturated)
    }

    /// The instant before a duration, or after it if negative.
    public static func - (instant: CairnInstant, duration: Duration) -> CairnInstant {
        CairnInstant(sinceEpoch: (instant.sinceEpoch.saturated - duration.saturated).saturated)
    }

    /// The duration from the second to the first; negative if the first is earlier.
    public static func - (lhs: CairnInstant, rhs: CairnInstant) -> Duration {
        lhs.sinceEpoch.saturated - rhs.sinceEpoch.saturated
    }

    /// The first instant that RFC 3339 can write: `0000-01-01T00:00:00Z`.
    package static let earliestWritten = CairnInstant(secondsSinceEpoch: -62_167_219_200)
    /// The last whole second that RFC 3339 can write: `9999-12-31T23:59:59Z`.
    package static let latestWritten = CairnInstant(secondsSinceEpoch: 253_402_300_799)
}

extension CairnInstant {
    /// The instant in RFC 3339 form at whole seconds in UTC, `2026-11-22T07:50:00Z`, which every known ACME client can
    /// read.
    ///
    /// Clamped to the years 0 to 9999.
    public var rfc3339: String {
        let time = CivilTime(written)
        // Every object shows some of these, so the digits are put where they belong.
        let form: StaticString = "0000-00-00T00:00:00Z"
        return String(unsafeUninitializedCapacity: form.utf8CodeUnitCount) { text in
            _ = text.initialize(from: UnsafeBufferPointer(start: form.utf8Start, count: form.utf8CodeUnitCount))
            func write(_ number: Int, before end: Int) {
                var (rest, place) = (number, end)
                while rest > 0 {
                    place -= 1
                    text[place] += UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
            }
            write(time.year, before: 4)
            write(time.month, before: 7)
            write(time.day, before: 10)
            write(time.hour, before: 13)
            write(time.minute, before: 16)
            write(time.second, before: 19)
            return form.utf8CodeUnitCount
        }
    }

    /// Parses an RFC 3339 timestamp, with or without a fraction, at any offset.
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
    /// The instant in RFC 3339 form.
    public var description: String { rfc3339 }
}

extension CairnInstant: ExpressibleByStringLiteral {
    /// Creates an instant from a literal such as `"2030-01-01T00:00:00Z"` (RFC 3339).
    ///
    /// Traps if the literal is not a timestamp. Use ``init(rfc3339:)`` for other text.
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
        guard let byte = rest.first, byte.isDigit else { return nil }
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

/// Year, month, day, hour, minute and second in UTC, in the proleptic Gregorian calendar.
package struct CivilTime: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int

    package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    /// The civil time at `instant`, its fraction of a second dropped.
    package init(_ instant: CairnInstant) {
        let seconds = Int(instant.secondsSinceEpoch)
        let (days, rest) = floorDivide(seconds, 86_400)
        // Days are counted in eras of 400 years that begin on 1 March, so that the leap day comes last.
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3_600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// Numbers that no calendar has are bounded, so that there is an instant for whatever they are.
    package var instant: CairnInstant {
        let (year, month, day) = (year.within(1 << 36), month.within(1 << 20), day.within(1 << 20))
        let (hour, minute, second) = (hour.within(1 << 20), minute.within(1 << 20), second.within(1 << 20))
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivide(shifted, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return CairnInstant(secondsSinceEpoch: Int64(days * 86_400 + hour * 3_600 + minute * 60 + second))
    }

    /// 0 is Sunday.
    package var weekday: Int {
        floorDivide(Int(instant.secondsSinceEpoch), 86_400).quotient.advanced(by: 4).positiveModulo(7)
    }

    /// Whether such a day and time exists.
    package var isReal: Bool {
        (1...12).contains(month) && day >= 1 && (0..<24).contains(hour) && (0..<60).contains(minute)
            && (0..<60).contains(second) && CivilTime(instant) == self
    }
}

private func floorDivide(_ value: Int, _ divisor: Int) -> (quotient: Int, remainder: Int) {
    let remainder = value.positiveModulo(divisor)
    return ((value - remainder) / divisor, remainder)
}

extension Int {
    fileprivate func within(_ limit: Int) -> Int { Swift.min(Swift.max(-limit, self), limit) }

    fileprivate func positiveModulo(_ divisor: Int) -> Int {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
