import ArgumentParser

/// Where the executable begins.
@main
enum Entry {
    /// What ends the server; there is none before the executable runs.
    @TaskLocal static var signals: Signals?

    static func main() {
        Signals.run { signals in
            var arguments = Array(CommandLine.arguments.dropFirst())
            // "cairn help settings WORD" looks for settings, as "cairn settings WORD" does.
            if arguments.starts(with: ["help", "settings"]), arguments.count > 2 { arguments.removeFirst() }
            await $signals.withValue(signals) { await CairnCommand.main(arguments) }
        }
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
              cairn help serve               all options
              cairn help settings            all settings
            """,
        version: "0.1.0",
        subcommands: [Serve.self, SettingsCommand.self], defaultSubcommand: Serve.self)
}
