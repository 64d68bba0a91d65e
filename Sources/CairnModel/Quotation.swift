extension StringProtocol {
    /// The text on one line for people: escaped as in ``quoted`` but without the quotation marks, and bounded.
    package func shown(upTo limit: Int = 200) -> String {
        var text = ""
        var shown = 0
        for scalar in unicodeScalars {
            guard shown < limit else { return text + "… (\(utf8.count) bytes)" }
            text += scalar.quotation
            shown += 1
        }
        return text
    }

    /// The text as details, the journal and the log quote what a client sent: in quotation marks, escaped, and bounded.
    ///
    /// Control characters, quotation marks, and whatever a reader cannot see are written as escapes (`\n`, `\u{200b}`), so a
    /// quotation never breaks a line. Of a text of more than 100 characters the beginning is shown, and how long it was.
    package var quoted: String {
        let limit = 100
        var text = "\""
        var shown = 0
        for scalar in unicodeScalars {
            guard shown < limit else { return text + "…\" (\(utf8.count) bytes)" }
            text += scalar.quotation
            shown += 1
        }
        return text + "\""
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
