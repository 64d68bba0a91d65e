import CairnManagement
import CairnModel
import CairnTransport

/// What was typed after `cairn ctl`, sorted into words and options.
struct CtlLine {
    /// Everything that is no option.
    var words: [String] = []
    /// Options with a value, by the names that were typed.
    var options: [(name: String, value: String)] = []
    var flags: Set<String> = []
    var url: String?
    var cacert: String?

    private static let flagNames: Set<String> = ["json", "follow", "insecure", "help"]

    init(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                return
            }
            if argument == "-h" { flags.insert("help") }
            guard argument.hasPrefix("--") else {
                if argument != "-h" { words.append(argument) }
                continue
            }
            let equals = argument.firstIndex(of: "=")
            let name = String(argument[..<(equals ?? argument.endIndex)].dropFirst(2))
            if Self.flagNames.contains(name), equals == nil {
                flags.insert(name)
                continue
            }
            guard let value = equals.map({ String(argument[argument.index(after: $0)...]) }) ?? rest.popFirst() else {
                let known = Set(ManagementCommand.all.flatMap(\.options).map { ManagementCommand.typed($0.name) })
                guard known.contains(name) || name == "url" || name == "cacert" else {
                    throw UsageError(
                        "\"--\(name)\" is no option of ctl"
                            + Misspelling.hint("--\(name)", among: Ctl.form.options.map { "--\($0.name)" }), of: "ctl")
                }
                throw UsageError("--\(name): expected a value", of: "ctl")
            }
            func once(_ before: String?) throws(UsageError) {
                guard let before else { return }
                throw UsageError(
                    "--\(name): expected it once, got it twice, with \(before.quoted) and \(value.quoted)", of: "ctl")
            }
            switch name {
            case "url":
                try once(url)
                url = value
            case "cacert":
                try once(cacert)
                cacert = value
            default: options.append((name, value))
            }
        }
    }
}

/// A command with everything that it needs.
struct CtlInvocation {
    let line: CtlLine
    let request: ManagementClient.Request
    /// Whether it goes on with what happens.
    let isFollowing: Bool
    private let isDocument: Bool
    var printsJSON: Bool { isDocument || line.flags.contains("json") }

    init(_ line: CtlLine) throws {
        self.line = line
        let (command, rest) = try Self.command(line.words, options: line.options.map(\.name))
        isFollowing = line.flags.contains("follow")
        isDocument = command.isDocument
        guard !isFollowing || command.isFollowed else {
            throw UsageError("--follow: expected journal, got \(command.words.joined(separator: " "))", of: "ctl")
        }
        var path = command.path
        for (name, value) in zip(command.arguments, rest) {
            guard let place = path.firstRange(of: "{\(name)}") else { continue }
            path.replaceSubrange(place, with: PercentEncoding.encode(value))
        }
        var (query, members): ([String], [(ManagementCommand.Parameter, String)]) = ([], [])
        for (index, (name, value)) in line.options.enumerated() {
            if let before = line.options[..<index].last(where: { $0.name == name }) {
                throw UsageError(
                    "--\(name): expected it once, got it twice, with \(before.value.quoted) and \(value.quoted)")
            }
            if let parameter = command.query.first(where: { $0.isCalled(name) }) {
                query.append("\(parameter.name)=\(PercentEncoding.encode(value))")
            } else if case .members(let known) = command.body, let member = known.first(where: { $0.isCalled(name) }) {
                members.append((member, value))
            } else {
                throw Self.unknown(name, for: command)
            }
        }
        if !query.isEmpty { path += "?" + query.joined(separator: "&") }
        var request = ManagementClient.Request(command.method, path)
        if isFollowing { request.accept = "text/event-stream" }
        let words = Array(rest.dropFirst(command.arguments.count))
        if var json = try command.json(of: words, members) {
            // Here it is known what the setting expects, so that a text need not be quoted even where it looks like a number.
            if command.words == ["settings", "set"], let path = rest.first, let word = words.first, json.isScalar {
                json = Settings.form(of: word, at: path)
            }
            request.body = json.serialized()
        }
        self.request = request
    }

    private static let firstWords = ManagementCommand.all.map { $0.words[0] }.reduce(into: [String]()) {
        if !$0.contains($1) { $0.append($1) }
    }

    private static func unknown(_ name: String, for command: ManagementCommand) -> UsageError {
        let known = command.options.map { ManagementCommand.typed($0.name) }
        let hint =
            NearestName.to(name, among: known).map { "; did you mean \"--\($0)\"?" }
            ?? (known.isEmpty ? "" : "; expected \(known.map { "--\($0)" }.joined(separator: ", "))")
        return UsageError("\"--\(name)\" is no option of \(command.words.joined(separator: " "))\(hint)")
    }

    /// The command that words begin with, and the words that follow it.
    ///
    /// - Parameter options: the names of those that were typed.
    private static func command(
        _ words: [String], options: [String]
    ) throws(UsageError) -> (ManagementCommand, [String]) {
        var (found, length): ([ManagementCommand], Int) = ([], 0)
        for command in ManagementCommand.all {
            for form in command.forms where words.starts(with: form) && form.count >= length {
                if form.count > length { found = [] }
                found.append(command)
                length = form.count
            }
        }
        let rest = Array(words.dropFirst(length))
        if let command = found.first(where: { $0.takes(rest.count, options: options) }) { return (command, rest) }
        let begun = ManagementCommand.all.filter { $0.words.first == words.first }
        guard let first = words.first, !begun.isEmpty else {
            let hint = Misspelling.hint(words.first ?? "", among: Self.firstWords)
            throw UsageError(
                "\((words.first ?? "").quoted) is no command of ctl"
                    + (hint.isEmpty ? "; \"cairn ctl help\" lists all" : hint))
        }
        let next = begun.compactMap { $0.words.count > 1 ? $0.words[1] : nil }
        if words.count > 1, !next.contains(words[1]), let meant = Misspelling.meant(words[1], among: next) {
            let (wrong, right) = ("\(first) \(words[1])", "\(first) \(meant)")
            throw UsageError("\(wrong.quoted) is no command of ctl; did you mean \(right.quoted)?")
        }
        found.removeAll { !words.starts(with: $0.words) }
        let usages = (found.isEmpty ? begun : found).map { "cairn ctl \($0.usage)" }
        guard usages.count > 1 else { throw UsageError("expected \(usages[0])") }
        throw UsageError((["expected one of"] + usages.map { "  \($0)" }).joined(separator: "\n"))
    }
}

