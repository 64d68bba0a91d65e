public import Cairn

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension CairnInstant {
    /// The instant of a date.
    ///
    /// Clamped to a million days on either side of 1970.
    public init(_ date: Date) {
        let limit = 86_400e6
        let seconds = date.timeIntervalSince1970
        self.init(sinceEpoch: .seconds(seconds.isNaN ? 0 : min(max(seconds, -limit), limit)))
    }
}

extension Date {
    /// The date of an instant, with the precision of `Date`.
    public init(_ instant: CairnInstant) {
        self.init(timeIntervalSince1970: instant.sinceEpoch / .seconds(1))
    }
}

// MARK: - Dates beside instants

/// Dates are compared as exactly as a date can be: to a tenth of a microsecond in this century.
extension CairnInstant {
    /// Whether both are the same instant.
    public static func == (instant: CairnInstant, date: Date) -> Bool { Date(instant) == date }
    /// Whether they are different instants.
    public static func != (instant: CairnInstant, date: Date) -> Bool { Date(instant) != date }
    /// Whether the instant is before the date.
    public static func < (instant: CairnInstant, date: Date) -> Bool { Date(instant) < date }
    /// Whether the instant is not after the date.
    public static func <= (instant: CairnInstant, date: Date) -> Bool { Date(instant) <= date }
    /// Whether the instant is after the date.
    public static func > (instant: CairnInstant, date: Date) -> Bool { Date(instant) > date }
    /// Whether the instant is not before the date.
    public static func >= (instant: CairnInstant, date: Date) -> Bool { Date(instant) >= date }
    /// Whether both are the same instant.
    public static func == (date: Date, instant: CairnInstant) -> Bool { date == Date(instant) }
    /// Whether they are different instants.
    public static func != (date: Date, instant: CairnInstant) -> Bool { date != Date(instant) }
    /// Whether the date is before the instant.
    public static func < (date: Date, instant: CairnInstant) -> Bool { date < Date(instant) }
    /// Whether the date is not after the instant.
    public static func <= (date: Date, instant: CairnInstant) -> Bool { date <= Date(instant) }
    /// Whether the date is after the instant.
    public static func > (date: Date, instant: CairnInstant) -> Bool { date > Date(instant) }
    /// Whether the date is not before the instant.
    public static func >= (date: Date, instant: CairnInstant) -> Bool { date >= Date(instant) }
}

extension TestCA.ClockStart {
    /// Stands at a date until a test moves the clock.
    public static func standing(at date: Date) -> TestCA.ClockStart { .standing(at: CairnInstant(date)) }
}

extension TestCA.Clock {
    /// Sets the clock to a date.
    public func set(to date: Date) { set(to: CairnInstant(date)) }
}

// MARK: - URLs

extension TestCA {
    /// The URLs of the CA for clients that take a `URL`: ``directoryURL``, ``draftDirectoryURL``, ``dnsOverHTTPSURL`` and
    /// ``plainURL``.
    ///
    /// ```swift
    /// let (data, _) = try await URLSession.shared.data(from: ca.urls.directory)
    /// ```
    public var urls: URLs {
        URLs(
            directory: Self.url(directoryURL), draftDirectory: Self.url(draftDirectoryURL),
            dnsOverHTTPS: dnsOverHTTPSURL.map(Self.url), plain: plainURL.map(Self.url))
    }

    /// The URLs of a CA.
    public struct URLs: Hashable, Sendable {
        /// ``TestCA/directoryURL``.
        public let directory: URL
        /// ``TestCA/draftDirectoryURL``.
        public let draftDirectory: URL
        /// ``TestCA/dnsOverHTTPSURL``.
        public let dnsOverHTTPS: URL?
        /// ``TestCA/plainURL``.
        public let plain: URL?
    }

    private static func url(_ text: String) -> URL {
        guard let url = URL(string: text) else { preconditionFailure("expected a URL, got \(text.quoted)") }
        return url
    }
}
