import CairnModel

/// A command line as Go's package `flag` reads it, which is what scripts around Pebble were written for.
///
/// One dash and two are the same, a value follows as the next argument or behind `=`, a switch takes one behind `=` alone,
/// and the first argument that is no flag ends them all.
struct GoFlags: Sendable {
    /// A flag by all its names, the first of which the usage shows.
    struct Flag: Sendable {
        enum Kind: Sendable {
            case text(default: String)
            case toggle
        }

        let names: [String]
        let kind: Kind
        let usage: String

        /// What the help has behind its names.
        var valueName: String { if case .text = kind { " string" } else { "" } }

        /// What it is for, and its default.
        var summary: String {
            if case .text(let value) = kind, !value.isEmpty { "\(usage) (default \(value.quoted))" } else { usage }
        }

        static func text(_ names: String..., default value: String = "", use usage: String) -> Flag {
            Flag(names: names, kind: .text(default: value), usage: usage)
        }

        static func toggle(_ name: String, use usage: String) -> Flag {
            Flag(names: [name], kind: .toggle, usage: usage)
        }
    }

    /// What a command line says: the flags by their first names, and what is left behind them.
    struct Values: Hashable, Sendable {
        private(set) var arguments: [String] = []
        private var defaults: [String: String] = [:]
        private var texts: [String: [String]] = [:]
        private var toggles: Set<String> = []

        /// The value of a flag, the last that was given, or its default.
        func text(_ name: String) -> String { texts[name]?.last ?? defaults[name] ?? "" }
        /// The values of a flag that may be given several times, in their order.
        func all(_ name: String) -> [String] { texts[name] ?? [] }
        /// Whether a switch is on.
        func isOn(_ name: String) -> Bool { toggles.contains(name) }

        fileprivate init(defaultsOf flags: [Flag]) {
            for flag in flags {
                if case .text(let value) = flag.kind { defaults[flag.names[0]] = value }
            }
        }

        fileprivate mutating func set(_ name: String, _ value: String) { texts[name, default: []].append(value) }
        fileprivate mutating func turn(_ name: String, on: Bool) {
            if on { toggles.insert(name) } else { toggles.remove(name) }
        }
        fileprivate mutating func leave(_ rest: some Sequence<String>) { arguments = Array(rest) }
    }

    /// Why a command line was not understood, or that help was asked for.
    enum Complaint: Error, Hashable {
        case help
        case wrong(String)

        /// The exit status that Go's programs have then.
        var status: Int32 { self == .help ? 0 : 2 }
    }

    let program: String
    let flags: [Flag]

    func parse(_ arguments: [String]) throws(Complaint) -> Values {
        var values = Values(defaultsOf: flags)
        var rest = arguments[...]
        while let argument = rest.first {
            guard argument.utf8.first == UInt8(ascii: "-"), argument.utf8.count > 1 else { break }
            rest.removeFirst()
            if argument.isSame(as: "--") { break }
            let body = argument.dropFirst(argument.hasPrefix("--") ? 2 : 1)
            guard let first = body.first, first != "-", first != "=" else {
                throw .wrong("bad flag syntax: \(argument)")
            }
            let name = String(body.prefix { $0 != "=" })
            let attached = body.firstIndex(of: "=").map { String(body[body.index(after: $0)...]) }
            guard let flag = flags.first(where: { flag in flag.names.contains { $0.isSame(as: name) } }) else {
                if name.isSame(as: "help") || name.isSame(as: "h") { throw .help }
                throw .wrong("flag provided but not defined: -\(name)")
            }
            switch flag.kind {
            case .toggle:
                guard let isOn = attached.map(Self.bool) ?? true else {
                    throw .wrong("invalid boolean value \((attached ?? "").quoted) for -\(name): parse error")
                }
                values.turn(flag.names[0], on: isOn)
            case .text:
                guard let value = attached ?? rest.popFirst() else { throw .wrong("flag needs an argument: -\(name)") }
                values.set(flag.names[0], value)
            }
        }
        values.leave(rest)
        return values
    }

