import Cairn
import CairnModel

/// `cairn presets`: the CAs and incidents that come with Cairn.
enum PresetsCommand {
    static let form = CommandForm(
        name: "presets", summary: "List the presets, or print one.",
        discussion: """
            A preset is a list of settings and rules: a CA as clients met it, or what a CA once did that broke clients. \
            "cairn serve --preset NAME" takes over all of it. With a CA that runs already, the directory /with/NAME/dir \
            has the rules of the preset for the clients that are given it.
            """,
        options: [CommandOption("markdown", "Print the table of the documentation.")],
        argument: CommandForm.Argument(
            name: "NAME", summary: "The preset to print, as JSON.", candidates: { PresetChoice.candidates }))

    static func run(_ words: CommandWords) throws {
        if let name = words.arguments.first, words.has("markdown") {
            throw UsageError(
                "--markdown: expected no name, since it prints all presets, got \(name.quoted)", of: "presets")
        }
        if let name = words.arguments.first {
            print(PresetText.json(of: try PresetChoice.known(name, by: "presets")))
        } else {
            print(words.has("markdown") ? PresetText.table : PresetText.list)
        }
    }
}

/// What `--preset` names: one that comes with Cairn, or a file such as `cairn presets NAME` prints.
enum PresetChoice {
    static var candidates: [Candidate] { CairnPreset.all.map { Candidate($0.name, $0.summary) } }

    static func read(_ text: String) throws -> CairnPreset {
        guard text.contains("/") || text.hasSuffix(".json") else { return try known(text, by: "--preset") }
        let bytes = try readFile(text)
        let json: CairnJSON
        do { json = try CairnJSON(parsing: bytes) } catch {
            let (line, column) = JSONLines(bytes).place(ofByte: error.offset)
            throw SettingsError("\(text):\(line):\(column): \(error)")
        }
        do throws(SettingFault) { return try CairnPreset(json: json) } catch {
            throw SettingsError("\(text): \(error)")
        }
    }

    static func known(_ name: String, by option: String) throws(UsageError) -> CairnPreset {
        if let preset = CairnPreset.named(name) { return preset }
        let hint = NearestName.to(name, among: CairnPreset.all.map(\.name)).map { "; did you mean \($0.quoted)?" } ?? ""
        throw UsageError("\(option): there is no preset \(name.quoted)\(hint)")
    }
}

/// What is told of the presets.
enum PresetText {
    /// A name and a sentence each.
    static var list: String {
        let width = CairnPreset.all.map(\.name.utf8.count).max() ?? 0
        return CairnPreset.all.map { preset in
            let gap = String(repeating: " ", count: width - preset.name.utf8.count + 2)
            return SettingsText.wrap(preset.name + gap, preset.summary, indent: width + 2)
        }.joined(separator: "\n")
    }

    static func json(of preset: CairnPreset) -> String { SettingsText.readable(preset.json) }

    /// The table of the article on presets.
    static var table: String {
        let rows = CairnPreset.all.map { preset in
            let parts = [preset.settings.isEmpty ? nil : "settings", preset.rules.isEmpty ? nil : "rules"]
            let sources = preset.source.map { "<\($0)>" }.joined(separator: ", ")
            return
                "| `\(preset.name)` | \(preset.summary) | \(parts.compactMap(\.self).joined(separator: ", ")) | \(sources) |"
        }
        return (["| name | what the CA does | it has | source |", "|---|---|---|---|"] + rows).joined(separator: "\n")
    }
}
