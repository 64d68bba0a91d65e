import CairnModel
import Testing

@Suite("Instants (RFC 3339, RFC 9110 §5.6.7)", .timeLimit(.minutes(5)))
struct InstantTests {
    /// Seconds since 1970, and the two texts.
    static let times: [(Int64, String, String)] = [
        (0, "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
        (784_111_777, "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_800, "2000-03-01T00:00:00Z", "Wed, 01 Mar 2000 00:00:00 GMT"),
        (1_709_251_199, "2024-02-29T23:59:59Z", "Thu, 29 Feb 2024 23:59:59 GMT"),
        (1_795_333_800, "2026-11-22T07:50:00Z", "Sun, 22 Nov 2026 07:50:00 GMT"),
        (2_147_483_648, "2038-01-19T03:14:08Z", "Tue, 19 Jan 2038 03:14:08 GMT"),
        (4_107_542_400, "2100-03-01T00:00:00Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
        (-2_203_891_200, "1900-03-01T00:00:00Z", "Thu, 01 Mar 1900 00:00:00 GMT"),
        (253_402_300_799, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-62_135_596_800, "0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 GMT"),
    ]

    @Test("A time is written and read", arguments: times)
    func text(seconds: Int64, rfc3339: String, httpDate: String) {
        let instant = CairnInstant(secondsSinceEpoch: seconds)
        #expect(instant.rfc3339 == rfc3339)
        #expect(instant.httpDate == httpDate)
        #expect(CairnInstant(rfc3339: rfc3339) == instant)
    }

    @Test("A literal is a time, also with an offset and a fraction")
    func literal() {
        #expect("2030-01-01T00:00:00Z" as CairnInstant == CivilTime(year: 2030, month: 1, day: 1).instant)
        #expect("2030-01-01T02:00:00.5+02:00" as CairnInstant == "2030-01-01T00:00:00Z" + .milliseconds(500))
    }

    @Test("Every day of four centuries follows the one before")
    func calendar() {
        var previous = CivilTime(year: 1899, month: 12, day: 31)
        var weekday = previous.weekday
        let first = previous.instant
        for day in 1...146_097 {
            let time = CivilTime(first + .days(day))
            #expect(time.isReal)
            #expect(time.weekday == (weekday + 1) % 7)
            let isNextDay = time.day == previous.day + 1 && (time.month, time.year) == (previous.month, previous.year)
            let isNextMonth = time.day == 1 && previous.day >= 28
            #expect(isNextDay || isNextMonth)
            (previous, weekday) = (time, time.weekday)
        }
        #expect(previous == CivilTime(year: 2299, month: 12, day: 31))
    }

    static let forms: [(String, Duration)] = [
        ("1970-01-01T00:00:00.5Z", .milliseconds(500)), ("1970-01-01t00:00:01z", .seconds(1)),
        ("1970-01-01T01:00:00+01:00", .zero), ("1969-12-31T23:30:00-00:30", .zero),
        ("1970-01-01T00:00:00.000000001Z", .nanoseconds(1)),
        ("1970-01-01T00:00:00.1234567899Z", .nanoseconds(123_456_789)),
        ("1970-01-01T00:00:00-00:00", .zero), ("1970-01-01T23:59:00+23:59", .zero),
    ]

    @Test("Fractions and offsets are read (RFC 3339 §5.6)", arguments: forms)
    func form(text: String, sinceEpoch: Duration) {
        #expect(CairnInstant(rfc3339: text)?.sinceEpoch == sinceEpoch)
    }

    @Test(
        "What is not a timestamp is refused",
        arguments: [
            "", "2026-11-22", "2026-11-22T07:50:00", "2026-11-22 07:50:00Z", "2026-11-22T07:50Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T07:60:00Z", "2026-11-31T00:00:00Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-11-22T07:50:00.Z",
            "2026-11-22T07:50:00+1:00", "2026-11-22T07:50:00+24:00", "2026-11-22T07:50:00+0100",
            "2026-11-22T07:50:00Zx",
            "26-11-22T07:50:00Z", "٢026-11-22T07:50:00Z",
        ])
    func refused(text: String) {
        #expect(CairnInstant(rfc3339: text) == nil)
    }

    @Test("Whole seconds are rounded down on both sides of 1970")
    func wholeSecond() {
        #expect(CairnInstant(sinceEpoch: .milliseconds(1_900)).wholeSecond == CairnInstant(secondsSinceEpoch: 1))
        #expect(CairnInstant(sinceEpoch: .milliseconds(-100)).wholeSecond == CairnInstant(secondsSinceEpoch: -1))
        #expect(CairnInstant(sinceEpoch: .milliseconds(-100)).rfc3339 == "1969-12-31T23:59:59Z")
    }

    @Test("Instants add, subtract and compare")
    func arithmetic() {
        let instant = CairnInstant(secondsSinceEpoch: 1_000)
        #expect(instant + .minutes(1) - .minutes(1) == instant)
        #expect(instant + .days(1) - instant == .hours(24))
        #expect(instant < instant + .nanoseconds(1))
    }

    @Test("Arithmetic stops at the ends of time instead of the process")
    func endsOfTime() {
        let ends = [
            CairnInstant(secondsSinceEpoch: .max), CairnInstant(secondsSinceEpoch: .min),
            CairnInstant(sinceEpoch: Duration(attoseconds: .max)),
            CairnInstant(sinceEpoch: Duration(attoseconds: .min)),
        ]
        for end in ends {
            for step in [
                Duration.seconds(1), .seconds(Int64.max), Duration(attoseconds: .max), Duration(attoseconds: .min),
            ] {
                #expect((end + step).wholeSecond.rfc3339.count == 20)
                #expect((end - step).httpDate.hasSuffix(" GMT"))
            }
            for other in ends { _ = end - other }
            #expect(CivilTime(end).instant.rfc3339.count == 20)
        }
        #expect(CairnInstant(secondsSinceEpoch: .max).rfc3339 == "9999-12-31T23:59:59Z")
        #expect(CairnInstant(secondsSinceEpoch: .min).rfc3339 == "0000-01-01T00:00:00Z")
        #expect(ends[0] + .seconds(1) > CairnInstant(secondsSinceEpoch: 0))
        #expect(CivilTime(year: .max, month: .max, day: .max, hour: .max, minute: .max, second: .max).instant > ends[1])
        #expect(!CivilTime(year: .min, month: .min, day: .min).isReal)
    }

    @Test("A number of days, hours or minutes can be any")
    func manyDays() {
        for count in [Int.max, .min] {
            #expect(Duration.days(count) == .seconds(count))
            #expect(Duration.hours(count) == .seconds(count))
            #expect(Duration.minutes(count) == .seconds(count))
        }
        #expect(Duration.days(-2) == .hours(-48))
    }
}
