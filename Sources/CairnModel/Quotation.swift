extension StringProtocol {
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

extension Unicode.Scalar {
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
