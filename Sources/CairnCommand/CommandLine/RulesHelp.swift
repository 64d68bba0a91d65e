import CairnModel

/// What `cairn help rules` prints: the vocabulary of rules, of what their reader knows.
enum RulesHelp {
    /// A heading and what stands below it: a member, what it can be and means, and a rule that has it.
    struct Section {
        let title: String
        let entries: [(name: String, text: String, example: String?)]
    }

    static let introduction = """
        A rule makes the CA do something to requests and answers: "cairn serve --rules FILE" has rules from the start, and \
        "cairn ctl rules add JSON" adds one to a server that runs. A file is an array of rules, or a rule. With "cairn serve \
        --rules NAME=FILE" the rules are for the clients alone whose directory is /with/NAME/dir.

        A time is a number of seconds, or a text such as "90s" or "1h 30min" (\(Duration.units)). In a pattern * stands for any \
        text.
        """

    static let sections: [Section] = {
        let members = RuleGrammar.members.filter { $0.value != "read only" }
        let rule = members.filter { ["rule", "do"].contains($0.object) }
        let endpoints = ACMEEndpoint.known.map(\.rawValue).joined(separator: ", ")
        let actions = members.filter { $0.object == $0.name }
        var sections = [
            Section(title: "A rule", entries: rule.map(entry)),
            Section(title: "Endpoints, for \"at\"", entries: [(endpoints, "", nil)]),
            Section(title: "Conditions, in \"when\"", entries: members.filter { $0.object == "when" }.map(entry)),
            Section(
                title: "Actions, in \"do\"",
                entries: actions.flatMap { action in
                    [entry(action)]
                        + members.filter { $0.object == action.name && $0.name != action.name }.map { member in
                            ("\(action.name), \(member.name)", "\(member.value): \(member.meaning)", member.example)
                        }
                }),
        ]
        let told = Set(["rule", "do", "when", "file"] + actions.map(\.name))
        let rest = members.filter { !told.contains($0.object) }
        sections.append(
            Section(
                title: "Values", entries: rest.map { ("\($0.object), \($0.name)", "\($0.value): \($0.meaning)", nil) }))
        return sections
    }()

    /// For a terminal.
    static var text: String {
        let parts = sections.map { section in
            let entries = section.entries.map { entry in
                let head = SettingsText.wrap(entry.name, indent: 2)
                let text = SettingsText.wrap(entry.text.withoutTicks, indent: 8)
                return (head + text + (entry.example.map { ["        \($0)"] } ?? [])).joined(separator: "\n")
            }
            return "\(section.title):\n" + entries.joined(separator: "\n")
        }
        let paragraphs = introduction.split(separator: "\n").map { line in
            SettingsText.wrap(String(line), indent: 0).joined(separator: "\n")
        }
        return (paragraphs + parts).joined(separator: "\n\n")
    }

    private static func entry(_ member: RuleGrammar.Member) -> (name: String, text: String, example: String?) {
        (member.name, "\(member.value): \(member.meaning)", member.example)
    }
}
