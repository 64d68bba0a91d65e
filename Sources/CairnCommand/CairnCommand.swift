import ArgumentParser

/// The executable `cairn`.
@main
struct CairnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn",
        abstract: "An ACME certificate authority for tests.",
        usage: "cairn [<options>]",
        discussion: """
            Cairn issues certificates to ACME clients (RFC 8555) on this machine, so that clients can be tested without a \
            real certificate authority. Names are resolved by a fake DNS of its own: by default every name is at \
            127.0.0.1. Nothing is kept when it ends, and nothing leaves the machine unless you say so.

            Run it, wait for the line that names the directory, and point a client at it. Ctrl-C ends it.

              cairn                          ports 14000 (ACME), 15000, 8053
              cairn --acme-port 0 --seed 42  a free port; a run to repeat
              cairn --always-valid           no challenge has to be met
              cairn --config cairn.json      settings from a file
              cairn help serve               all options and settings
            """,
        version: "0.1.0",
        subcommands: [Serve.self], defaultSubcommand: Serve.self)
}
