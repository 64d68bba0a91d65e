import ArgumentParser
import Cairn
import CairnManagement

/// `cairn serve`, which is what `cairn` alone does.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve ACME, the management API and DNS until interrupted.",
        discussion: """
            Options given here are stronger than the same settings in a configuration file. Port 0 takes a free port; the \
            lines that are printed at the start say which.

            A configuration file is a JSON object with any of these members; times are in seconds:

              seed  logLevel  origin  threads  personality
              acme: addresses  port
              management: enabled  addresses  port
              dns: enabled  addresses  port  defaultIPv4  defaultIPv6
              tls: certificate  key  root
              validation: httpPort  tlsPort  timeout  redirectLimit  alwaysValid
              authority: name  rootKey  intermediateKey  issuerURLBase
                roots  chainLength  chains
                profiles: name  description  validity  backdate  includesCommonName
              policy: termsOfService  termsVersion  maximumIdentifiers  ordersPerPage  retryAfter
                orderLifetime  pendingAuthorizationLifetime
                validAuthorizationLifetime
                externalAccountBinding
                externalAccountKeys: identifier  macKey  singleUse
            """)

    @OptionGroup(title: "Listening") var listening: ListeningOptions
    @OptionGroup(title: "Validation") var validation: ValidationOptions
    @OptionGroup(title: "Identity of the server") var identity: IdentityOptions

    @Option(help: "A JSON file with settings.")
    var config: String?

    @Option(help: "The number from which all random choices follow. Without it one is drawn and printed.")
    var seed: UInt64?

    @Option(help: "What is written to the standard error: error, warning, info (each request) or debug (everything).")
    var logLevel: LogLevel?

    func run() async throws {
        let signals = TerminationSignals()
        do {
            let settings = try settings()
            let server = try await RunningServer.start(settings)
            print(server.announcement)
            flushStandardOutput()
            await signals.wait()
            try await server.ca.shutdown()
        } catch {
            writeError("cairn: \(error)")
            throw ExitCode.failure
        }
    }

    /// The defaults, changed by the file, changed by the options.
    private func settings() throws -> Settings {
        var settings = Settings()
        if let config { try settings.apply(SettingsFile(path: config)) }
        try listening.apply(to: &settings)
        try validation.apply(to: &settings)
        identity.apply(to: &settings)
        if let seed { settings.ca.seed = Seed(seed) }
        if let logLevel { settings.logLevel = logLevel }
        return settings
    }
}
