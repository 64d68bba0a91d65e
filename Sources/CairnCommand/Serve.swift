import Cairn
import CairnManagement
import CairnModel
import CairnTransport

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
        let file = server.leaveFile()
        print(server.announcement)
        do { try finishOutput() } catch {
            await server.end(file)
            throw error
        }
        StartPages.giveBack()
        await Entry.signals?.wait()
        await server.end(file)
        try choice?.judge(server.ca.journal)
    }

    /// The defaults, changed by presets, changed by the file, changed by the options.
    ///
    /// - Parameter seed: the seed if nothing else says which.
    func settings(seed: String? = RootFile.environment("CAIRN_SEED")) throws -> Settings {
        var settings = Settings()
        if let seed { try settings.set("seed", seed, by: "CAIRN_SEED") }
        for preset in words.all("preset") { settings.ca.use(try PresetChoice.read(preset)) }
        let file = try words["config"].map { path throws(SettingsError) in try SettingsFile(path: path) }
        try file?.apply(to: &settings)
        for option in Self.form.options {
            guard let path = option.setting, words.has(option.name) else { continue }
            if option.isRepeated {
                try settings.set(path, words.all(option.name), by: "--\(option.name)")
            } else {
                try settings.set(path, words[option.name] ?? "", by: "--\(option.name)")
            }
        }
        if words.has("no-management") { settings.management = nil }
        if words.has("no-dns") { settings.ca.dnsListener = nil }
        if words.has("always-valid") { settings.ca.validation.standard = .approve }
        try setIdentity(of: &settings)
        for assignment in words.all("set") { try settings.assign(assignment, by: "--set") }
        let faults = settings.ca.faults + settings.conflicts
        guard faults.isEmpty else { throw SettingsError(faults.map { file?.sentence($0) ?? "\($0)" }) }
        return settings
    }

    private func setIdentity(of settings: inout Settings) throws(UsageError) {
        switch (words["tls-certificate"], words["tls-key"], words["tls-root"]) {
        case (nil, nil, nil): return
        case (let certificate?, let key?, let root):
            settings.tls = .files(Settings.IdentityFiles(certificate: certificate, key: key, root: root))
        default:
            throw UsageError("--tls-certificate and --tls-key go together, and --tls-root goes with both", of: "serve")
        }
    }
}

/// A CA with all the servers of the executable, and what it tells at the start.
struct RunningServer {
    let ca: TestCA
    /// The URL of the management API, and the host in it.
    let management: ServerURL?
    /// Whether any of the servers has TLS.
    let hasTLS: Bool
    /// The file with the root that clients trust; `nil` without TLS, where clients know it, and where no folder can be written.
    let rootFile: String?
    /// Whether that file was not given by the user.
    let isOwnRoot: Bool

    /// - Parameter namesOptions: whether an error says which option of `cairn serve` helps against it.
    static func start(
        _ settings: Settings, rules: [RulesFile] = [], namesOptions: Bool = true
    ) async throws -> RunningServer {
        var configuration = settings.ca
        let security = try security(settings.tls)
        if !configuration.listener.plainHTTP { configuration.listener.security = security }
        for file in rules { try file.apply(to: &configuration) }
        let log = ServerLog(level: settings.logLevel)
        configuration.report = { log.write(.warning, $0) }
        let ca: TestCA
        do { ca = try await TestCA.start(configuration) } catch {
            throw namesOptions ? settings.explained(error) : error
        }
        do {
            ca.journal.observe { JournalLog.write($0, to: log) }
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
            var isOwnRoot = true
            if case .files? = settings.tls { isOwnRoot = false }
            return RunningServer(
                ca: ca, management: url, hasTLS: hasTLS, rootFile: hasTLS ? rootFile(settings.tls, of: ca) : nil,
                isOwnRoot: isOwnRoot)
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
        case .files(let files): try files.security()
        case nil:
            .pem(
                chain: ListenerIdentity.leafPEM, privateKey: ListenerIdentity.keyPEM,
                trustRoot: ListenerIdentity.rootPEM)
        }
    }