extension CairnJSON {
    /// Whether it is neither an object nor an array.
    fileprivate var isScalar: Bool { object == nil && array == nil }

    /// Whether a word of a command line is meant to be neither JSON nor the place of it.
    fileprivate static func isBare(_ word: String) -> Bool {
        word != "-" && !word.hasPrefix("@") && !word.hasPrefix("\"")
    }
}

extension ManagementCommand.Parameter {
    func isCalled(_ typed: String) -> Bool {
        name.isSame(as: typed) || ManagementCommand.typed(name).isSame(as: typed)
    }
}

extension ManagementCommand {
    /// The words for it; where it shows something without being told what, the last is understood.
    var forms: [[String]] {
        let isUnderstood = arguments.isEmpty && words.count > 1 && ["show", "list"].contains(words[words.count - 1])
        return isUnderstood ? [words, words.dropLast()] : [words]
    }

    /// Whether so many words can follow, with options of these names; the member that needs none can have one.
    func takes(_ count: Int, options: [String]) -> Bool {
        let isMainNamed = main.map { main in options.contains { main.isCalled($0) } } ?? false
        return isMainNamed ? count == arguments.count : bodyWords.contains(count - arguments.count)
    }

    var options: [Parameter] {
        if case .members(let members) = body { query + members } else { query }
    }

    /// How it is typed: `dns set NAME RECORD... [--perspective VALUE]`.
    var usage: String { ([briefUsage] + optionUsages).joined(separator: " ") }

    /// How it is typed without its options.
    var briefUsage: String {
        var parts = words + arguments.map { Self.typed($0).uppercased() }
        let content: String? =
            switch body {
            case .none: nil
            case .members: main.map { Self.typed($0.name).uppercased() + ($0.isList ? "..." : "") }
            case .texts: isOfRecords ? "RECORD..." : "TEXT..."
            case .value: "VALUE"
            }
        if let content { parts.append(isBodyOptional ? "[\(content)]" : content) }
        return parts.joined(separator: " ")
    }

    /// How its options are typed.
    var optionUsages: [String] {
        options.filter { $0.name != main?.name }.map { option in
            let text = "--\(Self.typed(option.name)) VALUE"
            return option.isRequired ? text : "[\(text)]"
        } + (isFollowed ? ["[--follow]"] : [])
    }

    /// Whether its texts are DNS records, of which one need not be quoted.
    var isOfRecords: Bool { path.contains("/dns/records/") }

    /// The body that words and options make.
    fileprivate func json(
        of words: [String], _ members: [(Parameter, String)]
    ) throws(SettingsError) -> CairnJSON? {
        switch body {
        case .none: return nil
        case .value:
            return try words.first.map { word throws(SettingsError) in
                let json = try Self.value(word)
                guard !takesText, json.string != nil, CairnJSON.isBare(word) else { return json }
                throw SettingsError(
                    "expected \(expected), in JSON, in @FILE, or - for the standard input, got \(word.quoted)")
            }
        case .texts:
            if isOfRecords, words.count > 1, !words.contains(where: { $0.contains(" ") }) {
                return [.string(words.joined(separator: " "))]
            }
            return .array(words.map(CairnJSON.string))
        case .members(let known):
            let (main, word) = (main, words.first)
            if let word, main == nil || word.hasPrefix("{") || word.hasPrefix("@") || word == "-" {
                let json = try Self.value(word)
                // What has none of the members is the value of one.
                let isWhole = json.object?.names.allSatisfy { name in known.contains { $0.name == name } } ?? false
                if main == nil || isWhole { return json }
            }
            var object = CairnJSONObject()
            if let main, let word {
                object[main.name] =
                    main.isList
                    ? .array(words.map(CairnJSON.string)) : main.isText ? .string(word) : try Self.value(word)
            }
            for (member, text) in members {
                let value = member.isText ? .string(text) : try Self.value(text)
                // One of a list need not be written as a list.
                object[member.name] = member.isList && value.array == nil ? [value] : value
            }
            return object.isEmpty && isBodyOptional ? nil : .object(object)
        }
    }

    /// JSON, or a text that need not be quoted; `@FILE` and `-` stand for what is there.
    private static func value(_ word: String) throws(SettingsError) -> CairnJSON {
        var bytes = Array(word.utf8)
        var place = "the argument"
        if word == "-" {
            (bytes, place) = (try readFile("/dev/stdin"), "the standard input")
        } else if word.hasPrefix("@") {
            place = String(word.dropFirst())
            bytes = try readFile(place)
        }
        do { return try CairnJSON(parsing: bytes) } catch {
            let isMeant = bytes.first.map { [UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\"")].contains($0) }
            guard place == "the argument", isMeant == false else {
                let (line, column) = JSONLines(bytes).place(ofByte: error.offset)
                throw SettingsError("\(place):\(line):\(column): \(error)")
            }
            return .string(word)
        }
    }
}
