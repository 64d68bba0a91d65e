import ArgumentParser
import Cairn
import Logging

/// Where the executable begins.
@main
enum Entry {
    /// What ends the server; there is none before the executable runs.
    @TaskLocal static var signals: Signals?

    /// The commands that stand in for other programs, by the names of those: each reads its own flags, as they do.
    private static let standIns: [(name: String, run: @Sendable ([String]) async -> Int32)] = [
        ("pebble", PebbleCommand.run)
    ]

    static func main() {
        Signals.run { signals in
            var arguments = Array(CommandLine.arguments.dropFirst())
            await $signals.withValue(signals) {
                if let (run, rest) = standIn(in: CommandLine.arguments) { leave(await run(rest)) }
                // "cairn help settings WORD" looks for settings, as "cairn settings WORD" does.
                if arguments.starts(with: ["help", "settings"]), arguments.count > 2 { arguments.removeFirst() }
                await CairnCommand.main(arguments)
            }
        }
    }

    /// The program that a command line is for, by the name that the executable goes by or by the first argument, and what
    /// follows.
    private static func standIn(in line: [String]) -> (run: @Sendable ([String]) async -> Int32, rest: [String])? {
        let name = line.first.flatMap { $0.split(separator: "/").last }.map(String.init)
        if let found = standIns.first(where: { $0.name == name }) { return (found.run, Array(line.dropFirst())) }
        guard line.count > 1, let found = standIns.first(where: { $0.name == line[1] }) else { return nil }
        return (found.run, Array(line.dropFirst(2)))
    }
}

/// The executable `cairn`.
struct CairnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn",
        abstract: "An ACME certificate authority for tests.",
        usage: "cairn [<options>]",
        discussion: """
            Cairn issues certificates to ACME clients (RFC 8555) on this machine, so that clients can be tested without a \
            real certificate authority. Names are resolved by a fake DNS of its own: by default every name is at \
            127.0.0.1. Nothing is kept when it ends, and nothing leaves the machine unless you say so.

            Run it, wait for the line that names the directory, and point a client at it. Ctrl-C ends it; a second one at \
            once.

            The root that clients must trust to connect is written to cairn/root.pem in $XDG_CACHE_HOME or ~/.cache, or \
            else to a new folder in $TMPDIR or /tmp; a line at the start says where.

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
            """,
        version: "0.1.0",
        subcommands: [Serve.self, Pebble.self, Ctl.self, SettingsCommand.self, PresetsCommand.self],
        defaultSubcommand: Serve.self)
}

/// The journal as lines of a log.
///
/// At `info` each request is a line, with what it takes to follow a client; at `debug` with header fields and payload.
enum JournalLog {
    static func write(_ entry: CairnJournalEntry, to logger: Logger) {
        let level = level(of: entry.event)
        // The words are only put together if somebody reads them.
        guard logger.logLevel <= level else { return }
        logger.log(level: level, "\(words(for: entry, withDetails: logger.logLevel <= .debug))")
    }

    static func level(of event: CairnJournalEvent) -> Logger.Level {
        switch event {
        case .request(let request):
            request.status >= 500 ? .error : request.problem == nil || request.isRefusedAsAsked ? .info : .warning
        case .probe(let probe): probe.problem != nil ? .warning : .info
        case .finding: .warning
        case .issued, .revoked, .agreed, .connection: .info
        case .status: .debug
        }
    }

    /// The line about an entry, without its time and level; requests have the number that findings call them by.
    ///
    /// - Parameter withDetails: whether it has the fields and the payload of a request.
    static func words(for entry: CairnJournalEntry, withDetails: Bool = false) -> String {
        guard let request = entry.request else { return "\(entry.event)" }
        return "#\(request.number) " + (withDetails ? request.debugDescription : request.description)
    }
}
