import CairnModel

/// What a command line of `pebble` asks for.
struct PebbleOptions: Hashable, Sendable {
    var configuration: String
    var isStrict: Bool
    /// Whom to ask for names; `nil` for the system's resolver.
    var resolver: ListenAddress?
    var showsVersion: Bool
    /// The seed, as it was written; `nil` leaves it to the environment.
    var seed: String?
    /// Files of rules.
    var rules: [String]
    /// Settings as `path=value`.
    var assignments: [String]
    /// Whether the configuration is at its usual place, which need not be there.
    var isStandardConfiguration: Bool
    /// The challenge server to start in the same process; `nil` for none.
    var challengeServer: ChallengeServerOptions?

    init(_ arguments: [String]) throws {
        let values = try GoFlags.pebble.parse(arguments)
        seed = values.all("seed").last
        rules = values.all("rules")
        assignments = values.all("set")
        isStandardConfiguration = values.all("config").isEmpty
        configuration = values.text("config")
        isStrict = values.isOn("strict")
        showsVersion = values.isOn("version")
        let text = values.text("dnsserver")
        if !text.isEmpty {
            guard let address = ListenAddress(text) else {
                throw SettingsError(
                    "-dnsserver: expected an address and a port such as 127.0.0.1:8053, got \(text.quoted)")
            }
            resolver = address
        }
        // What begins with a dash and is left can only stand behind "--".
        if values.isOn("challtestsrv"), values.arguments.first?.hasPrefix("-") ?? true {
            challengeServer = try Self.challengeServer(values.arguments)
        } else if let argument = values.arguments.first, !showsVersion {
            throw SettingsError("expected no argument besides flags, got \(argument.quoted)")
        }
    }

    private static func challengeServer(_ arguments: [String]) throws -> ChallengeServerOptions {
        let options: ChallengeServerOptions
        do { options = try ChallengeServerOptions(arguments) } catch GoFlags.Complaint.wrong(let sentence) {
            throw GoFlags.Complaint.wrong("\(sentence), among the flags of pebble-challtestsrv")
        }
        if let argument = options.arguments.first {
            throw SettingsError("expected no argument behind the flags of pebble-challtestsrv, got \(argument.quoted)")
        }
        guard !options.isEmpty else {
            throw SettingsError("-challtestsrv: expected a server to start, and all of them are disabled")
        }
        return options
    }
}

/// What a command line of `pebble-challtestsrv` asks for.
struct ChallengeServerOptions: Hashable, Sendable {
    var http: [ListenAddress]
    var https: [ListenAddress]
    var tlsALPN: [ListenAddress]
    var dns: [ListenAddress]
    /// Served only with a ``dnsOverHTTPSIdentity``: by default a port is asked for and no certificate given, and Pebble's goes on
    /// without it then.
    var dnsOverHTTPS: [ListenAddress]
    var dnsOverHTTPSIdentity: Identity?
    /// `nil` for none, which Pebble's has not.
    var management: ListenAddress?
    /// The flags that say where challenges are answered and that nobody gave: whoever has taken a port of theirs answers there.
    ///
    /// The DNS is not among them, since without it another would be asked in silence.
    var unchosen: Set<String>
    /// What names have that have no A records; `nil` for nothing.
    var defaultIPv4: CairnIPAddress?
    /// What names have that have no AAAA records; `nil` for nothing.
    var defaultIPv6: CairnIPAddress?
    var showsVersion: Bool
    /// What follows the flags, which Pebble's passes over.
    var arguments: [String]

    /// Files in PEM.
    struct Identity: Hashable, Sendable {
        let certificate: String
        let privateKey: String
    }

    init(_ arguments: [String]) throws {
        let values = try GoFlags.challengeServer.parse(arguments)
        func list(_ flag: String) throws(SettingsError) -> [ListenAddress] {
            do { return try ListenAddress.list(Self.bare(values.text(flag))) } catch {
                throw SettingsError("-\(flag): \(error)")
            }
        }
        self.arguments = values.arguments
        unchosen = Set(["http01", "https01", "tlsalpn01"].filter { values.all($0).isEmpty })
        http = try list("http01")
        https = try list("https01")
        tlsALPN = try list("tlsalpn01")
        dns = try list("dnsserver")
        dnsOverHTTPS = try list("doh")
        let (certificate, key) = (values.text("doh-cert"), values.text("doh-cert-key"))
        if !certificate.isEmpty, !key.isEmpty {
            dnsOverHTTPSIdentity = Identity(certificate: certificate, privateKey: key)
        }
        management = try list("management").first
        defaultIPv4 = try Self.address("defaultIPv4", in: values, isV6: false)
        defaultIPv6 = try Self.address("defaultIPv6", in: values, isV6: true)
        showsVersion = values.isOn("version")
    }

    private static func address(_ flag: String, in values: GoFlags.Values, isV6: Bool) throws(SettingsError)
        -> CairnIPAddress?
    {
        let text = bare(values.text(flag))
        if text.isEmpty { return nil }
        if let address = CairnIPAddress(text) {
            switch (address, isV6) {
            case (.v4, false), (.v6, true): return address
            default: break
            }
        }
        throw SettingsError("-\(flag): expected an IPv\(isV6 ? 6 : 4) address, or nothing for none, got \(text.quoted)")
    }

    /// A value without the quotes of somebody who took care of a shell that is not there: certbot's own tests disable servers
    /// with a value of two quotes, on which Pebble's does not listen either.
    private static func bare(_ text: String) -> String {
        text == "\"\"" || text == "''" ? "" : text
    }

    /// Whether it would answer nobody.
    var isEmpty: Bool {
        [http, https, tlsALPN, dns].allSatisfy(\.isEmpty) && (dnsOverHTTPS.isEmpty || dnsOverHTTPSIdentity == nil)
    }

    /// What the server says about itself at the start, in the words of Pebble's.
    var announcement: [String] {
        func lines(_ kind: String, _ addresses: [ListenAddress]) -> [String] {
            addresses.map { "Creating \(kind) server on \($0)" }
        }
        var lines = lines("HTTP-01 challenge", http) + lines("HTTPS HTTP-01 challenge", https)
        lines += dns.map { "Creating TCP and UDP DNS-01 challenge server on \($0)" }
        if dnsOverHTTPSIdentity != nil { lines += dnsOverHTTPS.map { "Creating DoH server on \($0)" } }
        lines += tlsALPN.map { "Creating TLS-ALPN-01 challenge server on \($0)" }
        if !dns.isEmpty {
            if let defaultIPv4 { lines.append("Answering A queries with \(defaultIPv4) by default") }
            if let defaultIPv6 { lines.append("Answering AAAA queries with \(defaultIPv6) by default") }
        }
        return lines
    }
}
