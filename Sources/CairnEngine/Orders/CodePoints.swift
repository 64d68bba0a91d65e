/// What IDNA2008 says of a code point, derived from its Unicode properties (RFC 5892 §3).
enum DerivedProperty: Equatable {
    case valid
    /// Allowed where its neighbours satisfy a rule.
    case contextual
    case disallowed
    case unassigned

    init(of scalar: Unicode.Scalar) {
        self = Self.exception(scalar) ?? Self.derived(scalar)
    }

    private static func derived(_ scalar: Unicode.Scalar) -> DerivedProperty {
        let properties = scalar.properties
        if properties.generalCategory == .unassigned, !properties.isNoncharacterCodePoint { return .unassigned }
        if isLDH(scalar) { return .valid }
        if properties.isJoinControl { return .contextual }
        if properties.changesWhenNFKCCaseFolded || properties.isDefaultIgnorableCodePoint || properties.isWhitespace
            || properties.isNoncharacterCodePoint || isInIgnorableBlock(scalar) || isOldHangulJamo(scalar)
        {
            return .disallowed
        }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .decimalNumber, .modifierLetter, .nonspacingMark,
            .spacingMark:
            return .valid
        default: return .disallowed
        }
    }

    /// RFC 5892 §2.6.
    private static func exception(_ scalar: Unicode.Scalar) -> DerivedProperty? {
        switch scalar.value {
        case 0x00df, 0x03c2, 0x06fd, 0x06fe, 0x0f0b, 0x3007: .valid
        case 0x00b7, 0x0375, 0x05f3, 0x05f4, 0x30fb, 0x0660...0x0669, 0x06f0...0x06f9: .contextual
        case 0x0640, 0x07fa, 0x302e, 0x302f, 0x3031...0x3035, 0x303b: .disallowed
        default: nil
        }
    }

    /// RFC 5892 §2.5.
    private static func isLDH(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9", "-": true
        default: false
        }
    }

    /// RFC 5892 §2.4.
    private static func isInIgnorableBlock(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20d0...0x20ff, 0x1d100...0x1d1ff, 0x1d200...0x1d24f: true
        default: false
        }
    }

    /// RFC 5892 §2.9.
    private static func isOldHangulJamo(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x11ff, 0xa960...0xa97c, 0xd7b0...0xd7c6, 0xd7cb...0xd7fb: true
        default: false
        }
    }
}

/// Normalization Form C, for labels in which every code point is allowed by itself (RFC 5891 §4.2.1).
enum Normalization {
    /// Whether no sequence of the text has a composed or an ordered form.
    static func isComposed(_ text: [Unicode.Scalar]) -> Bool {
        var starter: Unicode.Scalar?
        // The highest combining class between the starter and the present character, which keeps lower ones from combining.
        var between: UInt8 = 0
        var isAdjacent = false
        for scalar in text {
            let combining = scalar.properties.canonicalCombiningClass.rawValue
            if combining > 0, combining < between { return false }
            // Only marks are the second part of a composition, old Hangul aside, which no label has.
            if let starter, scalar.isMark, combining > between || isAdjacent,
                composites.contains(pair(starter, scalar))
            {
                return false
            }
            if combining == 0 {
                (starter, between, isAdjacent) = (scalar, 0, true)
            } else {
                (between, isAdjacent) = (combining, false)
            }
        }
        return true
    }

    private static func pair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> String {
        var text = String.UnicodeScalarView()
        text.append(first)
        text.append(second)
        return String(text)
    }

    /// Every character that could be a composition, each as a text of its own.
    ///
    /// Texts are equal if they are canonically equivalent, so this finds the decomposed ones. What decomposes in Form C
    /// itself changes when folded, and is not in here.
    private static let composites: Set<String> = {
        let blocks: [ClosedRange<UInt32>] = [0x00c0...0x1fff, 0x3040...0x30ff, 0x11000...0x11fff]
        let scalars = blocks.joined().compactMap { Unicode.Scalar($0) }
        return Set(scalars.filter { DerivedProperty(of: $0) == .valid }.map { String($0) })
    }()
}

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

/// How a letter joins its neighbours in writing (the Unicode property Joining_Type).
enum JoiningType {
    case left, right, dual
    /// A mark, across which letters join.
    case transparent
    case none

    init(of scalar: Unicode.Scalar) {
        self =
            if Self.dualJoining.contains(scalar.value) {
                .dual
            } else if Self.rightJoining.contains(scalar.value) {
                .right
            } else if Self.leftJoining.contains(scalar.value) {
                .left
            } else {
                switch scalar.properties.generalCategory {
                case .nonspacingMark, .enclosingMark: .transparent
                // A letter of Adlam that marks the one before it.
                default: scalar.value == 0x1e94b ? .transparent : .none
                }
            }
    }

