import Cairn
import CairnManagement
import CairnModel

/// What `cairn ctl help` prints.
enum CtlHelp {
    /// All commands that begin with some words, each with what it does.
    static func text(_ words: [String]) throws(UsageError) -> String {
        let words = words.flatMap { $0.split(separator: " ").map(String.init) }
        let commands = ManagementCommand.all.filter { $0.words.starts(with: words) }
        guard !commands.isEmpty else {
            let length = words.count
            let known = ManagementCommand.all.map { $0.words.prefix(length).joined(separator: " ") }
            let typed = words.joined(separator: " ")
            throw UsageError(
                "no command of ctl begins with \(typed.quoted)\(Misspelling.hint(typed, among: known.uniqued))")
        }
        return commands.map { command in
            let usage = SettingsText.wrap("cairn ctl \(command.usage)", indent: 8).joined(separator: "\n")
            var parts = [String(usage.dropFirst(8))] + SettingsText.wrap(command.summary, indent: 4)
            // Of all commands the list is long enough.
            if !words.isEmpty { parts += command.explanations.flatMap { SettingsText.wrap($0, indent: 4) } }
            return parts.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

extension [String] {
    /// Each once, in order.
    fileprivate var uniqued: [String] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}

extension ManagementCommand {
    /// What its words and options can be, a line each.
    var explanations: [String] {
        var lines: [String] = []
        switch body {
        case .value where words == ["settings", "set"]:
            lines.append(
                "VALUE is what the setting expects: \"cairn help settings WORD\" tells. A text need not be quoted.")
        case .value:
            lines.append(
                "VALUE is \(expected.isEmpty ? "any JSON" : expected), in JSON; @FILE or - stands for a file or the "
                    + "standard input.")
        case .texts where isOfRecords:
            lines.append("RECORD is the type and its data, as in a zone file: \"A 127.0.0.1\", \"60 TXT some-text\".")
        case .texts, .none: break
        case .members: if let main { lines.append(Self.typed(main.name).uppercased() + ": " + main.explanation) }
        }
        if path.hasPrefix("/cairn/v1/rule"), method != "GET", method != "DELETE" {
            lines.append("\"cairn help rules\" tells all of rules.")
        }
        for option in options where option.name != main?.name {
            lines.append("--\(Self.typed(option.name)): " + option.explanation)
        }
        return lines.map(\.withoutTicks)
    }
}

extension ManagementCommand.Parameter {
    fileprivate var explanation: String {
        [summary, expected == "a text" ? "" : expected].filter { !$0.isEmpty }.joined(separator: "; ")
    }
}

/// What a shell offers to complete a line of `cairn ctl` with.
enum CtlCompletion {
    /// - Parameters:
    ///   - typed: what stands before, without the name of the command.
    ///   - prefix: what there is already of the word.
    static func words(after typed: [String], _ prefix: String) -> [Candidate] {
        guard let words = Self.words(in: typed) else { return [] }
        if words.first == "help" { return commands(after: Array(words.dropFirst()), prefix) }
        let reached = ManagementCommand.all.filter { words.starts(with: $0.words) }
        if prefix.hasPrefix("-") {
            let own = reached.flatMap(\.options).map { Candidate("--\(ManagementCommand.typed($0.name))", $0.summary) }
            let general = Ctl.form.options.filter {
                $0.name != "follow" || reached.contains(where: \.isFollowed)
            }.map { Candidate("--\($0.name)", $0.summary) }
            return unique(own + general + [Candidate("--help", "Print what a command does.")], prefix)
        }
        let names = reached.compactMap { command -> [Candidate]? in
            let given = words.count - command.words.count
            return command.arguments.indices.contains(given)
                ? candidates(for: command.arguments[given], of: command) : nil
        }
        let help = words.isEmpty ? unique([Candidate("help", "Print what commands do.")], prefix) : []
        return commands(after: words, prefix) + help + unique(names.flatMap(\.self), prefix)
    }

    /// The words of a line without its options; `nil` where the value of an option comes next.
    private static func words(in typed: [String]) -> [String]? {
        let flags = Ctl.form.options.compactMap { option in
            if case .none = option.value { "--\(option.name)" } else { nil }
        }
        var words: [String] = []
        var rest = typed[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                words.append(word)
                continue
            }
            let isAlone = word.contains("=") || flags.contains(word) || word == "--help" || !word.hasPrefix("--")
            if !isAlone, rest.popFirst() == nil { return nil }
        }
        return words
    }

    /// The words that can come next in a command; one that ends a command with what that does.
    private static func commands(after words: [String], _ prefix: String) -> [Candidate] {
        let next = ManagementCommand.all.filter { $0.words.count > words.count && $0.words.starts(with: words) }
        return unique(
            next.map { command in
                let word = command.words[words.count]
                let same = next.filter { $0.words[words.count] == word }
                return Candidate(word, same.count == 1 ? command.summary.withoutTicks : "")
            }, prefix)
    }

    /// What can stand for a name in the path of a command, as far as that is known without asking a server.
    private static func candidates(for argument: String, of command: ManagementCommand) -> [Candidate] {
        switch (command.words[0], argument) {
        case ("settings", "path"):
            let isRead = command.method == "GET"
            return Settings.catalogue.settings.filter { isRead || $0.isLive }.map {
                Candidate($0.path, $0.summary.withoutTicks)
            }
        case ("presets", "name"): return PresetChoice.candidates
        default: return []
        }
    }

    private static func unique(_ candidates: [Candidate], _ prefix: String) -> [Candidate] {
        candidates.reduce(into: []) { found, candidate in
            guard candidate.word.hasPrefix(prefix), !found.contains(where: { $0.word == candidate.word }) else {
                return
            }
            found.append(candidate)
        }
    }
}
