import ArgumentParser

/// The executable `cairn`.
@main
struct CairnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn",
        abstract: "An ACME certificate authority for tests.",
        discussion: """
            Cairn issues certificates to ACME clients (RFC 8555) on this machine, so that clients can be tested without a \
            real certificate authority. Names are resolved by a fake DNS of its own: by default every name is at \
            127.0.0.1. Nothing is kept when it ends, and nothing ever leaves the machine.

            Run `cairn`, wait for the line that names the directory, and point a client at it.
            """,
        version: "0.1.0",
        subcommands: [Serve.self], defaultSubcommand: Serve.self)
}
