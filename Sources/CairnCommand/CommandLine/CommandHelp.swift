/// What is told of commands on a terminal.
enum CommandHelp {
    /// Of the executable as a whole.
    static var overview: String {
        let width = CairnCommand.forms.map(\.name.utf8.count).max() ?? 0
        let commands = CairnCommand.forms.map { form in
            let gap = String(repeating: " ", count: width - form.name.utf8.count + 2)
            return SettingsText.wrap("  \(form.name)\(gap)", form.summary, indent: width + 4)
        }
        return page([
            CairnCommand.summary, "Usage: cairn [COMMAND] [OPTION]...", paragraphs(CairnCommand.discussion),
            "Commands:\n\(commands.joined(separator: "\n"))",
            "Options:\n" + entry("--version", "Print the version.") + "\n"
                + entry("--help", "Print this, or what a command does."),
        ])
    }

    /// Of one command.
    static func text(_ form: CommandForm) -> String {
        var parts = [form.summary, "Usage: \(form.usage)", paragraphs(form.discussion)]
        if let argument = form.argument { parts.append("Argument:\n" + entry(argument.name, argument.summary)) }
        for group in groups(of: form) {
            parts.append(
                "\(group.title):\n" + group.options.map { entry($0.usage, $0.summary) }.joined(separator: "\n"))
        }
        return page(parts)
    }

    /// The options of a command under their headings.
    static func groups(of form: CommandForm) -> [(title: String, options: [CommandOption])] {
        var groups: [(title: String, options: [CommandOption])] = []
        for option in form.options {
            if groups.last?.title == option.group {
                groups[groups.count - 1].options.append(option)
            } else {
                groups.append((option.group, [option]))
            }
        }
        return groups
    }

    private static func entry(_ head: String, _ text: String) -> String {
        (["  \(head)"] + SettingsText.wrap(text, indent: 8)).joined(separator: "\n")
    }

    private static func page(_ parts: [String]) -> String {
        parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// Paragraphs for a terminal; lines that begin with spaces stay as they are.
    private static func paragraphs(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.flatMap { line in
            line.isEmpty || line.hasPrefix(" ") ? [String(line)] : SettingsText.wrap(String(line), indent: 0)
        }.joined(separator: "\n")
    }
}
