extension CairnRule {
    /// A condition on a request or its answer.
    ///
    /// ```swift
    /// .identifier("*.example.test")
    /// .payload("/replaces", .exists)
    /// .field(.userAgent, .matches("certbot*"))
    /// ```
    ///
    /// In patterns, `*` matches any text. One of several patterns has to match.
    public struct Condition: Hashable, Sendable {
        package indirect enum Kind: Hashable, Sendable {
            case text(Subject, [String])
            case orderNumber([Int])
            case field(CairnFieldName, Test)
            case payload(CairnJSONPointer, Test)
            case isProblem(Bool)
            case status([Int])
            case answer(CairnJSONPointer, Test)
            case not([Condition])
        }

        /// What a text that is compared with patterns is.
        package enum Subject: String, CaseIterable, Sendable {
            case dialect, method, path, source, account, identifier, profile, order, orderStatus, authorization

            var isKnownFromPath: Bool {
                switch self {
                case .dialect, .method, .path, .source, .order, .authorization: true
                case .account, .identifier, .profile, .orderStatus: false
                }
            }
        }

        package let kind: Kind

        package init(_ kind: Kind) { self.kind = kind }

        /// The ACME dialect: `rfc8555`.
        public static func dialect(_ names: String...) -> Condition { Condition(.text(.dialect, names)) }
        /// The HTTP method: `GET`.
        public static func method(_ names: String...) -> Condition { Condition(.text(.method, names)) }
        /// The request path, without the prefix of its world.
        public static func path(_ patterns: String...) -> Condition { Condition(.text(.path, patterns)) }
        /// The address of the client.
        public static func source(_ patterns: String...) -> Condition { Condition(.text(.source, patterns)) }
        /// The account that signed.
        public static func account(_ ids: CairnObjectID...) -> Condition {
            Condition(.text(.account, ids.map(\.rawValue)))
        }
        /// Any of the names and addresses in the request.
        public static func identifier(_ patterns: String...) -> Condition { Condition(.text(.identifier, patterns)) }
        /// The requested profile.
        public static func profile(_ names: String...) -> Condition { Condition(.text(.profile, names)) }
        /// The order that the request is about.
        public static func order(_ ids: CairnObjectID...) -> Condition {
            Condition(.text(.order, ids.map(\.rawValue)))
        }
        /// The number of the order, counted from 1 in order of creation.
        public static func orderNumber(_ numbers: Int...) -> Condition { Condition(.orderNumber(numbers)) }
        /// The status of the order before the request: `ready`.
        public static func orderStatus(_ statuses: ACMEStatus...) -> Condition {
            Condition(.text(.orderStatus, statuses.map(\.rawValue)))
        }
        /// The authorization that the request is about.
        public static func authorization(_ ids: CairnObjectID...) -> Condition {
            Condition(.text(.authorization, ids.map(\.rawValue)))
        }
        /// A header field of the request.
        public static func field(_ name: CairnFieldName, _ test: Test = .exists) -> Condition {
            Condition(.field(name, test))
        }
        /// A value in the payload.
        public static func payload(_ pointer: CairnJSONPointer, _ test: Test) -> Condition {
            Condition(.payload(pointer, test))
        }
        /// The answer is a problem.
        public static let isProblem = Condition(.isProblem(true))
        /// The status of the answer.
        public static func status(_ statuses: Int...) -> Condition { Condition(.status(statuses)) }
        /// A value in the answer.
        public static func answer(_ pointer: CairnJSONPointer, _ test: Test) -> Condition {
            Condition(.answer(pointer, test))
        }
        /// At least one of the conditions is false.
        public static func not(_ conditions: Condition...) -> Condition {
            Condition(.not(conditions.sorted { $0.rank < $1.rank }))
        }

        /// A test of a value.
        public struct Test: Hashable, Sendable {
            package enum Kind: Hashable, Sendable {
                case exists, absent
                case equals(CairnJSON)
                case matches(String)
            }

            package let kind: Kind

            /// The value exists.
            public static let exists = Test(kind: .exists)
            /// The value does not exist.
            public static let absent = Test(kind: .absent)
            /// The value is equal to another.
            public static func equals(_ value: CairnJSON) -> Test { Test(kind: .equals(value)) }
            /// The value is a string that matches a pattern, in which `*` matches any text.
            public static func matches(_ pattern: String) -> Test { Test(kind: .matches(pattern)) }
        }
    }
}

/// The name of a header field (RFC 9110 §5.1), in the case in which it is sent.
public struct CairnFieldName: Hashable, Sendable, CustomStringConvertible {
    /// The name as written.
    public let rawValue: String

