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
