import CCairnBuild
import Cairn
import CairnModel

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where the executable begins.
@main
enum Entry {
    /// What ends the server; there is none before the executable runs.
    @TaskLocal static var signals: Signals?

    static func main() {
        Signals.run { signals in
            guard let line = Arguments.all else {
                writeError("cairn: cannot read the command line: there is no /proc/self/cmdline; mount /proc")
                leave(1)
            }
            let status = await $signals.withValue(signals) { await CairnCommand.run(CairnCommand.words(of: line)) }
            leave(status)
        }
    }
}

/// The executable `cairn`: which commands it has.
enum CairnCommand {
    static let summary = "An ACME certificate authority for tests."

    static let discussion = """
        Cairn issues certificates to ACME clients (RFC 8555) on this machine, so that clients can be tested without a \
        real certificate authority. Names are resolved by a fake DNS of its own: by default every name is at 127.0.0.1. \
        Nothing is kept when it ends, and nothing leaves the machine unless you say so.

        Run it, wait for the line that names the directory, and point a client at it. Ctrl-C ends it; a second one at once.

        The root that clients must trust to connect is written to cairn/root.pem in $XDG_CACHE_HOME or ~/.cache, or else \
        to a new folder in $TMPDIR or /tmp; a line at the start says where.

          cairn                          ports 14000 (ACME), 15000, 8053
          cairn --acme-port 0 --seed 42  a free port; a run to repeat
          cairn --always-valid           no challenge has to be met
          cairn --config cairn.json      settings from a file
          cairn --preset letsEncrypt     as a CA that clients know
          cairn pebble                   in place of Pebble, with its flags and files
          cairn presets                  which CAs and incidents there are
          cairn ctl clock advance 61d    tells a running server what to do
          cairn help serve               all options
          cairn help settings            all settings
          cairn help rules               how to make it misbehave
        """

    static let serve = Serve.form

    /// All commands, in the order of the help; a line that names none is for the first.
    static let forms = [
        serve, Ctl.form, PebbleCommand.form, ChallengeServerCommand.form, SettingsCommand.form, PresetsCommand.form,
        manual,
        completions,
    ]

    static func form(_ name: some StringProtocol) -> CommandForm? { forms.first { $0.name == name } }

    private static let manual = CommandForm(
        name: "man", summary: "Print the manual page.", discussion: "  cairn man > cairn.1; man ./cairn.1")

    private static let completions = CommandForm(
        name: "completions", summary: "Print a script that makes a shell complete commands, options and settings.",
        discussion: """
              source <(cairn completions bash)
              cairn completions zsh > ~/.zfunc/_cairn
              cairn completions fish > ~/.config/fish/completions/cairn.fish
            """,
        argument: CommandForm.Argument(
            name: "SHELL", summary: "bash, zsh or fish.", isOptional: false,
            candidates: { Completion.shells.map { Candidate($0) } }))

    /// The version, and of what commit a released executable was made.
    static let version: String = {
        let commit = String(cString: cairn_build_commit())
        return Version.text + (commit.isEmpty ? "" : " (\(commit))")
    }()

    /// The words of a command line; a link to the executable by the name of a stand-in is for that.
    static func words(of line: [String]) -> [String] {
        let called = line.first?.texts(between: "/").last.map(String.init) ?? ""
        return (standIns.contains { $0.name.isSame(as: called) } ? [called] : []) + line.dropFirst()
    }

    /// The commands that stand in for other programs: each reads its own flags, as they do.
    private static let standIns: [(name: String, flags: GoFlags, run: @Sendable ([String]) async -> Int32)] = [
        (PebbleCommand.name, .pebble, PebbleCommand.run),
        (ChallengeServerCommand.name, .challengeServer, ChallengeServerCommand.run),
    ]

    /// The flags of a command that stands in for another program; `nil` for any other.
    static func flags(of name: String) -> GoFlags? { standIns.first { $0.name == name }?.flags }

    /// Does what a command line says.
    ///
    /// - Returns: the status that the process ends with.
    static func run(_ words: [String]) async -> Int32 {
        if let name = words.first, let standIn = standIns.first(where: { $0.name == name }) {
            return await standIn.run(Array(words.dropFirst()))
        }
        do {
            try await carryOut(words)
            try finishOutput()
            return 0
        } catch let error as UsageError {
            for line in error.description.split(separator: "\n") { writeError("cairn: \(line)") }
            if let command = error.command { writeError("\"cairn help \(command)\" tells more") }
            return UsageError.status
        } catch is ClientsMisbehaved {
            return ClientsMisbehaved.status
        } catch {
            for line in "\(error)".split(separator: "\n") { writeError("cairn: \(line)") }
            return 1
        }
    }

    private static func carryOut(_ words: [String]) async throws {
        let rest = Array(words.dropFirst())
        switch words.first {
        case nil: try await Serve(CommandWords([], of: serve)).run()
        case "--help", "-h": print(CommandHelp.overview)
        case "--version": print("cairn \(version)")
        case "help": try help(rest)
        case "complete":
            print(Completion.offer(Array(rest.first == "--" ? rest.dropFirst() : rest[...])).lines, terminator: "")
        case let word? where word.hasPrefix("-"): try await carryOut(serve, words)
        case let word?:
            try await carryOut(try command(word, among: forms.map(\.name) + ["help", "--version"]), rest)
        }
    }

    private static func carryOut(_ form: CommandForm, _ words: [String]) async throws {
        if form.name == "ctl" { return try await Ctl.run(words) }
        let read = try CommandWords(words, of: form)
        if read.asksForHelp { return print(CommandHelp.text(form)) }
        switch form.name {
        case "settings": try SettingsCommand.run(read)
        case "presets": try PresetsCommand.run(read)
        case "man": print(ManualPage.text)
        case "completions":
            let shell = read.arguments.first ?? ""
            guard let script = Completion.script(for: shell) else {
                throw UsageError("expected bash, zsh or fish, got \(shell.quoted)", of: form.name)
            }
            print(script)
        default: try await Serve(read).run()
        }
    }

    /// The command of a name, or what was meant instead.
    private static func command(_ name: String, among known: [String]) throws(UsageError) -> CommandForm {
        if let form = form(name) { return form }
        let hint = Misspelling.hint(name, among: known)
        throw UsageError("\(name.quoted) is no command\(hint.isEmpty ? "; \"cairn --help\" lists all" : hint)")
    }

    private static func help(_ words: [String]) throws {
        guard let name = words.first, !["help", "--help", "-h"].contains(name) else {
            return print(CommandHelp.overview)
        }
        let rest = Array(words.dropFirst())
        if name == "rules" {
            if let extra = rest.first { throw UsageError("help: expected no \(extra.quoted)") }
            return print(RulesHelp.text)
        }
        let form = try command(name, among: forms.map(\.name) + ["rules"])
        switch name {
        // As "cairn settings WORD" does, since that is what help with settings is.
        case "settings": try SettingsCommand.run(CommandWords(rest, of: form))
        case "ctl" where !rest.isEmpty: print(try CtlHelp.text(rest))
        default:
            if let extra = rest.first { throw UsageError("help: expected no \(extra.quoted)") }
            print(CommandHelp.text(form))
        }
    }
}
