import CairnModel

// How settings are set from a command line.

extension Settings {
    /// Sets what an option was given for.
    ///
    /// - Parameters:
    ///   - text: JSON, or a text that need not be quoted.
    ///   - option: its name, for complaints.
    mutating func set(_ path: String, _ text: String, by option: String) throws(UsageError) {
        try set(path, Self.forms(of: text), by: option) { $0.sentence }
    }

    /// Sets an array from an option that was given several times.
    mutating func set(_ path: String, _ texts: [String], by option: String) throws(UsageError) {
        try set(path, [.array(texts.map { .string($0) })], by: option) { $0.sentence }
    }

    /// Sets what stands before an equals sign to what stands behind it, such as `threads=4`.
    mutating func assign(_ assignment: String, by option: String) throws(UsageError) {
        guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
            throw UsageError(
                "\(option): expected a setting and its value, such as threads=4, got \(assignment.quoted)")
        }
        let (path, text) = (String(assignment[..<equals]), String(assignment[assignment.index(after: equals)...]))
        try set(path, Self.forms(of: text), by: option) { $0.description }
    }

    /// What a text can stand for, the likeliest first.
    private static func forms(of text: String) -> [CairnJSON] {
        let json = try? CairnJSON(parsing: Array(text.utf8))
        return (json.map { [$0] } ?? []) + [.string(text)] + (text == "none" ? [.null] : [])
    }

    /// Takes the first form of a value that the setting can have.
    private mutating func set(
        _ path: String, _ forms: [CairnJSON], by option: String, _ words: (SettingFault) -> String
    ) throws(UsageError) {
        var complaint: String?
        for form in forms {
            do throws(SettingFault) {
                try Self.catalogue.set(path, to: form, of: &self)
                return
            } catch {
                complaint = complaint ?? "\(option): \(words(error))"
            }
        }
        throw UsageError(complaint ?? "\(option): expected a value")
    }
}
