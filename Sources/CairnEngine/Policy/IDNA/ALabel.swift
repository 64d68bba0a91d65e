/// A label that begins with `xn--` (RFC 5890 §2.3.2.1).
enum ALabel {
    /// What is wrong with an A-label in lower case; `nil` if nothing is.
    static func fault(of label: Substring) -> String? {
        let encoded = label.dropFirst("xn--".count)
        guard let text = Punycode.decode(encoded), text.contains(where: { !$0.isASCII }),
            Punycode.encode(text) == encoded
        else {
            return "expected Punycode of characters outside ASCII after \"xn--\", got \"\(label)\" "
                + "(RFC 8555 §7.1.4, RFC 5890 §2.3.2.1)"
        }
        return ULabel.fault(of: text).map { "\"\(label)\": \($0)" }
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
