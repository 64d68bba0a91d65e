import CairnModel

// How settings are set from a command line.

extension Settings {
    /// Sets what an option was given for.
    ///
    /// - Parameters:
    ///   - text: JSON, or a text that need not be quoted.
    ///   - option: its name, for complaints.
    mutating func set(_ path: String, _ text: String, by option: String) throws(UsageError) {
        try set(path, Self.forms(of: text), by: option) { fault in
            // On a command line there are neither quotes around numbers nor null.
            fault.sentence.replacing(", or null for none", with: ", or none").replacing(
                ", or null for ", with: ", or none for "
            )
            .replacing(", in quotes if it is above \(Int.max)", with: "")
        }
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

    /// What a text stands for as the value of a setting: the likeliest form that it can have.
    static func form(of text: String, at path: String) -> CairnJSON {
        let forms = forms(of: text)
        let fitting = forms.first { form in
            var scratch = Settings()
            return (try? catalogue.set(path, to: form, of: &scratch)) != nil
        }
        return fitting ?? forms[0]
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
                // Of a number that is not taken as it is written, the text says more.
                let isRounded = if case .double? = forms.first { form.string != nil } else { false }
                if complaint == nil || isRounded {
                    complaint = error.all.map { "\(option): \(words($0))" }.joined(separator: "\n")
                }
            }
        }
        throw UsageError(complaint ?? "\(option): expected a value")
    }
}
