import ArgumentParser
import Cairn
import CairnManagement
import CairnModel
import Logging

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

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

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A preset, by its name, or a JSON file such as \"cairn presets NAME\" prints. May be given several times. Every "
                + "other setting is stronger, in the file too.", valueName: "name"))
    var preset: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A JSON file of rules. May be given several times. With NAME=FILE the rules are for the clients alone whose "
                + "directory is /with/NAME/dir.", valueName: "file"))
    var rules: [String] = []

    @Option(parsing: .unconditional, help: .setting("seed"))
    var seed: String?

    @Option(parsing: .unconditional, help: .setting("logLevel"))
    var logLevel: String?

    @Option(
        defaultAsFlag: "SHOULD",
        help: ArgumentHelp(
            "Exit with status 3 if clients did what they should not, and print it.",
            discussion:
                "A grade (MUST, SHOULD, MAY) with all that bind more, or kinds of findings with commas between.",
            valueName: "kinds"))
    var failOnFinding: String?

    func run() async throws {
        do {
            let settings = try settings()
            let choice = try failOnFinding.map { try FindingChoice($0) }
            let files = try rules.map { text throws(SettingsError) in try RulesFile(text) }
            let server = try await RunningServer.start(settings, rules: files)
            let file = server.management.flatMap { ServerFile.leave(url: $0.origin, root: server.rootFile) }
            print(server.announcement)
            flushStandardOutput()
            await Entry.signals?.wait()
            await server.ca.shutdown()
            if let file { unlink(file) }
            try choice?.judge(server.ca.journal)
        } catch let error as ValidationError {
            throw error
        } catch let code as ExitCode {
            throw code
        } catch {
            for line in "\(error)".split(separator: "\n") { writeError("cairn: \(line)") }
            throw ExitCode.failure
        }
    }

    /// The defaults, changed by the file, changed by the options.
    func settings() throws -> Settings {
        var settings = Settings()
        for preset in preset { settings.ca.use(try PresetChoice.read(preset)) }
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

/// A CA with all the servers of the executable, and what it tells at the start.
struct RunningServer {
    let ca: TestCA
    /// The URL of the management API, and the host in it.
    let management: ServerURL?
    /// The root that clients trust; `nil` if none of the servers has TLS, or if clients know it.
    let rootFile: String?

    /// - Parameter namesOptions: whether an error says which option of `cairn serve` helps against it.
    static func start(
        _ settings: Settings, rules: [RulesFile] = [], namesOptions: Bool = true
    ) async throws -> RunningServer {
        var configuration = settings.ca
        let security = try security(settings.tls)
        if !configuration.listener.plainHTTP { configuration.listener.security = security }
        for file in rules { try file.apply(to: &configuration) }
        let logger = logger(settings.logLevel)
        configuration.report = { logger.warning("\($0)") }
        let ca: TestCA
        do { ca = try await TestCA.start(configuration) } catch {
            throw namesOptions ? settings.explained(error) : error
        }
        do {
            ca.journal.observe { JournalLog.write($0, to: logger) }
            var url: ServerURL?
            if let management = settings.management {
                var own: TestCA.Configuration.Security?
                if configuration.listener.plainHTTP { own = security }
                if management.plainHTTP { own = TestCA.Configuration.Security.none }
                let endpoint = try await ca.startManagement(
                    on: management.addresses, port: management.port, security: own)
                url = ca.serverURL(of: endpoint)
            }
            let hasTLS = !configuration.listener.plainHTTP || settings.management?.plainHTTP == false
            return RunningServer(
                ca: ca, management: url, rootFile: hasTLS ? try rootFile(settings.tls, of: ca) : nil)
        } catch {
            await ca.shutdown()
            throw namesOptions ? settings.explained(error) : error
        }
    }

    /// What clients see of TLS, where there is TLS.
    private static func security(_ identity: Settings.Identity?) throws(SettingsError) -> TestCA.Configuration.Security
    {
        switch identity {
        case .ephemeral: .ephemeral()
        case .files(let files):
            .pem(
                chain: try readText(files.certificate), privateKey: try readText(files.key),
                trustRoot: try files.root.map(readText))
        case nil:
            .pem(
                chain: ListenerIdentity.leafPEM, privateKey: ListenerIdentity.keyPEM,
                trustRoot: ListenerIdentity.rootPEM)
        }
    }

    /// A file with the root that clients trust; `nil` if they know it without being told.
    private static func rootFile(_ identity: Settings.Identity?, of ca: TestCA) throws(SettingsError) -> String? {
        switch identity {
        case .ephemeral: try RootFile.writeAfresh(ca.trustRoots.map(\.pem).joined())
        case .files(let files): files.root
        case nil: try RootFile.write(ListenerIdentity.rootPEM)
        }
    }

    /// Where everything is, and two commands that can be pasted as they stand.
    var announcement: String {
        var lines = ["Cairn is ready.", "Directory:        \(ca.directoryURL)"]
        if ca.configuration.draft != nil { lines.append("Draft of 2017:    \(ca.draftDirectoryURL)") }
        if let management { lines.append("Management:       \(management.origin)") }
        if let dns = ca.dnsAddress { lines.append("DNS:              \(dns)") }
        if let rootFile { lines.append("Root certificate: \(rootFile)") }
        lines.append("Seed:             \(ca.seed)")
        lines += notes
        // A client that reaches ACME without TLS needs no root.
        let root = ca.configuration.listener.plainHTTP ? nil : rootFile
        lines += [
            "",
            "Try certbot:",
            "  \(root.map { "REQUESTS_CA_BUNDLE='\($0)' " } ?? "")certbot certonly --standalone --non-interactive --agree-tos \\",
            "    --register-unsafely-without-email --server \(ca.directoryURL) --domain www.example.test \\",
            "    --http-01-port \(ca.probes.httpPort) --config-dir certbot --work-dir certbot --logs-dir certbot",
            "or lego:",
            "  \(root.map { "LEGO_CA_CERTIFICATES='\($0)' " } ?? "")lego --server \(ca.directoryURL) --accept-tos "
                + "--email you@example.test \\",
            "    --domains www.example.test --http --http.port :\(ca.probes.httpPort) run",
        ]
        return lines.joined(separator: "\n")
    }

    /// What has to be done before the URLs work, if anything.
    private var notes: [String] {
        var hosts: [String] = []
        for url in [ca.serverURL, management] {
            guard let url, !url.isCovered, !hosts.contains(url.host) else { continue }
            hosts.append(url.host)
        }
        return hosts.map { host in
            "Note:             the certificate of the listeners is not for \(host); give one that is by --tls-certificate, "
                + "--tls-key and --tls-root, or listen on 127.0.0.1 or ::1 too"
        }
    }

    /// Writes to the standard error.
    private static func logger(_ level: LogLevel) -> Logger {
        var logger = Logger(label: "cairn") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel =
            switch level {
            case .error: .error
            case .warning: .warning
            case .info: .info
            case .debug: .debug
            }
        return logger
    }
}

extension Settings {
    /// An error of the start with the option that helps against it.
    fileprivate func explained(_ error: any Error) -> any Error {
        let sentence = "\(error)"
        let servers = [
            ("--acme-port", ca.listener.port), ("--management-port", management?.port ?? 0),
            ("--dns-port", ca.dnsListener?.port ?? 0),
        ]
        for (option, port) in servers where port != 0 && sentence.hasSuffix(":\(port) is already in use") {
            return SettingsError("\(sentence); \(option) takes another port, and 0 a free one")
        }
        return error
    }
}
