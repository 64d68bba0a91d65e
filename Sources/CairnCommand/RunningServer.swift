import Cairn
import CairnManagement
import Logging

/// A CA with all the servers of the executable, and what it tells at the start.
struct RunningServer {
    let ca: TestCA
    /// The URL of the management API, and the host in it.
    let management: ServerURL?
    let rootFile: String

    static func start(_ settings: Settings) async throws -> RunningServer {
        var configuration = settings.ca
        let rootFile: String
        if let files = settings.tls {
            configuration.listener.security = .pem(
                chain: try readText(files.certificate), privateKey: try readText(files.key),
                trustRoot: try readText(files.root))
            rootFile = files.root
        } else {
            configuration.listener.security = .pem(
                chain: ListenerIdentity.leafPEM, privateKey: ListenerIdentity.keyPEM,
                trustRoot: ListenerIdentity.rootPEM)
            rootFile = try RootFile.write(ListenerIdentity.rootPEM)
        }
        let logger = logger(settings.logLevel)
        configuration.report = { logger.warning("\($0)") }
        let ca: TestCA
        do { ca = try await TestCA.start(configuration) } catch { throw settings.explained(error) }
        do {
            ca.journal.observe { JournalLog.write($0, to: logger) }
            var url: ServerURL?
            if let management = settings.management {
                let endpoint = try await ca.startManagement(on: management.addresses, port: management.port)
                url = ca.serverURL(on: management.addresses, port: endpoint.port)
            }
            return RunningServer(ca: ca, management: url, rootFile: rootFile)
        } catch {
            try? await ca.shutdown()
            throw settings.explained(error)
        }
    }

    /// Where everything is, and two commands that can be pasted as they stand.
    var announcement: String {
        var lines = ["Cairn is ready.", "Directory:        \(ca.directoryURL)"]
        if ca.configuration.draft != nil { lines.append("Draft of 2017:    \(ca.draftDirectoryURL)") }
        if let management { lines.append("Management:       \(management.origin)") }
        if let dns = ca.dnsAddress { lines.append("DNS:              \(dns)") }
        lines += ["Root certificate: \(rootFile)", "Seed:             \(ca.seed)"]
        lines += notes
        lines += [
            "",
            "Try certbot:",
            "  REQUESTS_CA_BUNDLE='\(rootFile)' certbot certonly --standalone --non-interactive --agree-tos \\",
            "    --register-unsafely-without-email --server \(ca.directoryURL) --domain www.example.test \\",
            "    --http-01-port \(ca.probes.httpPort) --config-dir certbot --work-dir certbot --logs-dir certbot",
            "or lego:",
            "  LEGO_CA_CERTIFICATES='\(rootFile)' lego --server \(ca.directoryURL) --accept-tos --email you@example.test \\",
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
