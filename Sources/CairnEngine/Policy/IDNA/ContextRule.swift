/// The rules for code points that are allowed in some places only (RFC 5892 Appendix A).
enum ContextRule {
    static func allows(at index: Int, of text: [Unicode.Scalar]) -> Bool {
        let before = index > 0 ? text[index - 1] : nil
        let after = index + 1 < text.count ? text[index + 1] : nil
        return switch text[index].value {
        // ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER (A.1, A.2)
        case 0x200c: isVirama(before) || breaksJoining(at: index, of: text)
        case 0x200d: isVirama(before)
        // MIDDLE DOT, as Catalan has it (A.3)
        case 0x00b7: before == "l" && after == "l"
        // GREEK LOWER NUMERAL SIGN (A.4)
        case 0x0375: after.map { greek.contains($0.value) } ?? false
        // HEBREW PUNCTUATION GERESH and GERSHAYIM (A.5, A.6)
        case 0x05f3, 0x05f4: before.map { hebrew.contains($0.value) } ?? false
        // KATAKANA MIDDLE DOT (A.7)
        case 0x30fb: text.contains { japanese.contains($0.value) }
        // ARABIC-INDIC DIGITS and EXTENDED ARABIC-INDIC DIGITS, not both (A.8, A.9)
        case 0x0660...0x0669: !text.contains { (0x06f0...0x06f9).contains($0.value) }
        case 0x06f0...0x06f9: !text.contains { (0x0660...0x0669).contains($0.value) }
        default: false
        }
    }

    private static func isVirama(_ scalar: Unicode.Scalar?) -> Bool {
        scalar?.properties.canonicalCombiningClass == .virama
    }

    /// Whether letters that would join stand on both sides, whatever marks are between.
    private static func breaksJoining(at index: Int, of text: [Unicode.Scalar]) -> Bool {
        func joining(_ scalars: some Sequence<Unicode.Scalar>) -> JoiningType? {
            scalars.lazy.map { JoiningType(of: $0) }.first { $0 != .transparent }
        }
        let (left, right) = (joining(text[..<index].reversed()), joining(text[(index + 1)...]))
        return (left == .left || left == .dual) && (right == .right || right == .dual)
    }

    // What can stand in a name of these scripts (Unicode 14.0).

    private static let greek: CodePoints = [
        0x0370...0x0377, 0x037b...0x037d, 0x0384...0x03e1, 0x03f0...0x03ff, 0x1d26...0x1d2a, 0x1f00...0x1ffe,
        0xab65...0xab65, 0x10140...0x1018e, 0x101a0...0x101a0,
    ]

    private static let hebrew: CodePoints = [0x0591...0x05c7, 0x05d0...0x05ea, 0x05ef...0x05f4]

    /// Hiragana, Katakana and Han.
    private static let japanese: CodePoints = [
        0x3005...0x3005, 0x3007...0x3007, 0x3041...0x3096, 0x309d...0x309f, 0x30a1...0x30fa, 0x30fd...0x30ff,
        0x31f0...0x31ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xfa0e...0xfa29, 0x16ff0...0x16ff1, 0x1aff0...0x1affe,
        0x1b000...0x1b122, 0x1b150...0x1b167, 0x20000...0x2a6df, 0x2a700...0x2ebe0, 0x30000...0x323af,
    ]
}

/// Some code points, as ranges in ascending order.
struct CodePoints: ExpressibleByArrayLiteral {
    private let ranges: [ClosedRange<UInt32>]

    init(arrayLiteral ranges: ClosedRange<UInt32>...) { self.ranges = ranges }

    func contains(_ value: UInt32) -> Bool { ranges.contains { $0.contains(value) } }
}
