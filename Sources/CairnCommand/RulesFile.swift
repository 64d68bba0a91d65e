import Cairn
import CairnModel

/// A file of rules, as `--rules` names it: `FILE` for all requests, `NAME=FILE` for the clients that choose them by their URL.
struct RulesFile {
    let path: String
    /// What `/with/NAME/dir` calls it; `nil` for rules that hold everywhere.
    let name: String?
    let rules: [CairnRule]

    init(_ text: String) throws(SettingsError) {
        if let equals = text.firstIndex(of: "="), equals > text.startIndex {
            (name, path) = (String(text[..<equals]), String(text[text.index(after: equals)...]))
        } else {
            (name, path) = (nil, text)
        }
        let bytes = try readFile(path)
        let lines = JSONLines(bytes)
        let json: CairnJSON
        do { json = try CairnJSON(parsing: bytes) } catch {
            let (line, column) = lines.place(ofByte: error.offset)
            throw SettingsError("\(path):\(line):\(column): \(error)")
        }
        let (rules, faults) = CairnRule.read(json)
        guard faults.isEmpty else {
            throw SettingsError(
                faults.map { [path] fault in
                    let line = CairnJSONPointer(fault.pointer).flatMap { lines.line(of: $0, in: json) }
                    return "\(path):\(line ?? 1): \(fault)"
                })
        }
        self.rules = rules
    }

    /// Has a CA start with the rules.
    ///
    /// - Parameter configuration: has to say already how the CA listens.
    func apply(to configuration: inout TestCA.Configuration) throws(SettingsError) {
        do { try configuration.check(rules) } catch { throw SettingsError("\(path): \(error)") }
        if let name { configuration.rulesets[name] = rules } else { configuration.rules += rules }
    }
}
