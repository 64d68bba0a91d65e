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
            throw UsageError("no command of ctl begins with \(words.joined(separator: " ").quoted)")
        }
        return commands.map { command in
            let usage = SettingsText.wrap("cairn ctl \(command.usage)", indent: 8).joined(separator: "\n")
            let summary = SettingsText.wrap(command.summary, indent: 4).joined(separator: "\n")
            return "\(usage.dropFirst(8))\n\(summary)"
        }.joined(separator: "\n")
    }
}

/// What a shell offers to complete a line of `cairn ctl` with.
enum CtlCompletion {
    /// - Parameters:
    ///   - typed: what stands before, without the name of the command.
    ///   - prefix: what there is already of the word.
    static func words(after typed: [String], _ prefix: String) -> [String] {
        guard let words = Self.words(in: typed) else { return [] }
        if words.first == "help" { return commands(after: Array(words.dropFirst()), prefix) }
        let reached = ManagementCommand.all.filter { words.starts(with: $0.words) }
        if prefix.hasPrefix("-") {
            let own = reached.flatMap(\.options).map { ManagementCommand.typed($0.name) }
            let general = Ctl.form.options.map(\.name).filter {
                $0 != "follow" || reached.contains(where: \.isFollowed)
            }
            return unique((own + general + ["help"]).map { "--\($0)" }, prefix)
        }
        let names = reached.compactMap { command -> [String]? in
            let given = words.count - command.words.count
            return command.arguments.indices.contains(given)
                ? candidates(for: command.arguments[given], of: command) : nil
        }
        let begun = commands(after: words, prefix) + (words.isEmpty && "help".hasPrefix(prefix) ? ["help"] : [])
        return begun + unique(names.flatMap(\.self), prefix)
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

    /// The words that can come next in a command.
    private static func commands(after words: [String], _ prefix: String) -> [String] {
        unique(
            ManagementCommand.all.filter { $0.words.count > words.count && $0.words.starts(with: words) }
                .map { $0.words[words.count] }, prefix)
    }

    /// What can stand for a name in the path of a command, as far as that is known without asking a server.
    private static func candidates(for argument: String, of command: ManagementCommand) -> [String] {
        switch (command.words[0], argument) {
        case ("settings", "path"):
            let isRead = command.method == "GET"
            return Settings.catalogue.settings.filter { isRead || $0.isLive }.map(\.path)
        case ("presets", "name"): return CairnPreset.all.map(\.name)
        default: return []
        }
    }

    private static func unique(_ words: [String], _ prefix: String) -> [String] {
        words.reduce(into: []) { if $1.hasPrefix(prefix), !$0.contains($1) { $0.append($1) } }
    }
}
