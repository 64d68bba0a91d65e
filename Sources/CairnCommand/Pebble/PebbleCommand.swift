import Cairn
import CairnManagement
import CairnModel

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// `cairn pebble`, which whoever has a harness for Pebble runs in its place.
///
/// Flags, file, environment, exit statuses and the lines that harnesses wait for are Pebble's. It also runs when the
/// executable is called `pebble`, by a link or a copy.
enum PebbleCommand {
    static let name = "pebble"

    /// What the help has of it.
    static let form = CommandForm(
        name: name, summary: "Serve in place of Pebble, with its flags, file, environment and log.",
        discussion: GoFlags.pebble.help)

    private static let log = GoLog.pebble

    /// - Parameter arguments: what follows the name of the command.
    /// - Returns: the exit status.
    static func run(_ arguments: [String]) async -> Int32 {
        let options: PebbleOptions
        do { options = try PebbleOptions(arguments) } catch {
            guard let complaint = error as? GoFlags.Complaint else { return fail(error) }
            if case .wrong(let sentence) = complaint { writeError(sentence) }
            writeError(GoFlags.pebble.usage)
            return complaint.status
        }
        if options.showsVersion {
            print("Cairn \(CairnCommand.version), in place of Pebble 2.10.1")
            return 0
        }
        guard !options.configuration.isEmpty else {
            writeError(GoFlags.pebble.usage)
            return 1
        }
        log.print("Starting Pebble ACME server")
        do {
            try await serve(options)
            return 0
        } catch {
            return fail(error)
        }
    }

    private static func fail(_ error: any Error) -> Int32 {
        for line in "\(error)".split(separator: "\n") { writeError(String(line)) }
        return 1
    }

    private static func serve(_ options: PebbleOptions) async throws {
        var options = options
        let (file, isThere) = try file(options)
        var challenges: ChallengeServer?
        if let asked = options.challengeServer {
            let server = try await ChallengeServerCommand.start(asked, log: .challengeServer)
            challenges = server
            options.resolver = options.resolver ?? server.resolver
        }
        do {
            try await serve(options, file, isThere)
        } catch {
            await challenges?.shutdown()
            throw error
        }
        await challenges?.shutdown()
    }

    private static func serve(_ options: PebbleOptions, _ file: PebbleFile, _ isThere: Bool) async throws {
        let environment = PebbleEnvironment(RootFile.environment)
        let setup = PebbleSetup(
            options: options, file: file, environment: environment,
            environmentSeed: RootFile.environment("CAIRN_SEED"))
        var settings = try setup.settings()
        if !options.sets("listener.addresses") {
            settings.ca.listener.addresses = try file.listenAddress.boundAddresses()
        }
        if let address = file.managementListenAddress, !options.sets("management.addresses") {
            settings.management?.addresses = try address.boundAddresses()
        }
        let rules = try options.rules.map { path throws(SettingsError) in try RulesFile(path) }
        let server = try await RunningServer.start(settings, rules: rules, namesOptions: false)
        let place = server.leaveFile()
        for warning in file.warnings + environment.warnings { log.print("Warning: \(warning)") }
        if !isThere {
            log.print(
                "There is no file \(options.configuration): taking what stands in the one that Pebble is shipped with, "
                    + "except for the certificate")
        }
        for line in announcement(setup, server) { log.print(line) }
        let journal = PebbleJournal()
        server.ca.journal.observe { entry in
            if let line = journal.line(for: entry) { log.print(line) }
        }
        await Entry.signals?.wait()
        await server.end(place)
    }

    /// The configuration, and whether there was a file of it.
    ///
    /// Only the file at the usual place may be missing.
    private static func file(_ options: PebbleOptions) throws -> (PebbleFile, isThere: Bool) {
        let path = options.configuration
        if options.isStandardConfiguration, access(path, F_OK) != 0 { return (.shipped, false) }
        do { return (try PebbleFile(path: path), true) } catch {
            throw SettingsError(error.lines.map { "Reading JSON config file into config structure: \($0)" })
        }
    }

    /// What is told once it listens, in the words and the order of Pebble, and what Pebble has not to tell.
    private static func announcement(_ setup: PebbleSetup, _ server: RunningServer) -> [String] {
        let ca = server.ca
        var lines = hierarchy(of: ca)
        lines.append(
            setup.options.resolver.map { "Using custom DNS resolver for ACME challenges: \($0)" }
                ?? "Using system DNS resolver for ACME challenges")
        lines += setup.environment.announcement
        lines.append("Using the seed \(ca.seed); CAIRN_SEED=\(ca.seed) repeats all random choices")
        if setup.file.certificate.isEmpty, let root = server.rootFile {
            lines.append("Using the built-in certificate for the listeners, whose root is in \(root)")
        }
        if let management = server.management, let address = setup.file.managementListenAddress {
            let place = address.described(withPortOf: management.origin)
            lines.append("Management interface listening on: \(place)")
            for number in ca.authority.roots.indices {
                let name = number == 0 ? "Root" : "Alternate (\(number)) root"
                lines.append("\(name) CA certificate available at: https://\(place)/roots/\(number)")
            }
        } else {
            lines.append("Management interface is disabled")
        }
        let place = setup.file.listenAddress.described(withPortOf: ca.serverURL?.origin ?? "")
        lines.append("Listening on: \(place)")
        lines.append("ACME directory available at: https://\(place)\(path(of: ca.directoryURL))")
        return lines
    }

    private static func path(of url: String) -> String {
        let rest = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
        return String(rest.drop { $0 != "/" })
    }

    /// A line for each CA certificate and each chain.
    private static func hierarchy(of ca: TestCA) -> [String] {
        func issuer(_ kind: String, _ certificate: CairnCACertificate) -> String {
            "Generated new \(kind) issuer \(certificate.subject) with serial \(certificate.serialNumber) and SKI "
                + certificate.keyIdentifier.hexadecimal
        }
        var told: Set<CairnCACertificate> = []
        return ca.authority.chains.flatMap { chain -> [String] in
            var lines: [String] = []
            if told.insert(chain.root).inserted { lines.append(issuer("root", chain.root)) }
            for certificate in chain.intermediates.reversed() where told.insert(certificate).inserted {
                lines.append(issuer("intermediate", certificate))
            }
            let names = ([chain.root] + chain.intermediates.reversed()).map(\.commonName)
            return lines + ["Generated issuance chain: \(names.joined(separator: " -> "))"]
        }
    }
}

extension ChallengeServer {
    /// Where this machine reaches its DNS; `nil` if it has none.
    fileprivate var resolver: ListenAddress? {
        guard let endpoint = endpoints.dns.joined().first else { return nil }
        let address: CairnIPAddress =
            switch endpoint.address {
            case .v4(0): .loopbackV4
            case .v6(0): .loopbackV6
            case let other: other
            }
        return ListenAddress(host: "\(address)", port: endpoint.port)
    }
}

extension PebbleOptions {
    /// Whether `-set` has a value for a setting.
    fileprivate func sets(_ path: String) -> Bool { assignments.contains { $0.hasPrefix("\(path)=") } }
}

extension ListenAddress {
    /// The same with the port that the server at a URL really has.
    fileprivate func described(withPortOf origin: String) -> ListenAddress {
        let port = origin.split(separator: ":").last.flatMap { Int($0) }
        return ListenAddress(host: host, port: port ?? self.port)
    }
}
