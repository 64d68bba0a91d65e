import CairnModel

/// A command line that cannot be understood.
struct UsageError: Error, CustomStringConvertible {
    /// The status that the process ends with (`EX_USAGE` of `sysexits.h`).
    static let status: Int32 = 64

    let description: String
    /// The command whose help tells more.
    var command: String?

    init(_ description: String, of command: String? = nil) {
        (self.description, self.command) = (description, command)
    }
}

/// What somebody may have meant who typed a word that is not known.
enum Misspelling {
    /// The known word that is nearest, or else the only one that the word begins, as the end of a sentence; empty if there is none.
    static func hint(_ word: String, among known: [String]) -> String {
        meant(word, among: known).map { "; did you mean \($0.quoted)?" } ?? ""
    }

    static func meant(_ word: String, among known: [String]) -> String? {
        // What other programs call it.
        if word == "-V" || word == "version", known.contains("--version") { return "--version" }
        if word == "--verbose", known.contains("--log-level") { return "--log-level" }
        let begun = known.filter { word.utf8.count > 2 && $0.hasPrefix(word) }
        if begun.count == 1 { return begun[0] }
        return NearestName.to(word, among: known) ?? begun.first
    }
}

/// What was typed after the name of a command.
struct CommandWords: Sendable {
    private var values: [String: [String]] = [:]
    /// The words that are no options.
    private(set) var arguments: [String] = []
    /// Whether help was asked for; then nothing else counts.
    private(set) var asksForHelp = false

    /// Reads words as a command has them.
    ///
    /// A value follows as the next word, whatever that begins with, or behind `=`. A value that can be left out is taken from
    /// the next word unless that is an option. `--` ends the options.
    init(_ words: some Sequence<String>, of form: CommandForm) throws(UsageError) {
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            if word == "--" {
                arguments += rest
                break
            }
            if word == "--help" || word == "-h" {
                asksForHelp = true
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                arguments.append(word)
                continue
            }
            let equals = word.firstIndex(of: "=")
            let name = word[..<(equals ?? word.endIndex)]
            let attached = equals.map { String(word[word.index(after: $0)...]) }
            guard name.hasPrefix("--"), let option = form[option: name.dropFirst(2)] else {
                throw Self.unknown(String(name), of: form)
            }
            switch option.value {
            case .none:
                guard attached == nil else { throw UsageError("\(name): expected no value", of: form.name) }
                values[option.name] = [""]
            case .required(let what):
                guard let value = attached ?? rest.popFirst() else {
                    throw UsageError("\(name): expected a value, \(what)", of: form.name)
                }
                try give(value, to: option, of: form)
            case .optional(_, let alone):
                let next = rest.first.flatMap { $0.hasPrefix("-") ? nil : $0 }
                if attached == nil, next != nil { rest.removeFirst() }
                try give(attached ?? next ?? alone, to: option, of: form)
            }
        }
        if let extra = form.argument == nil ? arguments.first : arguments.dropFirst().first {
            let isCommand = CairnCommand.form(extra) != nil
            throw UsageError(
                isCommand
                    ? "\(extra.quoted) is a command, which comes before all options: cairn \(extra) …"
                    : "\(form.name): expected no \(extra.quoted)", of: form.name)
        }
        if let argument = form.argument, !argument.isOptional, arguments.isEmpty {
            throw UsageError("\(form.name): expected \(argument.name)", of: form.name)
        }
    }

    private mutating func give(
        _ value: String, to option: CommandOption, of form: CommandForm
    ) throws(UsageError) {
        if !option.isRepeated, let first = values[option.name]?.last {
            throw UsageError(
                "--\(option.name): expected it once, got it twice, with \(first.quoted) and \(value.quoted)",
                of: form.name)
        }
        values[option.name, default: []].append(value)
    }

    private static func unknown(_ name: String, of form: CommandForm) -> UsageError {
        if name == "--version" { return UsageError("--version: expected it alone: cairn --version", of: form.name) }
        let known = form.options.map { "--\($0.name)" } + ["--help"] + (form.name == "serve" ? ["--version"] : [])
        let hint = Misspelling.hint(name, among: known)
        return UsageError("\(name.quoted) is no option of \(form.name)\(hint)", of: form.name)
    }

    /// Whether an option was given.
    func has(_ name: String) -> Bool { values[name] != nil }
    /// The value of an option that was given.
    subscript(_ name: String) -> String? { values[name]?.last }
    /// The values of an option that may be given several times.
    func all(_ name: String) -> [String] { values[name] ?? [] }
}
