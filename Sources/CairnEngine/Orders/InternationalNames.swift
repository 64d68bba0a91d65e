import CairnModel

/// A label that begins with `xn--` (RFC 5890 §2.3.2.1).
enum ALabel {
    /// What is wrong with an A-label in lower case; `nil` if nothing is.
    static func fault(of label: Substring) -> String? {
        let encoded = label.dropFirst("xn--".count)
        guard let text = Punycode.decode(encoded), text.contains(where: { !$0.isASCII }),
            Punycode.encode(text) == encoded
        else {
            return "expected Punycode of characters outside ASCII after \"xn--\", got \(label.quoted) "
                + "(RFC 8555 §7.1.4, RFC 5890 §2.3.2.1)"
        }
        return ULabel.fault(of: text).map { "\(label.quoted): \($0)" }
    }
}

/// A label with characters outside ASCII, as people read it (RFC 5891 §4.2).
enum ULabel {
    static func fault(of text: [Unicode.Scalar]) -> String? {
        if text.first == "-" || text.last == "-" { return "begins or ends with a hyphen (RFC 5891 §4.2.3.1)" }
        if text.count >= 4, text[2] == "-", text[3] == "-" {
            return "has hyphens in its third and fourth place (RFC 5891 §4.2.3.1)"
        }
        if let first = text.first, first.isMark {
            return "begins with the combining mark \(first.name) (RFC 5891 §4.2.3.2)"
        }
        for (index, scalar) in text.enumerated() {
            switch DerivedProperty(of: scalar) {
            case .valid: continue
            case .contextual:
                if !ContextRule.allows(at: index, of: text) {
                    return "\(scalar.name) is not allowed between these neighbours (RFC 5892 Appendix A)"
                }
            case .disallowed: return "\(scalar.name) is not allowed in names (RFC 5892 §2)"
            case .unassigned: return "\(scalar.name) is no character (RFC 5892 §2)"
            }
        }
        guard Normalization.isComposed(text) else { return "is not in Normalization Form C (RFC 5891 §4.2.1)" }
        return BidiRule.fault(of: text)
    }
}

extension Unicode.Scalar {
    /// Whether it combines with what stands before it.
    var isMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// `U+00DF`.
    fileprivate var name: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

/// The encoding of a label outside ASCII in letters, digits and hyphens (RFC 3492).
enum Punycode {
    private static let (base, tMin, tMax, skew, damp) = (36, 1, 26, 38, 700)
    private static let (initialBias, initialCodePoint) = (72, 128)

    /// The text that `label`, without its `xn--`, stands for; `nil` if it stands for none (RFC 3492 §6.2).
    static func decode(_ label: some StringProtocol) -> [Unicode.Scalar]? {
        var digits = Array(label.utf8)[...]
        var output: [Unicode.Scalar] = []
        if let delimiter = digits.lastIndex(of: UInt8(ascii: "-")) {
            output = digits[..<delimiter].map { Unicode.Scalar($0) }
            digits = digits[(delimiter + 1)...]
        }
        var (codePoint, index, bias) = (initialCodePoint, 0, initialBias)
        while !digits.isEmpty {
            let start = index
            var (weight, position) = (1, base)
            while true {
                guard let digit = digits.popFirst().flatMap(value) else { return nil }
                let step = digit.multipliedReportingOverflow(by: weight)
                let sum = index.addingReportingOverflow(step.partialValue)
                guard !step.overflow, !sum.overflow else { return nil }
                index = sum.partialValue
                let threshold = threshold(position, bias)
                if digit < threshold { break }
                let next = weight.multipliedReportingOverflow(by: base - threshold)
                guard !next.overflow else { return nil }
                weight = next.partialValue
                position += base
            }
            let length = output.count + 1
            bias = adapt(index - start, length, isFirst: start == 0)
            // Checked before it is added: the quotient of an overlong label can be anything.
            guard index / length <= 0x10ffff else { return nil }
            codePoint += index / length
            guard codePoint <= 0x10ffff, let scalar = Unicode.Scalar(UInt32(codePoint)) else { return nil }
            index %= length
            output.insert(scalar, at: index)
            index += 1
        }
        return output
    }

    /// The encoding of a text, without `xn--` (RFC 3492 §6.3).
    ///
    /// For labels, which are short.
    static func encode(_ text: [Unicode.Scalar]) -> String {
        let basic = text.filter(\.isASCII)
        var output = String(String.UnicodeScalarView(basic))
        if !basic.isEmpty { output += "-" }
        var (codePoint, delta, bias, handled) = (initialCodePoint, 0, initialBias, basic.count)
        while let next = text.map({ Int($0.value) }).filter({ $0 >= codePoint }).min() {
            delta += (next - codePoint) * (handled + 1)
            for scalar in text.map({ Int($0.value) }) {
                if scalar < next { delta += 1 }
                guard scalar == next else { continue }
                output += digits(of: delta, bias: bias)
                bias = adapt(delta, handled + 1, isFirst: handled == basic.count)
                delta = 0
                handled += 1
            }
            delta += 1
            codePoint = next + 1
        }
        return output
    }

    private static func digits(of delta: Int, bias: Int) -> String {
        var (rest, position, text) = (delta, base, "")
        while true {
            let threshold = threshold(position, bias)
            guard rest >= threshold else { return text + letter(rest) }
            let digit = threshold + (rest - threshold) % (base - threshold)
            text += letter(digit)
            rest = (rest - threshold) / (base - threshold)
            position += base
        }
    }

    private static func threshold(_ position: Int, _ bias: Int) -> Int { min(max(position - bias, tMin), tMax) }

    private static func adapt(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / count
        var position = 0
        while delta > (base - tMin) * tMax / 2 {
            delta /= base - tMin
            position += base
        }
        return position + (base - tMin + 1) * delta / (delta + skew)
    }

    private static func letter(_ digit: Int) -> String {
        let alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
        return String(alphabet[alphabet.index(alphabet.startIndex, offsetBy: digit)])
    }

    /// a to z are 0 to 25, 0 to 9 are 26 to 35 (RFC 3492 §5).
    private static func value(_ digit: UInt8) -> Int? {
        switch digit {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(digit - UInt8(ascii: "a"))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(digit - UInt8(ascii: "0")) + 26
        default: nil
        }
    }
}

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
