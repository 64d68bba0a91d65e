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
struct Serve {
    let words: CommandWords

    init(_ words: CommandWords) { self.words = words }

    func run() async throws {
        let settings = try settings()
        let choice = try words["fail-on-finding"].map { text throws(UsageError) in try FindingChoice(text) }
        let files = try words.all("rules").map { text throws(SettingsError) in try RulesFile(text) }
        let server = try await RunningServer.start(settings, rules: files)
        let file = server.management.flatMap { ServerFile.leave(url: $0.origin, root: server.rootFile) }
        print(server.announcement)
        flushStandardOutput()
        await Entry.signals?.wait()
        await server.ca.shutdown()
        if let file { unlink(file) }
        try choice?.judge(server.ca.journal)
    }

    /// The defaults, changed by presets, changed by the file, changed by the options.
    func settings() throws -> Settings {
        var settings = Settings()
        for preset in words.all("preset") { settings.ca.use(try PresetChoice.read(preset)) }
        let file = try words["config"].map { path throws(SettingsError) in try SettingsFile(path: path) }
        try file?.apply(to: &settings)
        for option in Self.form.options {
            guard let path = option.setting, words.has(option.name) else { continue }
            try settings.set(
                path, option.isRepeated ? nil : words[option.name], words.all(option.name), by: option.name)
        }
        if words.has("no-management") { settings.management = nil }
        if words.has("no-dns") { settings.ca.dnsListener = nil }
        if words.has("always-valid") { settings.ca.validation.approvesAll = true }
        try setIdentity(of: &settings)
        for assignment in words.all("set") {
            guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
                throw UsageError(
                    "--set: expected a setting and its value, such as threads=4, got \(assignment.quoted)", of: "serve")
            }
            let path = String(assignment[..<equals])
            try settings.set(path, String(assignment[assignment.index(after: equals)...]), [], by: "set")
        }
        let faults = settings.ca.faults + settings.conflicts
        guard faults.isEmpty else { throw SettingsError(faults.map { file?.sentence($0) ?? "\($0)" }) }
        return settings
    }

    private func setIdentity(of settings: inout Settings) throws(UsageError) {
        switch (words["tls-certificate"], words["tls-key"], words["tls-root"]) {
        case (nil, nil, nil): return
        case (let certificate?, let key?, let root?):
            settings.tls = .files(Settings.IdentityFiles(certificate: certificate, key: key, root: root))
        default: throw UsageError("--tls-certificate, --tls-key and --tls-root go together", of: "serve")
        }
    }
}

extension Settings {
    /// Sets what an option was given for.
    ///
    /// - Parameters:
    ///   - text: JSON, or a text that need not be quoted; `nil` where `texts` are the elements of an array.
    ///   - option: its name, for complaints.
    fileprivate mutating func set(_ path: String, _ text: String?, _ texts: [String], by option: String)
        throws(UsageError)
    {
        var forms = text.map { [CairnJSON.string($0)] } ?? [.array(texts.map { .string($0) })]
        if let text {
            if text == "none" { forms.append(.null) }
            if let json = try? CairnJSON(parsing: Array(text.utf8)) { forms.insert(json, at: 0) }
        }
        // The first form that the setting can have.
        var complaint: String?
        for form in forms {
            do throws(SettingFault) {
                try Self.catalogue.set(path, to: form, of: &self)
                return
            } catch {
                complaint = complaint ?? "--\(option): \(option == "set" ? error.description : error.sentence)"
            }
        }
        throw UsageError(complaint ?? "--\(option): expected a value", of: "serve")
    }
}

/// A CA with all the servers of the executable, and what it tells at the start.
struct RunningServer {
    let ca: TestCA
    /// The URL of the management API, and the host in it.
    let management: ServerURL?
    /// Whether any of the servers has TLS.
    let hasTLS: Bool
    /// The file with the root that clients trust; `nil` without TLS, and where no folder can be written.
    let rootFile: String?

    static func start(_ settings: Settings, rules: [RulesFile] = []) async throws -> RunningServer {
        var configuration = settings.ca
        let security = try security(settings.tls)
        if !configuration.listener.plainHTTP { configuration.listener.security = security }
        for file in rules { try file.apply(to: &configuration) }
        let logger = logger(settings.logLevel)
        configuration.report = { logger.warning("\($0)") }
        let ca: TestCA
        do { ca = try await TestCA.start(configuration) } catch { throw settings.explained(error) }
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
                ca: ca, management: url, hasTLS: hasTLS, rootFile: hasTLS ? rootFile(settings.tls, of: ca) : nil)
        } catch {
            await ca.shutdown()
            throw settings.explained(error)
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
                trustRoot: try readText(files.root))
        case nil:
            .pem(
                chain: ListenerIdentity.leafPEM, privateKey: ListenerIdentity.keyPEM,
                trustRoot: ListenerIdentity.rootPEM)
        }
    }

    /// A file with the root that clients trust; `nil` if no folder can be written.
    private static func rootFile(_ identity: Settings.Identity?, of ca: TestCA) -> String? {
        switch identity {
        case .ephemeral: try? RootFile.writeAfresh(ca.trustRoots.map(\.pem).joined())
        case .files(let files): files.root
        case nil: try? RootFile.write(ListenerIdentity.rootPEM)
        }
    }

    /// Where everything is, and two commands that can be pasted as they stand.
    var announcement: String {
        var lines = ["Cairn is ready.", "Directory:        \(ca.directoryURL)"]
        if ca.configuration.draft != nil { lines.append("Draft of 2017:    \(ca.draftDirectoryURL)") }
        if let management { lines.append("Management:       \(management.origin)") }
        if let dns = ca.dnsAddress { lines.append("DNS:              \(dns)") }
        if let url = ca.dnsOverHTTPSURL { lines.append("DNS over HTTPS:   \(url)") }
        if hasTLS { lines.append("Root certificate: \(rootFile ?? rootElsewhere)") }
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

    /// Where the root is to be had that could be written nowhere.
    private var rootElsewhere: String {
        let place =
            management.map { "\"trustRoots\" of \($0.origin)/cairn/v1/server" } ?? "Certs/root.pem of the sources"
        return "no folder can be written; it is in \(place)"
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
            ("--dns-port", ca.dnsListener?.port ?? 0), ("--dns-https-port", ca.dnsListener?.httpsPort ?? 0),
        ]
        for (option, port) in servers where port != 0 && sentence.hasSuffix(":\(port) is already in use") {
            return SettingsError("\(sentence); \(option) takes another port, and 0 a free one")
        }
        return error
    }
}
