/// An open vocabulary of the wire, compared and hashed by octets.
///
/// Swift compares strings by canonical equivalence, so `é` equals `e` with a combining accent. On the wire they differ:
/// JSON names and everything that RFC 8555 and RFC 7515 compare are compared code point by code point (RFC 8259 §8.3,
/// RFC 7515 §5.3). Canonical equivalence also takes quadratic time for long runs of combining marks.
///
/// Conforming types get this equality by default; `WireText` has it for plain text.
public protocol CairnWireName: RawRepresentable, Hashable, Sendable where RawValue == String {}

// Inlined, so that no request pays for a generic call.
extension CairnWireName {
    /// Whether both have the same octets.
    @inlinable public static func == (left: Self, right: Self) -> Bool { left.rawValue.equals(right.rawValue) }

    /// Hashes the octets that `==` compares.
    @inlinable public func hash(into hasher: inout Hasher) { rawValue.mix(into: &hasher) }
}

extension String {
    @usableFromInline func equals(_ other: String) -> Bool { isSame(as: other) }
    @usableFromInline func mix(into hasher: inout Hasher) { hashOctets(into: &hasher) }
}

/// Text as a key: equal when the octets are.
package struct WireText: Hashable, Sendable {
    package let string: String

    package init(_ string: String) { self.string = string }

    package static func == (left: WireText, right: WireText) -> Bool { left.string.isSame(as: right.string) }

    package func hash(into hasher: inout Hasher) { string.hashOctets(into: &hasher) }
}

// Inlined where they are used: every request compares a dozen texts, and a generic call into another module costs more than the
// comparison.
extension StringProtocol {
    /// Calls `body` with the octets of the text, which lie in one piece but for texts from elsewhere: to go through them so
    /// costs a tenth of going through the view.
    @inlinable package func withOctets<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
    }

    /// Whether two texts have the same octets in UTF-8.
    ///
    /// Most texts that differ have different lengths, which need no look at the octets.
    @inlinable package func isSame(as other: some StringProtocol) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return withOctets { left in other.withOctets { right in left.begins(with: right, ==) } }
    }

    /// Whether all characters are ASCII.
    @inlinable package var isASCII: Bool { withOctets { $0.allSatisfy { $0 < 0x80 } } }

    /// Whether two texts have the same octets but for the case of ASCII letters, as names of the DNS are compared (RFC 4343).
    @inlinable package func isSameIgnoringCase(as other: some StringProtocol) -> Bool {
        withOctets { left in
            other.withOctets { right in
                left.count == right.count && left.begins(with: right) { $0.lowercasedASCII == $1.lowercasedASCII }
            }
        }
    }

    /// The text with its ASCII letters in lower case, and everything else as it is.
    @inlinable package var lowercasedASCII: String { String(decoding: utf8.map(\.lowercasedASCII), as: UTF8.self) }

    /// Whether the octets of the text begin with those of another.
    @inlinable package func begins(with prefix: some StringProtocol) -> Bool {
        withOctets { octets in prefix.withOctets { octets.begins(with: $0, ==) } }
    }

    /// Whether the octets of the text end with those of another.
    @inlinable package func ends(with suffix: some StringProtocol) -> Bool {
        withOctets { octets in
            suffix.withOctets { suffix in
                octets.count >= suffix.count
                    && UnsafeBufferPointer(rebasing: octets.suffix(suffix.count)).begins(with: suffix, ==)
            }
        }
    }

    /// What comes after as many octets as a text has that it begins with.
    @inlinable package func text(after beginning: some StringProtocol) -> SubSequence {
        self[utf8.index(startIndex, offsetBy: beginning.utf8.count)...]
    }

    /// The text up to the first of an ASCII character, or all of it.
    @inlinable package func text(before character: Unicode.Scalar) -> SubSequence {
        let count = withOctets { $0.firstIndex(of: UInt8(ascii: character)) }
        return self[..<(count.map { utf8.index(startIndex, offsetBy: $0) } ?? endIndex)]
    }

    /// The texts between the occurrences of an ASCII character, empty ones too.
    @inlinable package func texts(between character: Unicode.Scalar) -> [SubSequence] {
        var texts: [SubSequence] = []
        texts.reserveCapacity(6)
        var start = startIndex
        withOctets { octets in
            var first = 0
            for place in octets.indices where octets[place] == UInt8(ascii: character) {
                let end = utf8.index(start, offsetBy: place - first)
                texts.append(self[start..<end])
                (start, first) = (utf8.index(after: end), place + 1)
            }
        }
        texts.append(self[start...])
        return texts
    }

    /// Mixes the octets of the text into a hash.
    @inlinable package func hashOctets(into hasher: inout Hasher) {
        withOctets { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xff))  // No octet of UTF-8: where one text ends and the next begins.
    }
}

