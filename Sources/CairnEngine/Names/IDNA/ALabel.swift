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
