/// The value of a `Retry-After` field (RFC 9110 §10.2.3), valid or not.
///
/// ```swift
/// ca.rules.add(.rateLimited(retryAfter: .seconds(30)), at: .newOrder)
/// ca.rules.add(.rateLimited(retryAfter: .date(in: .minutes(2))), at: .newOrder)
/// ca.rules.add(.rateLimited(retryAfter: .text("soon")), at: .newOrder)
/// ```
///
/// Without one, the answer has no such field.
public struct CairnRetryAfter: Hashable, Sendable {
    /// One field.
    package enum Form: Hashable, Sendable {
        case seconds(Int)
        case date(Duration, DateStyle)
        case text(String)
    }

    /// How a date is written (RFC 9110 §5.6.7).
    package enum DateStyle: String, CaseIterable, Sendable {
        /// `Sun, 22 Nov 2026 07:50:00 GMT`, the one that servers must send.
        case date
        /// `Sunday, 22-Nov-26 07:50:00 GMT`, obsolete; those who receive it must understand it.
        case rfc850
        /// `Sun Nov 22 07:50:00 2026`, obsolete; those who receive it must understand it.
        case asctime
    }

    /// One entry for each field; more than one is against RFC 9110 §5.3.
    package var forms: [Form]

    package init(_ forms: [Form]) { self.forms = forms }

    /// `Retry-After: 30`; negative and absurd numbers are written as they are.
    public static func seconds(_ count: Int) -> CairnRetryAfter { CairnRetryAfter([.seconds(count)]) }

    /// The IMF-fixdate one minute from now, on the CA's clock: `Sun, 22 Nov 2026 07:50:00 GMT`.
    public static let date = date(in: .seconds(60))
    /// An IMF-fixdate on the CA's clock; a negative wait gives one in the past.
    public static func date(in wait: Duration) -> CairnRetryAfter { CairnRetryAfter([.date(wait, .date)]) }

    /// The date one minute from now in the obsolete form of RFC 850: `Sunday, 22-Nov-26 07:50:00 GMT`.
    public static let obsoleteDate = obsoleteDate(in: .seconds(60))
    /// A date in the obsolete form of RFC 850.
    public static func obsoleteDate(in wait: Duration) -> CairnRetryAfter { CairnRetryAfter([.date(wait, .rfc850)]) }

    /// The date one minute from now in the obsolete form of C's `asctime`: `Sun Nov 22 07:50:00 2026`.
    public static let asctime = asctime(in: .seconds(60))
    /// A date in the obsolete form of C's `asctime`.
    public static func asctime(in wait: Duration) -> CairnRetryAfter { CairnRetryAfter([.date(wait, .asctime)]) }

    /// Any text: `soon`.
    public static func text(_ text: String) -> CairnRetryAfter { CairnRetryAfter([.text(text)]) }

    /// Several fields, which RFC 9110 §5.3 forbids.
    public static func several(_ values: CairnRetryAfter...) -> CairnRetryAfter {
        CairnRetryAfter(values.flatMap(\.forms))
    }

    /// The values of the fields, in order.
    package func values(at now: CairnInstant) -> [String] { forms.map { $0.value(at: now) } }
}

extension CairnRetryAfter.Form {
    /// The value of the field; a date is never a fraction of a second too early.
    package func value(at now: CairnInstant) -> String {
        switch self {
        case .seconds(let count): "\(count)"
        case .date(let wait, let style): (now + wait + .nanoseconds(999_999_999)).wholeSecond.text(style)
        case .text(let text): text
        }
    }
}

extension CairnInstant {
    /// The instant in one of the forms of RFC 9110 §5.6.7.
    package func text(_ style: CairnRetryAfter.DateStyle) -> String {
        let imf = httpDate
        guard style != .date else { return imf }
        let time = CivilTime(min(max(.earliestWritten, self), .latestWritten))
        // Both obsolete forms are made of the same words: "Sun, 22 Nov 2026 07:50:00 GMT".
        let words = imf.split(separator: " ").map(String.init)
        switch style {
        case .rfc850:
            let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
            return "\(days[time.weekday]), \(words[1])-\(words[2])-\(words[3].suffix(2)) \(words[4]) GMT"
        default:
            let day = time.day < 10 ? " \(time.day)" : "\(time.day)"
            return "\(words[0].dropLast()) \(words[2]) \(day) \(words[4]) \(words[3])"
        }
    }
}