    /// A file with the root that clients trust; `nil` if they know it without being told, or if no folder can be written.
    private static func rootFile(_ identity: Settings.Identity?, of ca: TestCA) -> String? {
        switch identity {
        case .ephemeral: try? RootFile.writeAfresh(ca.trustRoots.map(\.pem).joined())
        case .files(let files): files.root
        case nil: try? RootFile.write(ListenerIdentity.rootPEM)
        }
    }

    /// Leaves the file by which `cairn ctl` finds it.
    ///
    /// - Returns: its path.
    func leaveFile() -> String? { management.flatMap { ServerFile.leave(url: $0.origin, root: rootFile) } }

    /// Ends all servers, and deletes what is of no use without them.
    ///
    /// - Parameter file: what ``leaveFile()`` has returned.
    func end(_ file: String?) async {
        await ca.shutdown()
        if let file { unlink(file) }
        if isOwnRoot, let rootFile { RootFile.deleteIfMadeAfresh(rootFile) }
    }

    /// Where everything is, and two commands that can be pasted as they stand.
    var announcement: String {
        var lines = ["Cairn is ready.", "Directory:        \(ca.directoryURL)"]
        if ca.configuration.draft != nil { lines.append("Draft of 2017:    \(ca.draftDirectoryURL)") }
        // Where clients are sent need not be where it listens.
        if let own = ca.serverURL?.origin, !ca.directoryURL.hasPrefix("\(own)/") {
            lines.append("ACME listens at:  \(own)")
        }
        if let management { lines.append("Management:       \(management.origin)") }
        if let dns = ca.dnsAddress { lines.append("DNS:              \(dns)") }
        if let url = ca.dnsOverHTTPSURL { lines.append("DNS over HTTPS:   \(url)") }
        if let url = ca.plainURL { lines.append("CRLs and OCSP:    \(url)") }
        if let place = rootFile ?? rootElsewhere { lines.append("Root certificate: \(place)") }
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

    /// Where the root is to be had that could be written nowhere; `nil` if there is none to be had.
    private var rootElsewhere: String? {
        guard hasTLS, !ca.trustRoots.isEmpty else { return nil }
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
}

extension Settings.IdentityFiles {
    /// What is in the files.
    ///
    /// - Throws: what is wrong with one of them, by its name.
    fileprivate func security() throws(SettingsError) -> TestCA.Configuration.Security {
        let (chain, key, root) = (try readText(certificate), try readText(key), try root.map(readText))
        do throws(TLSIdentityError) {
            if let root {
                _ = try TLSIdentity(certificateChainPEM: chain, privateKeyPEM: key, trustRootPEM: root)
            } else {
                _ = try TLSIdentity(certificateChainPEM: chain, privateKeyPEM: key)
            }
        } catch {
            let file =
                switch error.part {
                case .key: self.key
                case .root: self.root ?? certificate
                case .chain, nil: certificate
                }
            throw SettingsError("\(file): \(error)")
        }
        return .pem(chain: chain, privateKey: key, trustRoot: root)
    }
}

extension Settings {
    /// An error of the start with the option that helps against it.
    fileprivate func explained(_ error: any Error) -> any Error {
        let sentence = "\(error)"
        let servers = [
            ("--acme-port", ca.listener.port), ("--management-port", management?.port ?? 0),
            ("--dns-port", ca.dnsListener?.port ?? 0), ("--dns-https-port", ca.dnsListener?.httpsPort ?? 0),
            ("--plain-port", ca.listener.plainPort ?? 0),
        ]
        for (option, port) in servers where port != 0 && sentence.hasSuffix(":\(port) is already in use") {
            return SettingsError("\(sentence); \(option) takes another port, and 0 a free one")
        }
        return error
    }
}

/// The journal as lines of a log.
///
/// At `info` each request is a line, with what it takes to follow a client; at `debug` with header fields and payload.
enum JournalLog {
    static func write(_ entry: CairnJournalEntry, to log: ServerLog) {
        // The words are only put together if somebody reads them.
        log.write(level(of: entry.event), words(for: entry, withDetails: log.level == .debug))
    }

    static func level(of event: CairnJournalEvent) -> LogLevel {
        switch event {
        case .request(let request):
            request.status >= 500 ? .error : request.problem == nil || request.isRefusedAsAsked ? .info : .warning
        case .probe(let probe): probe.problem != nil ? .warning : .info
        case .finding, .refusedSetting: .warning
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
