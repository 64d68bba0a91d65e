import Cairn
import CairnManagement
import CairnModel

/// `cairn pebble-challtestsrv`, which a link of that name runs too: the same flags, lines and exit statuses.
enum ChallengeServerCommand {
    static let name = "pebble-challtestsrv"

    /// What the help has of it.
    static let form = CommandForm(
        name: name, summary: "Answer challenges and DNS as the server of that name, with its flags.",
        discussion: GoFlags.challengeServer.help)

    /// Serves until a signal comes.
    ///
    /// - Returns: the exit status.
    static func run(_ arguments: [String]) async -> Int32 {
        let options: ChallengeServerOptions
        do {
            options = try ChallengeServerOptions(arguments)
        } catch let complaint as GoFlags.Complaint {
            if case .wrong(let words) = complaint { writeError(words) }
            writeError(GoFlags.challengeServer.usage)
            return complaint.status
        } catch {
            writeError("\(error)")
            return 1
        }
        if options.showsVersion {
            print("\(name) (Cairn \(CairnCommand.version))")
            return 0
        }
        guard !options.isEmpty else {
            writeError(
                "Unable to construct challenge server: config must specify at least one HTTPOneAddrs entry, one HTTPSOneAddr "
                    + "entry, one DNSOneAddrs entry, one DOHAddrs entry, or one TLSALPNOneAddrs entry")
            return 1
        }
        do {
            let server = try await start(options, log: .challengeServer)
            await Entry.signals?.wait()
            await server.shutdown()
            return 0
        } catch {
            writeError("\(name): \(error)")
            return 1
        }
    }

    /// Starts everything, and says so; when it returns, clients can connect.
    static func start(_ options: ChallengeServerOptions, log: GoLog) async throws -> ChallengeServer {
        var configuration = ChallengeServer.Configuration()
        func places(
            _ addresses: [ListenAddress], of flag: String
        ) throws(SettingsError) -> [ChallengeServer.Place] {
            try addresses.map { address throws(SettingsError) in
                var place = try place(address)
                place.isDispensable = options.unchosen.contains(flag)
                return place
            }
        }
        configuration.http = try places(options.http, of: "http01")
        configuration.https = try places(options.https, of: "https01")
        configuration.tlsALPN = try places(options.tlsALPN, of: "tlsalpn01")
        configuration.dns = try options.dns.map(place)
        (configuration.defaultIPv4, configuration.defaultIPv6) = (options.defaultIPv4, options.defaultIPv6)
        configuration.report = { log.print($0) }
        if let files = options.dnsOverHTTPSIdentity {
            configuration.dnsOverHTTPS = try options.dnsOverHTTPS.map(place)
            configuration.dnsOverHTTPSIdentity = (
                chain: try readText(files.certificate), privateKey: try readText(files.privateKey)
            )
        }
        let server = try await ChallengeServer.start(configuration)
        do {
            let places = options.places(at: server.endpoints)
            for line in places.announcement { log.print(line) }
            log.print("Starting challenge servers")
            if let management = options.management {
                let endpoints = try await server.startManagement(
                    on: place(management), of: configuration, log: { log.print($0) })
                log.print("Starting management server on \(management.listening(at: endpoints))")
            }
            return server
        } catch {
            await server.shutdown()
            throw error
        }
    }

    private static func place(_ address: ListenAddress) throws(SettingsError) -> ChallengeServer.Place {
        ChallengeServer.Place(try address.resolved(), port: address.port)
    }
}

extension ListenAddress {
    /// The same with the port that was found, where any was asked for.
    func listening(at endpoints: [CairnIPEndpoint]) -> ListenAddress {
        ListenAddress(host: host, port: port == 0 ? endpoints.first?.port ?? 0 : port)
    }
}

extension ChallengeServerOptions {
    /// The same with the ports that were found, where any were asked for.
    fileprivate func places(at endpoints: ChallengeServer.Endpoints) -> ChallengeServerOptions {
        func listening(_ addresses: [ListenAddress], _ endpoints: [[CairnIPEndpoint]]) -> [ListenAddress] {
            zip(addresses, endpoints).map { $0.listening(at: $1) }
        }
        var options = self
        options.http = listening(http, endpoints.http)
        options.https = listening(https, endpoints.https)
        options.tlsALPN = listening(tlsALPN, endpoints.tlsALPN)
        options.dns = listening(dns, endpoints.dns)
        options.dnsOverHTTPS = listening(dnsOverHTTPS, endpoints.dnsOverHTTPS)
        return options
    }
}
