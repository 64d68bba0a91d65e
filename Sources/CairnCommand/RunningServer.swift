import Cairn
import CairnManagement
import Logging

/// A CA with all the servers of the executable, and what it tells at the start.
struct RunningServer {
    let ca: TestCA
    let management: IPEndpoint?
    let rootFile: String

    static func start(_ settings: Settings) async throws -> RunningServer {
        var configuration = settings.ca
        let rootFile: String
        switch settings.identity {
        case .builtIn:
            configuration.listener.security = .pem(
                chain: ListenerIdentity.leafPEM, privateKey: ListenerIdentity.keyPEM,
                trustRoot: ListenerIdentity.rootPEM)
            rootFile = try RootFile.write(ListenerIdentity.rootPEM)
        case .files(let certificate, let key, let root):
            configuration.listener.security = .pem(
                chain: try readText(certificate), privateKey: try readText(key), trustRoot: try readText(root))
            rootFile = root
        }
        configuration.dnsListener = settings.servesDNS ? settings.dns : nil
        let logger = logger(settings.logLevel)
        configuration.report = { logger.warning("\($0)") }
        let ca = try await TestCA.start(configuration)
        do {
            ca.journal.observe { JournalLog.write($0, to: logger) }
            ca.dns.defaultIPv4 = settings.defaultIPv4
            ca.dns.defaultIPv6 = settings.defaultIPv6
            for key in settings.externalAccountKeys {
                try ca.externalAccounts.issue(
                    identifier: key.identifier, macKey: key.macKey, uses: key.uses,
                    expires: key.lifetime.map { ca.clock.now + $0.bounded }, policy: key.policy)
            }
            if settings.alwaysValid { ca.validation.standard = .approve }
            let management =
                settings.servesManagement
                ? try await ca.startManagement(on: settings.management.addresses, port: settings.management.port) : nil
            return RunningServer(ca: ca, management: management, rootFile: rootFile)
        } catch {
            try? await ca.shutdown()
            throw error
        }
    }

    /// Where everything is, and two commands that can be pasted as they stand.
    var announcement: String {
        var lines = ["Cairn is ready.", "Directory:        \(ca.directoryURL)"]
        if ca.configuration.draft != nil { lines.append("Draft of 2017:    \(ca.draftDirectoryURL)") }
        if let management { lines.append("Management:       https://\(management.urlAuthority)") }
        if let dns = ca.dnsAddress { lines.append("DNS:              \(dns)") }
        lines += [
            "Root certificate: \(rootFile)",
            "Seed:             \(ca.seed)",
            "",
            "Try certbot:",
            "  REQUESTS_CA_BUNDLE='\(rootFile)' certbot certonly --standalone --non-interactive --agree-tos \\",
            "    --register-unsafely-without-email --server \(ca.directoryURL) --domain www.example.test \\",
            "    --http-01-port \(ca.configuration.validation.httpPort) --config-dir certbot --work-dir certbot --logs-dir certbot",
            "or lego:",
            "  LEGO_CA_CERTIFICATES='\(rootFile)' lego --server \(ca.directoryURL) --accept-tos --email you@example.test \\",
            "    --domains www.example.test --http --http.port :\(ca.configuration.validation.httpPort) run",
        ]
        return lines.joined(separator: "\n")
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