    // Unicode 14.0, ArabicShaping.txt

    private static let dualJoining: CodePoints = [
        0x0620...0x0620, 0x0626...0x0626, 0x0628...0x0628, 0x062a...0x062e, 0x0633...0x063f, 0x0641...0x0647,
        0x0649...0x064a, 0x066e...0x066f, 0x0678...0x0687, 0x069a...0x06bf, 0x06c1...0x06c2, 0x06cc...0x06cc,
        0x06ce...0x06ce, 0x06d0...0x06d1, 0x06fa...0x06fc, 0x06ff...0x06ff, 0x0712...0x0714, 0x071a...0x071d,
        0x071f...0x0727, 0x0729...0x0729, 0x072b...0x072b, 0x072d...0x072e, 0x074e...0x0758, 0x075c...0x076a,
        0x076d...0x0770, 0x0772...0x0772, 0x0775...0x0777, 0x077a...0x077f, 0x07ca...0x07ea, 0x0841...0x0845,
        0x0848...0x0848, 0x084a...0x0853, 0x0855...0x0855, 0x0860...0x0860, 0x0862...0x0865, 0x0868...0x0868,
        0x0886...0x0886, 0x0889...0x088d, 0x08a0...0x08a9, 0x08af...0x08b0, 0x08b3...0x08b8, 0x08ba...0x08c8,
        0x1807...0x1807, 0x1820...0x1878, 0x1887...0x18a8, 0x18aa...0x18aa, 0xa840...0xa871, 0x10ac0...0x10ac4,
        0x10ad3...0x10ad6, 0x10ad8...0x10adc, 0x10ade...0x10ae0, 0x10aeb...0x10aee, 0x10b80...0x10b80,
        0x10b82...0x10b82, 0x10b86...0x10b88, 0x10b8a...0x10b8b, 0x10b8d...0x10b8d, 0x10b90...0x10b90,
        0x10bad...0x10bae, 0x10d01...0x10d21, 0x10d23...0x10d23, 0x10f30...0x10f32, 0x10f34...0x10f44,
        0x10f51...0x10f53, 0x10f70...0x10f73, 0x10f76...0x10f81, 0x10fb0...0x10fb0, 0x10fb2...0x10fb3,
        0x10fb8...0x10fb8, 0x10fbb...0x10fbc, 0x10fbe...0x10fbf, 0x10fc1...0x10fc1, 0x10fc4...0x10fc4,
        0x10fca...0x10fca, 0x1e900...0x1e943,
    ]

    private static let rightJoining: CodePoints = [
        0x0622...0x0625, 0x0627...0x0627, 0x0629...0x0629, 0x062f...0x0632, 0x0648...0x0648, 0x0671...0x0673,
        0x0675...0x0677, 0x0688...0x0699, 0x06c0...0x06c0, 0x06c3...0x06cb, 0x06cd...0x06cd, 0x06cf...0x06cf,
        0x06d2...0x06d3, 0x06d5...0x06d5, 0x06ee...0x06ef, 0x0710...0x0710, 0x0715...0x0719, 0x071e...0x071e,
        0x0728...0x0728, 0x072a...0x072a, 0x072c...0x072c, 0x072f...0x072f, 0x074d...0x074d, 0x0759...0x075b,
        0x076b...0x076c, 0x0771...0x0771, 0x0773...0x0774, 0x0778...0x0779, 0x0840...0x0840, 0x0846...0x0847,
        0x0849...0x0849, 0x0854...0x0854, 0x0856...0x0858, 0x0867...0x0867, 0x0869...0x086a, 0x0870...0x0882,
        0x088e...0x088e, 0x08aa...0x08ac, 0x08ae...0x08ae, 0x08b1...0x08b2, 0x08b9...0x08b9, 0x10ac5...0x10ac5,
        0x10ac7...0x10ac7, 0x10ac9...0x10aca, 0x10ace...0x10ad2, 0x10add...0x10add, 0x10ae1...0x10ae1,
        0x10ae4...0x10ae4, 0x10aef...0x10aef, 0x10b81...0x10b81, 0x10b83...0x10b85, 0x10b89...0x10b89,
        0x10b8c...0x10b8c, 0x10b8e...0x10b8f, 0x10b91...0x10b91, 0x10ba9...0x10bac, 0x10d22...0x10d22,
        0x10f33...0x10f33, 0x10f54...0x10f54, 0x10f74...0x10f75, 0x10fb4...0x10fb6, 0x10fb9...0x10fba,
        0x10fbd...0x10fbd, 0x10fc2...0x10fc3, 0x10fc9...0x10fc9,
    ]

    private static let leftJoining: CodePoints = [
        0xa872...0xa872, 0x10acd...0x10acd, 0x10ad7...0x10ad7, 0x10d00...0x10d00, 0x10fcb...0x10fcb,
    ]
}
