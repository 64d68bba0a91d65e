import Cairn
import CairnModel

/// Everything that can be set from outside, with the executable's own defaults.
struct Settings: Sendable {
    var ca = TestCA.Configuration()
    /// Where the management API is served; `nil` does not serve it.
    var management: TestCA.Configuration.Listener? = Self.standardManagement
    /// What the listeners show to TLS clients; `nil` is ``ListenerIdentity``.
    var tls: Identity?
    var logLevel = LogLevel.warning

    /// An identity other than the one that is built in.
    enum Identity: Hashable, Sendable {
        /// Made at the start, with a root of its own.
        case ephemeral
        case files(IdentityFiles)
    }

    /// Files in PEM, by their paths.
    struct IdentityFiles: Hashable, Sendable {
        var certificate = ""
        var key = ""
        /// `nil` where clients know it already.
        var root: String?
    }

    init() {
        ca.listener.port = 14000
        ca.threads = 2
        ca.dnsListener?.port = 8053
    }

    private static var standardManagement: TestCA.Configuration.Listener {
        var listener = TestCA.Configuration.Listener()
        listener.port = 15000
        return listener
    }

    /// All settings: those of a CA, and those of the executable alone.
    static let catalogue = SettingCatalogue(list)

    @SettingBuilder<Settings> private static var list: [Setting<Settings>] {
        Setting(
            "logLevel", \.logLevel, .word,
            "what is logged to standard error: `info` adds a line for each request, `debug` logs everything")
        Setting<Settings>.section("", \.ca, TestCA.Configuration.settings.settings)
        Setting<Settings>.section(
            "management", \.management, fresh: standardManagement, null: "none",
            "the management API, with the same TLS identity as the ACME server", TestCA.Configuration.Listener.settings)
        Setting(
            "tls", \.tls, SettingKind<Identity>.identity.optional("the built-in one"),
            "the PEM files of the listeners' identity and of the root that clients trust, with paths relative to this file; "
                + "`ephemeral` makes an identity at the start, and rules can give its certificate any fault")
    }
}

extension SettingKind where Value == Settings.Identity {
    fileprivate static var identity: SettingKind {
        let files = SettingKind<Settings.IdentityFiles>.files
        let expected = "\(files.expected), or \"ephemeral\""
        return SettingKind(
            expected: expected, schema: ["anyOf": [.object(files.schema), ["const": "ephemeral"]]],
            members: files.members,
            reading: { json in
                if json == "ephemeral" { return .success(.ephemeral) }
                guard json.object != nil else { return .failure(SettingFault(expected: expected, got: json)) }
                return files.read(json).map { .files($0) }
            },
            writing: { identity in
                switch identity {
                case .ephemeral: "ephemeral"
                case .files(let paths): files.write(paths)
                }
            })
    }
}

extension SettingKind where Value == Settings.IdentityFiles {
    fileprivate static var files: SettingKind {
        .object("an identity", fresh: Settings.IdentityFiles(), required: ["certificate", "key"]) {
            Setting("certificate", \.certificate, .file, "the certificate chain of the listeners")
            Setting("key", \.key, .file, "the private key of that certificate")
            Setting(
                "root", \.root, SettingKind<String>.file.optional("one that clients know already"),
                "the root that clients trust")
        }
    }
}

/// Settings that cannot be, each told in a line of its own.
struct SettingsError: Error, CustomStringConvertible {
    let lines: [String]

    init(_ line: String) { lines = [line] }
    init(_ lines: [String]) { self.lines = lines }

    var description: String { lines.joined(separator: "\n") }
}

extension Settings {
    /// What is right in each setting by itself, and cannot be together.
    ///
    /// An identity that is made at the start is that of the ACME server. Servers over TCP that share an address cannot share a port.
    var conflicts: [SettingFault] {
        let dns = ca.dnsListener?.addresses ?? []
        let servers = [
            ("listener.port", "--acme-port", ca.listener.addresses, ca.listener.port),
            ("listener.plainPort", "--plain-port", ca.listener.addresses, ca.listener.plainPort ?? 0),
            ("management.port", "--management-port", management?.addresses ?? [], management?.port ?? 0),
            ("dnsListener.port", "--dns-port", dns, ca.dnsListener?.port ?? 0),
            ("dnsListener.httpsPort", "--dns-https-port", dns, ca.dnsListener?.httpsPort ?? 0),
        ]
        var faults: [SettingFault] = []
        if tls == .ephemeral, ca.listener.plainHTTP, management?.plainHTTP == false {
            faults.append(
                SettingFault(
                    "\"ephemeral\" is made for the ACME server, which has none with \"listener.plainHTTP\"", at: "tls"))
        }
        for (index, (path, option, addresses, port)) in servers.enumerated() where port != 0 {
            for (other, otherOption, otherAddresses, otherPort) in servers[..<index]
            where otherPort == port && Self.overlap(addresses, otherAddresses) {
                faults.append(
                    SettingFault(
                        "expected another port than \(port), which \"\(other)\" has; \(otherOption) or \(option) "
                            + "changes one of them, and 0 takes a free one", at: path))
            }
        }
        return faults
    }

    private static func overlap(_ left: [CairnIPAddress], _ right: [CairnIPAddress]) -> Bool {
        let anywhere: Set<CairnIPAddress> = [.v4(0), .v6(0)]
        return left.contains { one in right.contains { $0 == one || anywhere.contains($0) || anywhere.contains(one) } }
    }
}

/// A configuration file: one JSON object.
struct SettingsFile {
    let path: String
    private let lines: JSONLines
    private let root: CairnJSONObject

    init(path: String) throws(SettingsError) {
        self.path = path
        let bytes = try readFile(path)
        lines = JSONLines(bytes)
        let value: CairnJSON
        do { value = try CairnJSON(parsing: bytes) } catch {
            let (line, column) = lines.place(ofByte: error.offset)
            throw SettingsError("\(path):\(line):\(column): \(error)")
        }
        guard let root = value.object else {
            throw SettingsError("\(path):1: expected a JSON object, got \(value.kind)")
        }
        self.root = root
    }

    /// Sets whatever the file has.
    func apply(to settings: inout Settings) throws(SettingsError) {
        let given = settings.tls
        settings.tls = nil
        let faults = Settings.catalogue.apply(root, to: &settings, schemaMember: true)
        guard faults.isEmpty else { throw SettingsError(faults.map(sentence)) }
        settings.tls = settings.tls?.beginning(at: folder) ?? given
    }

    /// A fault with its place in the file, if the file has the setting.
    func sentence(_ fault: SettingFault) -> String {
        let shown = lines.text(of: fault.steps).map(fault.showing) ?? fault
        return lines.line(of: fault.steps).map { "\(path):\($0): \(shown)" } ?? "\(shown)"
    }

    /// The folder that the file is in, with its slash; empty for the working folder.
    private var folder: String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }
}

extension Settings.Identity {
    /// With the files of relative paths in a folder.
    fileprivate func beginning(at folder: String) -> Self {
        guard case .files(let files) = self else { return self }
        func place(_ path: String) -> String { path.hasPrefix("/") ? path : folder + path }
        return .files(
            Settings.IdentityFiles(
                certificate: place(files.certificate), key: place(files.key), root: files.root.map(place)))
    }
}
