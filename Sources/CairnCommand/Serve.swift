import ArgumentParser
import Cairn
import CairnManagement
import CairnModel

/// `cairn serve`, which is what `cairn` alone does.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve ACME, the management API and DNS until interrupted.",
        discussion: """
            Options are stronger than the same settings in a configuration file, and --set is stronger than both. Port 0 \
            takes a free port; the lines that are printed at the start say which.

            A configuration file is a JSON object. "cairn help settings" tells what can stand in it, \
            "cairn settings --example" prints one with every setting, and "cairn settings --schema" what an editor needs \
            to know.
            """)

    @OptionGroup(title: "Listening") var listening: ListeningOptions
    @OptionGroup(title: "Validation") var validation: ValidationOptions
    @OptionGroup(title: "Identity of the server") var identity: IdentityOptions

    @Option(parsing: .unconditional, help: "A JSON file with settings.")
    var config: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Any setting of a configuration file. May be given several times.", valueName: "path=value"))
    var set: [String] = []

    @Option(parsing: .unconditional, help: .setting("seed"))
    var seed: String?

    @Option(parsing: .unconditional, help: .setting("logLevel"))
    var logLevel: String?

    func run() async throws {
        do {
            let settings = try settings()
            let server = try await RunningServer.start(settings)
            print(server.announcement)
            flushStandardOutput()
            await Entry.signals?.wait()
            await server.ca.shutdown()
        } catch let error as ValidationError {
            throw error
        } catch {
            for line in "\(error)".split(separator: "\n") { writeError("cairn: \(line)") }
            throw ExitCode.failure
        }
    }

    /// The defaults, changed by the file, changed by the options.
    func settings() throws -> Settings {
        var settings = Settings()
        let file = try config.map { path throws(SettingsError) in try SettingsFile(path: path) }
        try file?.apply(to: &settings)
        try listening.apply(to: &settings)
        try validation.apply(to: &settings)
        try identity.apply(to: &settings)
        try settings.set("seed", seed, by: "--seed")
        try settings.set("logLevel", logLevel, by: "--log-level")
        for assignment in set {
            guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
                throw ValidationError(
                    "--set: expected a setting and its value, such as threads=4, got \(assignment.quoted)")
            }
            let path = String(assignment[..<equals])
            try settings.set(path, String(assignment[assignment.index(after: equals)...]), by: "--set")
        }
        let faults = settings.ca.faults + settings.conflicts
        guard faults.isEmpty else { throw SettingsError(faults.map { file?.sentence($0) ?? "\($0)" }) }
        return settings
    }
}
