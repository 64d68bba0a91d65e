import CairnManagement
import CairnModel

/// What `cairn ctl help` prints.
enum CtlHelp {
    /// All commands that begin with some words, each with what it does.
    static func text(_ words: [String]) throws(UsageError) -> String {
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
    ///   - typed: the words that stand before, without the name of the command.
    ///   - prefix: what there is already of the word.
    static func words(after typed: [String], _ prefix: String) -> [String] {
        let typed = typed.filter { !$0.hasPrefix("-") }
        var offered: [String] = []
        for command in ManagementCommand.all {
            let next: [String] =
                if command.words.count > typed.count, command.words.starts(with: typed) {
                    [command.words[typed.count]]
                } else if typed.starts(with: command.words), prefix.hasPrefix("-") {
                    command.options.map { "--\(ManagementCommand.typed($0.name))" } + ["--json"]
                        + (command.isFollowed ? ["--follow"] : [])
                } else {
                    []
                }
            for word in next where word.hasPrefix(prefix) && !offered.contains(word) { offered.append(word) }
        }
        return offered
    }
}
