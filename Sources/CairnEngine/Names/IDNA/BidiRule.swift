/// The rule for labels that are written from right to left (RFC 5893 §2).
enum BidiRule {
    /// What is wrong with a label; `nil` if nothing is, or if it has no character to which the rule applies.
    static func fault(of text: [Unicode.Scalar]) -> String? {
        let classes = text.map { BidiClass(of: $0) }
        guard classes.contains(where: \.isRightToLeft) else { return nil }
        switch classes.first {
        case .rightToLeft?, .arabicLetter?: return faultFromRightToLeft(classes)
        // It has a character from right to left, or it would not be looked at.
        case .left?: return "has a character from right to left in a label from left to right (RFC 5893 §2 rule 5)"
        default:
            return "begins with neither a letter from left to right nor one from right to left (RFC 5893 §2 rule 1)"
        }
    }

    private static func faultFromRightToLeft(_ classes: [BidiClass]) -> String? {
        if classes.contains(.left) {
            return "has a character from left to right in a label from right to left (RFC 5893 §2 rule 2)"
        }
        switch classes.last(where: { $0 != .mark }) {
        case .rightToLeft?, .arabicLetter?, .europeanNumber?, .arabicNumber?: break
        default: return "ends in neither a letter from right to left nor a digit (RFC 5893 §2 rule 3)"
        }
        if classes.contains(.europeanNumber), classes.contains(.arabicNumber) {
            return "has both European and Arabic digits (RFC 5893 §2 rule 4)"
        }
        return nil
    }
}

/// In which direction a character is written (the Unicode property Bidi_Class), of those that a label can have.
enum BidiClass: Equatable {
    case left, rightToLeft, arabicLetter, arabicNumber, europeanNumber
    /// A mark, which is written where the character before it is.
    case mark
    /// What is written in either direction.
    case neutral

    init(of scalar: Unicode.Scalar) {
        self =
            switch scalar.value {
            case 0x30...0x39, 0x06f0...0x06f9: .europeanNumber
            case 0x0660...0x0669, 0x10d30...0x10d39: .arabicNumber
            case 0x2d, 0x200c, 0x200d: .neutral
            // Marks of scripts from left to right that are written as letters.
            case 0x0cbf, 0x0cc6, 0x11a07...0x11a08, 0x11c3f: .left
            case _ where scalar.isNonspacing: .mark
            case let value where Self.hebrewAndOthers.contains(value): .rightToLeft
            case let value where Self.arabicLetters.contains(value): .arabicLetter
            case let value where Self.modifiers.contains(value): .neutral
            default: .left
            }
    }

    /// Whether it makes its label one from right to left (RFC 5893 §1.4).
    var isRightToLeft: Bool {
        switch self {
        case .rightToLeft, .arabicLetter, .arabicNumber: true
        case .left, .europeanNumber, .mark, .neutral: false
        }
    }

    // Unicode 14.0, DerivedBidiClass.txt, without what no label can have; ranges run across that.

    private static let hebrewAndOthers: CodePoints = [
        0x05d0...0x05f4, 0x07c0...0x07ea, 0x07f4...0x07fa, 0x0800...0x0815, 0x081a...0x081a, 0x0824...0x0824,
        0x0828...0x0828, 0x0840...0x0858, 0xfb1d...0xfb1d, 0xfb1f...0xfb4f, 0x10800...0x10a00, 0x10a10...0x10a35,
        0x10a60...0x10ae4, 0x10b00...0x10cf2, 0x10e80...0x10ea9, 0x10eb0...0x10f27, 0x10f70...0x10f81,
        0x10fb0...0x10ff6, 0x1e800...0x1e8c4, 0x1e900...0x1e943, 0x1e94b...0x1e959,
    ]

    private static let arabicLetters: CodePoints = [
        0x0620...0x064a, 0x066e...0x066f, 0x0671...0x06d5, 0x06e5...0x06e6, 0x06ee...0x06ef, 0x06fa...0x0710,
        0x0712...0x072f, 0x074d...0x07a5, 0x07b1...0x07b1, 0x0860...0x088e, 0x08a0...0x08c9, 0xfb50...0xfdfb,
        0xfe70...0xfefc, 0x10d00...0x10d23, 0x10f30...0x10f45, 0x1ee00...0x1eebb,
    ]

    private static let modifiers: CodePoints = [
        0x00b7...0x00b7, 0x02b9...0x02ba, 0x02c6...0x02cf, 0x02ec...0x02ec, 0x0374...0x0375, 0x2e2f...0x2e2f,
        0x30fb...0x30fb, 0xa67f...0xa67f, 0xa717...0xa71f, 0xa788...0xa788,
    ]
}

extension Unicode.Scalar {
    fileprivate var isNonspacing: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: false
        }
    }
}