    /// The flag, by its first name, whose value follows a word as the next argument; `nil` if none does.
    func takingValue(_ word: String) -> String? {
        let name = String(word.drop { $0 == "-" })
        let flag = flags.first { flag in flag.names.contains { $0.isSame(as: name) } }
        if case .text? = flag?.kind { return flag?.names[0] } else { return nil }
    }

    /// What `-help` prints, and what follows a complaint.
    var usage: String {
        let lines = flags.sorted { $0.names[0] < $1.names[0] }.map { flag in
            switch flag.kind {
            case .toggle: "  -\(flag.names[0])\n    \t\(flag.usage)"
            case .text(default: ""): "  -\(flag.names[0]) string\n    \t\(flag.usage)"
            case .text(let value): "  -\(flag.names[0]) string\n    \t\(flag.usage) (default \(value.quoted))"
            }
        }
        return (["Usage of \(program):"] + lines).joined(separator: "\n")
    }

    /// The flags as the help of `cairn` shows options.
    var help: String {
        flags.sorted { $0.names[0] < $1.names[0] }.map { flag in
            let head = "  " + flag.names.map { "-\($0)" }.joined(separator: ", ") + flag.valueName
            return ([head] + SettingsText.wrap(flag.summary, indent: 8)).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// The words that Go takes for a truth value.
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}

extension GoFlags {
    /// The flags of `pebble`, and some that Cairn adds.
    static let pebble = GoFlags(
        program: "pebble",
        flags: [
            .text(
                "config", default: "test/config/pebble-config.json", use: "File path to the Pebble configuration file"),
            .toggle("strict", use: "Enable strict mode to test upcoming API breaking changes"),
            .text("dnsserver", use: "Define a custom DNS server address (ex: 192.168.0.56:5053 or 8.8.8.8:53)."),
            .toggle("version", use: "Print the software version"),
            // What Pebble has not.
            .toggle(
                "challtestsrv",
                use: "Serve as pebble-challtestsrv, too, and ask its DNS. Flags of its own follow behind --."),
            .text("rules", use: "A JSON file of rules, as for cairn serve. May be given several times."),
            .text("seed", use: "The seed of all random choices (default $CAIRN_SEED, or one that is drawn)"),
            .text("set", use: "Any setting of Cairn as path=value. May be given several times."),
        ])

    /// The flags of `pebble-challtestsrv`; `-dns01` is what `-dnsserver` was called before 2.10.
    static let challengeServer = GoFlags(
        program: "pebble-challtestsrv",
        flags: [
            .text("http01", default: ":5002", use: binds("HTTP-01 challenges")),
            .text("https01", default: ":5003", use: binds("HTTPS HTTP-01 challenges")),
            .text("tlsalpn01", default: ":5001", use: binds("TLS-ALPN-01 and HTTPS HTTP-01 challenges")),
            .text("dnsserver", "dns01", default: ":8053", use: binds("DNS-01 challenges and fake DNS data")),
            .text("doh", default: ":8443", use: binds("DNS over HTTPS")),
            .text("doh-cert", use: "The certificate for DNS over HTTPS, in PEM"),
            .text("doh-cert-key", use: "The private key of that certificate, in PEM"),
            .text("management", default: ":8055", use: "Bind address/port for management HTTP interface"),
            .text("defaultIPv4", default: "127.0.0.1", use: "Default IPv4 address for mock DNS responses to A queries"),
            .text("defaultIPv6", default: "::1", use: "Default IPv6 address for mock DNS responses to AAAA queries"),
            .toggle("version", use: "Print the software version"),
        ])

    private static func binds(_ subject: String) -> String {
        "Comma separated bind addresses/ports for \(subject). Set empty to disable."
    }
}
