import Cairn
import CairnModel

/// `cairn settings`: what can be set.
enum SettingsCommand {
    static let form = CommandForm(
        name: "settings", summary: "List the settings of a configuration file.",
        discussion: "\"cairn help settings WORD\" lists them too.",
        options: [
            CommandOption(
                "schema", "Print a JSON Schema, which editors take from the member \"$schema\" of a file."),
            CommandOption("example", "Print a configuration file with every setting."),
            CommandOption("markdown", "Print the table of the README."),
        ],
        argument: CommandForm.Argument(
            name: "WORD", summary: "What to look for, in names and descriptions; without it all are listed.",
            candidates: { Settings.catalogue.settings.map { Candidate($0.path, $0.summary.withoutTicks) } }))

    static func run(_ words: CommandWords) throws {
        let word = words.arguments.first
        let asked = ["schema", "example", "markdown"].filter(words.has).map { "--\($0)" } + words.arguments
        guard asked.count <= 1 else {
            throw UsageError(
                "settings: expected one of --schema, --example, --markdown or a word, got \(asked.joined(separator: " "))",
                of: form.name)
        }
        if words.has("schema") {
            print(SettingsText.schema)
        } else if words.has("example") {
            print(SettingsText.example)
        } else if words.has("markdown") {
            print(SettingsText.table)
        } else if let list = SettingsText.list(word) {
            print(list)
        } else {
            let paths = Settings.catalogue.settings.map(\.path)
            let names = paths.flatMap { path in [path, String(path.split(separator: ".").last ?? "")] }
            let hint = NearestName.to(word ?? "", among: names).map { "; did you mean \($0.quoted)?" } ?? ""
            throw UsageError("no setting has \((word ?? "").quoted) in its name or description\(hint)")
        }
    }
}

/// What is told of the settings.
enum SettingsText {
    private static var outlines: [SettingOutline] {
        Settings.catalogue.outlines(Settings()).flatMap { outline in
            [outline]
                + outline.members.map { member in
                    var member = member
                    member.path = "\(outline.path).\(outline.schema["type"] == "array" ? "[]" : "*").\(member.path)"
                    member.isLive = outline.isLive
                    return member
                }
        }
    }

    /// A JSON Schema of the file (2020-12).
    static var schema: String {
        let schema = Settings.catalogue.schema(default: Settings())
        var properties: CairnJSONObject = [
            "$schema": ["type": "string", "description": "where this schema is, for editors"]
        ]
        for member in schema["properties"]?.object?.members ?? [] { properties[member.name] = member.value }
        var whole: CairnJSONObject = [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A configuration file of Cairn",
        ]
        for member in schema.members { whole[member.name] = member.value }
        whole["properties"] = .object(properties)
        return CairnJSON.object(whole).text(.indented)
    }

    /// A file with every setting: the defaults, and examples of what is not there by default.
    static var example: String {
        readable(.object(Settings.catalogue.example(of: Settings())))
    }

    /// The settings with a word in their names or descriptions, for a terminal; `nil` if there are none.
    static func list(_ word: String?) -> String? {
        let word = word?.lowercased()
        let found = outlines.filter { outline in
            guard let word else { return true }
            return "\(outline.path) \(outline.summary) \(outline.expected)".lowercased().contains(word)
        }
        guard !found.isEmpty else { return nil }
        return found.map { outline in
            var lines = [outline.path] + wrap(outline.summary.withoutTicks, indent: 4)
            if !outline.isSection { lines += wrap("expects \(outline.expected)", indent: 4) }
            var facts: [String] = []
            if let value = defaultText(outline) { facts.append("default: \(value)") }
            if outline.isLive { facts.append("can be changed while it runs") }
            if !facts.isEmpty { lines += wrap(facts.joined(separator: "; "), indent: 4) }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// The table of the README.
    static var table: String {
        let rows = outlines.map { outline in
            let value = defaultText(outline).map { "`\($0)`" } ?? ""
            let expected = outline.isSection ? "" : outline.expected
            return "| `\(outline.path)` | \(value) | \(outline.summary) | \(expected) |"
        }
        return (["| setting | default | what it is | what is expected |", "|---|---|---|---|"] + rows)
            .joined(separator: "\n")
    }

    private static func defaultText(_ outline: SettingOutline) -> String? {
        guard let value = outline.defaultValue else { return nil }
        let text = value.text()
        guard text.utf8.count <= 60 else { return text.hasPrefix("[") ? "[…]" : "…" }
        // A number of seconds is easier to read in its unit.
        if outline.expected.hasPrefix("a time"), let seconds = value.integer, seconds >= 60 {
            return "\(text) (\(Duration.seconds(seconds).text))"
        }
        return text
    }

    /// A text after a heading on its line; further lines are indented.
    static func wrap(_ heading: String, _ text: String, indent: Int) -> String {
        let lines = wrap(text, indent: indent)
        return ([heading + (lines.first ?? "").dropFirst(indent)] + lines.dropFirst()).joined(separator: "\n")
    }

    /// The lines of a text, none longer than a terminal of 80 columns is wide where words allow it.
    static func wrap(_ text: String, indent: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if let last = lines.last, last.count + 1 + word.count <= 79 {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(repeating: " ", count: indent) + word)
            }
        }
        return lines
    }

    /// JSON with what fits into a line on one line.
    static func readable(_ json: CairnJSON, indent: Int = 0) -> String {
        let inner = String(repeating: " ", count: indent + 2)
        let outer = String(repeating: " ", count: indent)
        switch json {
        case .array(let elements) where !elements.isEmpty:
            let texts = elements.map { readable($0, indent: indent + 2) }
            let line = texts.joined(separator: ", ")
            if !line.contains("\n"), line.utf8.count < 100 { return "[\(line)]" }
            return "[\n" + texts.map { inner + $0 }.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let object) where !object.isEmpty:
            let lines = object.members.map { member in
                "\(inner)\(CairnJSON.string(member.name).text()): \(readable(member.value, indent: indent + 2))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        default: return json.text()
        }
    }
}

extension String {
    var withoutTicks: String { split(separator: "`", omittingEmptySubsequences: false).joined() }
}
