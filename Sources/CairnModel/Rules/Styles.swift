/// How a JSON body is written where RFC 8259 leaves a choice, and slightly beyond.
public struct CairnJSONStyle: Hashable, Sendable {
    /// The order of the members of each object.
    public enum MemberOrder: String, CaseIterable, Sendable {
        /// The server's order.
        case asWritten
        /// Sorted by name.
        case sorted
        /// Reversed.
        case reversed
        /// Shuffled each time, by the seed.
        case shuffled
    }

    /// Spaces per indentation level; `nil` writes a single line without spaces.
    public var indentation: Int?
    /// Whether `/` is written as `\/`.
    public var escapesSlashes: Bool
    /// Whether non-ASCII characters are escaped as `\u` and their UTF-16 code units.
    public var escapesNonASCII: Bool
    /// Default: ``MemberOrder/asWritten``.
    public var memberOrder: MemberOrder
    /// Whether the first member of the outermost object appears twice, which RFC 8259 §4 advises against.
    public var duplicatesMember: Bool
    /// Whether it starts with a byte order mark, against RFC 8259 §8.1.
    public var beginsWithByteOrderMark: Bool
    /// Whether it ends with a line feed.
    public var endsWithNewline: Bool

    /// Creates a style; by default one line without spaces.
    public init(
        indentation: Int? = nil, escapesSlashes: Bool = false, escapesNonASCII: Bool = false,
        memberOrder: MemberOrder = .asWritten, duplicatesMember: Bool = false, beginsWithByteOrderMark: Bool = false,
        endsWithNewline: Bool = false
    ) {
        self.indentation = indentation
        self.escapesSlashes = escapesSlashes
        self.escapesNonASCII = escapesNonASCII
        self.memberOrder = memberOrder
        self.duplicatesMember = duplicatesMember
        self.beginsWithByteOrderMark = beginsWithByteOrderMark
        self.endsWithNewline = endsWithNewline
    }

    /// One line, without spaces.
    public static let compact = CairnJSONStyle()
}

/// How a certificate chain is written as PEM (RFC 7468, RFC 8555 §9.1).
public struct CairnPEMStyle: Hashable, Sendable {
    /// A line ending.
    public enum LineEnd: String, CaseIterable, Sendable {
        /// A line feed.
        case lf
        /// A carriage return and a line feed.
        case crlf
        /// A carriage return, which RFC 7468 §3 also allows.
        case cr

        package var bytes: [UInt8] {
            switch self {
            case .lf: [0x0a]
            case .crlf: [0x0d, 0x0a]
            case .cr: [0x0d]
            }
        }
    }

    /// Default: ``LineEnd/lf``.
    public var lineEnd: LineEnd
    /// Base64 characters per line, at least 1.
    ///
    /// Default: 64.
    public var lineLength: Int
    /// A line of explanation before the first block, against RFC 8555 §9.1.
    public var textBefore: String?
    /// A line of explanation between two blocks, against RFC 8555 §9.1.
    public var textBetween: String?
    /// The number of empty lines between blocks.
    public var blankLines: Int
    /// Whether the last line is terminated.
    ///
    /// Default: `true`.
    public var endsWithNewline: Bool
    /// The label of a final block that is not a certificate: `PRIVATE KEY` (RFC 8555 §11.4).
    public var foreignBlock: String?
    /// The number of certificates: fewer drop the last ones, more repeat the last one; `nil` keeps them.
    public var certificates: Int?

    /// Creates a style; by default that of RFC 8555 §9.1.
    public init(
        lineEnd: LineEnd = .lf, lineLength: Int = 64, textBefore: String? = nil, textBetween: String? = nil,
        blankLines: Int = 0, endsWithNewline: Bool = true, foreignBlock: String? = nil, certificates: Int? = nil
    ) {
        self.lineEnd = lineEnd
        self.lineLength = lineLength
        self.textBefore = textBefore
        self.textBetween = textBetween
        self.blankLines = blankLines
        self.endsWithNewline = endsWithNewline
        self.foreignBlock = foreignBlock
        self.certificates = certificates
    }
}

/// How timestamps are written where RFC 3339 leaves a choice.
public enum CairnTimeStyle: String, CaseIterable, Sendable {
    /// `2026-11-22T07:50:00Z`.
    case whole
    /// `2026-11-22T07:50:00.123Z`.
    case fraction
    /// `2026-11-22T07:50:00.123456789Z`.
    case nanoseconds
    /// `2026-11-22T07:50:00+00:00`.
    case offset
    /// `2026-11-22t07:50:00z`.
    case lowerCase

    /// A timestamp in this style; the fraction is made up.
    package func text(_ instant: CairnInstant) -> String {
        let whole = instant.wholeSecond.rfc3339
        let stem = whole.dropLast()
        return switch self {
        case .whole: whole
        case .fraction: stem + ".123Z"
        case .nanoseconds: stem + ".123456789Z"
        case .offset: stem + "+00:00"
        case .lowerCase: whole.lowercasedASCII
        }
    }
}

/// How `Link` fields are written (RFC 8288 §3).
public struct CairnLinkStyle: Hashable, Sendable {
    /// Whether all links are in one field, separated by commas.
    public var joined: Bool
    /// Whether the relation is quoted.
    ///
    /// Default: `true`.
    public var quoted: Bool
    /// Whether the target is a relative reference.
    public var relative: Bool
    /// An additional relation of each link: `rel="up related"`.
    public var relation: String?
    /// The authority that replaces that of targets.
    public var host: String?

    /// Creates a style; by default one field per link, with absolute targets and one quoted relation.
    public init(
        joined: Bool = false, quoted: Bool = true, relative: Bool = false, relation: String? = nil,
        host: String? = nil
    ) {
        self.joined = joined
        self.quoted = quoted
        self.relative = relative
        self.relation = relation
        self.host = host
    }
}

/// The letter case of case-insensitive words.
public enum CairnLetterCase: String, CaseIterable, Sendable {
    /// `replay-nonce`.
    case lower
    /// `REPLAY-NONCE`.
    case upper
    /// `Replay-Nonce`.
    case capitalized
    /// `rEpLaY-NoNcE`.
    case alternating

    /// The text with its ASCII letters in this case.
    package func text(_ text: String) -> String {
        var isFirst = true
        var isUpper = false
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            let lower = byte.lowercasedASCII
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower)
            let upper = isLetter ? lower & ~0x20 : byte
            switch self {
            case .lower: bytes.append(lower)
            case .upper: bytes.append(upper)
            case .capitalized: bytes.append(isFirst ? upper : lower)
            case .alternating:
                bytes.append(isUpper ? upper : lower)
                isUpper.toggle()
            }
            isFirst = !isLetter
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
