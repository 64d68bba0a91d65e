import CairnModel

/// A command of the executable: what it takes, and what is told of it.
///
/// How a line is read, the help, the manual page and what a shell completes all follow from these declarations.
struct CommandForm: Sendable {
    let name: String
    /// What it does, in a sentence.
    let summary: String
    /// More about it: paragraphs with an empty line between; lines that begin with spaces stay as they are.
    var discussion = ""
    var options: [CommandOption] = []
    /// What it takes besides options; `nil` for nothing.
    var argument: Argument?

    /// Words that are no options.
    struct Argument: Sendable {
        /// How the help calls it.
        let name: String
        let summary: String
        /// Whether it can be left out.
        var isOptional = true
        /// The words that a shell offers.
        var candidates: @Sendable () -> [Candidate] = { [] }
    }

    subscript(option name: some StringProtocol) -> CommandOption? { options.first { $0.name == name } }

    /// The line that the help shows.
    var usage: String {
        var parts = ["cairn", name]
        if !options.isEmpty { parts.append("[OPTION]...") }
        if let argument { parts.append(argument.isOptional ? "[\(argument.name)]" : argument.name) }
        return parts.joined(separator: " ")
    }
}

/// An option of a command, typed with two dashes.
struct CommandOption: Sendable {
    /// What follows it.
    enum Value: Sendable {
        /// Nothing.
        case none
        /// A value, by the name that the help has for it.
        case required(String)
        /// A value, or nothing, which stands for `alone`.
        case optional(String, alone: String)
    }

    /// The name, without its dashes.
    let name: String
    let value: Value
    /// Whether it may be given several times, of which each counts.
    let isRepeated: Bool
    /// The setting that it sets; `nil` for one that does something else.
    let setting: String?
    /// The heading that it stands under.
    let group: String
    /// The words that a shell offers for the value, besides what ``Value`` says.
    let candidates: @Sendable () -> [Candidate]
    private let text: String?

    init(
        _ name: String, _ value: Value, isRepeated: Bool = false, setting: String? = nil,
        group: String = "Options",
        candidates: @escaping @Sendable () -> [Candidate] = { [] }, _ text: String? = nil
    ) {
        (self.name, self.value, self.isRepeated, self.setting) = (name, value, isRepeated, setting)
        (self.group, self.candidates, self.text) = (group, candidates, text)
    }

    /// One that no value follows.
    init(_ name: String, group: String = "Options", _ text: String) {
        self.init(name, .none, group: group, candidates: { [] }, text)
    }

    /// Whether a value can follow.
    var hasValue: Bool { if case .none = value { false } else { true } }
    /// Whether the value is, or ends in, the path of a file.
    var takesFile: Bool { if case .required(let value) = value { value.hasSuffix("FILE") } else { false } }
    /// Whether a value has to follow.
    var needsValue: Bool { if case .required = value { true } else { false } }

    /// How it is typed: `--acme-port PORT`.
    var usage: String {
        switch value {
        case .none: "--\(name)"
        case .required(let value): "--\(name) \(value)"
        case .optional(let value, _): "--\(name) [\(value)]"
        }
    }

    /// What it does; of an option that is a setting, what is told of the setting, and its default.
    var summary: String {
        var summary = text ?? ""
        if let setting = setting.flatMap({ Settings.catalogue[$0] }) {
            if text == nil { summary = setting.summary.prefix(1).uppercased() + setting.summary.dropFirst() + "." }
            summary += isRepeated ? " May be given several times." : ""
            let value: String =
                switch setting.get(Settings()) {
                case nil, .null: "none"
                case .string(let text): text
                case .array(let elements): elements.map { $0.string ?? $0.text() }.joined(separator: ", ")
                case let json?: json.text()
                }
            summary += " (default: \(value))"
        } else if isRepeated {
            summary += " May be given several times."
        }
        return summary
    }
}
