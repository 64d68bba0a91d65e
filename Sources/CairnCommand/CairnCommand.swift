import ArgumentParser
import Cairn
import CairnModel
import Logging

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
            var arguments = Array(CommandLine.arguments.dropFirst())
            if let status = await $signals.withValue(signals, operation: { await challengeServer() }) { exit(status) }
            // "cairn help settings WORD" looks for settings, as "cairn settings WORD" does.
            if arguments.starts(with: ["help", "settings"]), arguments.count > 2 { arguments.removeFirst() }
            await $signals.withValue(signals) { await CairnCommand.main(arguments) }
        }
    }

    /// Runs `pebble-challtestsrv`, where that is what the executable is called, or its first argument.
    ///
    /// - Returns: the exit status; `nil` where something else is wanted.
    private static func challengeServer() async -> Int32? {
        let (name, arguments) = (CommandLine.arguments.first ?? "", CommandLine.arguments.dropFirst())
        let called = ChallengeServerCommand.name
        if (name.texts(between: "/").last ?? "").isSame(as: called) {
            return await ChallengeServerCommand.run(Array(arguments))
        }
        guard arguments.first?.isSame(as: called) == true else { return nil }
        return await ChallengeServerCommand.run(Array(arguments.dropFirst()))
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
              cairn presets                  which CAs and incidents there are
              cairn ctl clock advance 61d    tells a running server what to do
              cairn pebble-challtestsrv      as the server of that name, with its flags
              cairn help serve               all options
              cairn help settings            all settings
            """,
        version: "0.1.0",
        subcommands: [Serve.self, Ctl.self, SettingsCommand.self, PresetsCommand.self], defaultSubcommand: Serve.self)
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