extension String {
    /// Texts in a row, put together in one piece of memory that is as long as they are.
    ///
    /// For what every answer has many of: text that grows is copied more than once, and a list of texts is one more
    /// allocation.
    package init(
        joining first: String, _ second: String, _ third: String, _ fourth: String = "", _ fifth: String = "",
        _ sixth: String = "", _ seventh: String = ""
    ) {
        let start = first.utf8.count + second.utf8.count + third.utf8.count
        let count = start + fourth.utf8.count + fifth.utf8.count + sixth.utf8.count + seventh.utf8.count
        self.init(unsafeUninitializedCapacity: count) { text in
            var end = text.startIndex
            func append(_ part: String) {
                if !part.isEmpty { end = part.withOctets { text[end...].initialize(fromContentsOf: $0) } }
            }
            append(first)
            append(second)
            append(third)
            append(fourth)
            append(fifth)
            append(sixth)
            append(seventh)
            return end
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether there are the octets of another text at the beginning, by what counts as the same.
    @inlinable package func begins(with other: Self, _ isSame: (UInt8, UInt8) -> Bool) -> Bool {
        guard count >= other.count else { return false }
        for place in 0..<other.count where !isSame(self[place], other[place]) { return false }
        return true
    }
}

extension UInt8 {
    /// The octet, or the small letter if it is a capital one of ASCII.
    @inlinable package var lowercasedASCII: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }

    /// Whether the octet is one of `0` to `9`.
    @inlinable package var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

extension StringProtocol {
    /// The text on one line for people: escaped as in ``quoted`` but without the quotation marks, and bounded.
    package func shown(upTo limit: Int = 200) -> String {
        let (text, isWhole) = escaped(upTo: limit)
        return isWhole ? text : "\(text)… (\(utf8.count) bytes)"
    }

    /// The text as details, the journal and the log quote what a client sent: in quotation marks, escaped, and bounded.
    ///
    /// Control characters, quotation marks, and whatever a reader cannot see are written as escapes (`\n`, `\u{200b}`), so a
    /// quotation never breaks a line. Of a text of more than 100 characters the beginning is shown, and how long it was.
    package var quoted: String {
        let (text, isWhole) = escaped(upTo: 100)
        return isWhole ? "\"\(text)\"" : "\"\(text)…\" (\(utf8.count) bytes)"
    }

    /// As much of the text as is shown, and whether that is all of it.
    private func escaped(upTo limit: Int) -> (text: String, isWhole: Bool) {
        var text = ""
        var shown = 0
        for scalar in unicodeScalars {
            guard shown < limit else { return (text, false) }
            text += scalar.quotation
            shown += 1
        }
        return (text, true)
    }
}

extension Sequence where Element: StringProtocol {
    /// The texts as a detail lists them: each ``StringProtocol/quoted``, and of very many the first.
    package var quotedList: String {
        let limit = 20
        var texts: [String] = []
        var count = 0
        for text in self {
            count += 1
            if count <= limit { texts.append(text.quoted) }
        }
        let rest = count > limit ? " and \(count - limit) more" : ""
        return texts.joined(separator: ", ") + rest
    }
}

extension Unicode.Scalar {
    /// How a detail shows a single character, and tells it from all that look alike: `"\u{200b}" (U+200B)`.
    package var named: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "\"\(quotation)\" (U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits))"
    }

    fileprivate var quotation: String {
        switch self {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\"", "\\": return "\\\(self)"
        case " "..."~": return String(self)
        default: break
        }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .surrogate, .privateUse,
            .unassigned,
            .nonspacingMark, .enclosingMark, .spacingMark:
            return "\\u{\(String(value, radix: 16))}"
        default: return String(self)
        }
    }
}