    /// Creates a name from a token (RFC 9110 §5.6.2); `nil` for any other text.
    public init?(_ name: String) {
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isOfToken) else { return nil }
        rawValue = name
    }

    /// A field with any name: `.named("X-Request-Id")`.
    ///
    /// Traps if the text is not a valid name.
    public static func named(_ name: String) -> CairnFieldName {
        guard let field = CairnFieldName(name) else {
            preconditionFailure("expected the name of a header field, got \(name.quoted) (RFC 9110 §5.1)")
        }
        return field
    }

    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// The name as written.
    public var description: String { rawValue }

    /// `Cache-Control` (RFC 9111 §5.2).
    public static let cacheControl = named("Cache-Control")
    /// `Content-Type` (RFC 9110 §8.3).
    public static let contentType = named("Content-Type")
    /// `Link` (RFC 8288 §3).
    public static let link = named("Link")
    /// `Location` (RFC 9110 §10.2.2).
    public static let location = named("Location")
    /// `Replay-Nonce` (RFC 8555 §6.5.1).
    public static let replayNonce = named("Replay-Nonce")
    /// `Retry-After` (RFC 9110 §10.2.3).
    public static let retryAfter = named("Retry-After")
    /// `User-Agent` (RFC 9110 §10.1.5).
    public static let userAgent = named("User-Agent")
}

extension CairnRule.Condition {
    /// The first point at which it can be told whether it is true.
    package var earliestPoint: RulePoint {
        switch kind {
        case .text(let subject, _): subject.isKnownFromPath ? .routed : .understood
        case .field: .routed
        case .orderNumber, .payload: .understood
        case .isProblem, .status, .answer: .answer
        case .not(let conditions): conditions.map(\.earliestPoint).max() ?? .routed
        }
    }

    /// The place of its member in the JSON form; a cheap one is looked at before a dear one, too.
    package var rank: Int {
        switch kind {
        case .text(let subject, _): Subject.allCases.firstIndex(of: subject) ?? 0
        case .orderNumber: 20
        case .field: 21
        case .payload: 22
        case .isProblem: 23
        case .status: 24
        case .answer: 25
        case .not: 26
        }
    }
}

/// A text in which `*` stands for any text, the empty one too.
package struct TextPattern: Hashable, Sendable {
    package let text: String
    private let ignoresCase: Bool
    private let hasStar: Bool
    /// Those of the text, in lower case where case is ignored.
    private let pattern: [UInt8]
    /// How many of them follow the last star.
    private let tail: Int

    package init(_ text: String, ignoresCase: Bool = false) {
        self.text = text
        self.ignoresCase = ignoresCase
        pattern = ignoresCase ? text.utf8.map(\.lowercasedASCII) : Array(text.utf8)
        let star = pattern.lastIndex(of: UInt8(ascii: "*"))
        hasStar = star != nil
        tail = pattern.count - 1 - (star ?? -1)
    }

    /// Whether a text fits.
    package func fits(_ candidate: String) -> Bool {
        guard hasStar else {
            return ignoresCase ? text.isSameIgnoringCase(as: candidate) : text.isSame(as: candidate)
        }
        return pattern.withUnsafeBufferPointer { pattern in
            candidate.utf8.withContiguousStorageIfAvailable { fits($0, pattern) }
                ?? Array(candidate.utf8).withUnsafeBufferPointer { fits($0, pattern) }
        }
    }

    private func fits(_ bytes: UnsafeBufferPointer<UInt8>, _ pattern: UnsafeBufferPointer<UInt8>) -> Bool {
        let same: (UInt8, UInt8) -> Bool = ignoresCase ? { $0 == $1.lowercasedASCII } : (==)
        // Most texts that do not fit end in another way.
        guard bytes.count >= tail, zip(pattern.suffix(tail), bytes.suffix(tail)).allSatisfy({ same($0, $1) })
        else { return false }
        var (place, step) = (0, 0)
        // Where the last star stood, and what it covers so far.
        var star: (step: Int, place: Int)?
        while place < bytes.count {
            if step < pattern.count, pattern[step] == UInt8(ascii: "*") {
                star = (step, place)
                step += 1
            } else if step < pattern.count, same(pattern[step], bytes[place]) {
                (place, step) = (place + 1, step + 1)
            } else if let last = star {
                star = (last.step, last.place + 1)
                (place, step) = (last.place + 1, last.step + 1)
            } else {
                return false
            }
        }
        return pattern[step...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
