import ArgumentParser
import Cairn
import CairnModel

struct ListeningOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: .setting("listener.addresses", "An address for ACME. May be given several times."))
    var acmeAddress: [String] = []
    @Option(parsing: .unconditional, help: .setting("listener.port", "The port for ACME, over HTTPS."))
    var acmePort: String?
    @Option(
        parsing: .unconditionalSingleValue,
        help: .setting("management.addresses", "An address for the management API. May be given several times."))
    var managementAddress: [String] = []
    @Option(parsing: .unconditional, help: .setting("management.port", "The port for the management API, over HTTPS."))
    var managementPort: String?
    @Flag(help: "Serve no management API.")
    var noManagement = false
    @Option(
        parsing: .unconditionalSingleValue,
        help: .setting("dnsListener.addresses", "An address for DNS. May be given several times."))
    var dnsAddress: [String] = []
    @Option(parsing: .unconditional, help: .setting("dnsListener.port", "The port for DNS, over UDP and TCP."))
    var dnsPort: String?
    @Flag(name: .customLong("no-dns"), help: "Serve no DNS; the fake DNS is used for validation all the same.")
    var noDNS = false

    func apply(to settings: inout Settings) throws {
        try settings.set("listener.addresses", acmeAddress, by: "--acme-address")
        try settings.set("listener.port", acmePort, by: "--acme-port")
        try settings.set("management.addresses", managementAddress, by: "--management-address")
        try settings.set("management.port", managementPort, by: "--management-port")
        try settings.set("dnsListener.addresses", dnsAddress, by: "--dns-address")
        try settings.set("dnsListener.port", dnsPort, by: "--dns-port")
        if noManagement { settings.management = nil }
        if noDNS { settings.ca.dnsListener = nil }
    }
}

struct ValidationOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: .setting("probes.httpPort"))
    var httpPort: String?
    @Option(parsing: .unconditional, help: .setting("probes.tlsPort"))
    var tlsPort: String?
    @Option(name: .customLong("default-ipv4"), parsing: .unconditional, help: .setting("dns.defaultIPv4"))
    var defaultIPv4: String?
    @Option(name: .customLong("default-ipv6"), parsing: .unconditional, help: .setting("dns.defaultIPv6"))
    var defaultIPv6: String?
    @Flag(help: "Approve every challenge without validation.")
    var alwaysValid = false

    func apply(to settings: inout Settings) throws {
        try settings.set("probes.httpPort", httpPort, by: "--http-port")
        try settings.set("probes.tlsPort", tlsPort, by: "--tls-port")
        try settings.set("dns.defaultIPv4", defaultIPv4, by: "--default-ipv4")
        try settings.set("dns.defaultIPv6", defaultIPv6, by: "--default-ipv6")
        if alwaysValid { settings.ca.validation.approvesAll = true }
    }
}

struct IdentityOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help:
            "The certificate chain of the server, in PEM. Needs --tls-key. (default: one that is built in)"
    )
    var tlsCertificate: String?
    @Option(parsing: .unconditional, help: "The private key of that certificate, in PEM.")
    var tlsKey: String?
    @Option(
        parsing: .unconditional,
        help: "The root that clients trust, in PEM, if they have to be told. Needs the other two.")
    var tlsRoot: String?

    func apply(to settings: inout Settings) throws {
        switch (tlsCertificate, tlsKey, tlsRoot) {
        case (nil, nil, nil): return
        case (let certificate?, let key?, let root):
            settings.tls = .files(Settings.IdentityFiles(certificate: certificate, key: key, root: root))
        default: throw ValidationError("--tls-certificate and --tls-key go together, and --tls-root goes with both")
        }
    }
}

extension Settings {
    /// Sets what an option was given for, if it was given.
    mutating func set(_ path: String, _ text: String?, by option: String) throws(ValidationError) {
        guard let text else { return }
        var forms = [CairnJSON.string(text)]
        if text == "none" { forms.append(.null) }
        if let json = try? CairnJSON(parsing: Array(text.utf8)) { forms.insert(json, at: 0) }
        try set(path, forms, by: option)
    }

    /// Sets an array from an option that was given several times.
    mutating func set(_ path: String, _ texts: [String], by option: String) throws(ValidationError) {
        guard !texts.isEmpty else { return }
        try set(path, [.array(texts.map { .string($0) })], by: option)
    }

    /// Takes the first form of a value that the setting can have.
    private mutating func set(_ path: String, _ forms: [CairnJSON], by option: String) throws(ValidationError) {
        var complaint: String?
        for form in forms {
            do throws(SettingFault) {
                try Self.catalogue.set(path, to: form, of: &self)
                return
            } catch {
                complaint = complaint ?? "\(option): \(option == "--set" ? error.description : error.sentence)"
            }
        }
        throw ValidationError(complaint ?? "\(option): expected a value")
    }
}

extension ArgumentHelp {
    /// The help of an option that is a setting of the file.
    ///
    /// - Parameter text: what to say instead of the setting's own summary.
    static func setting(_ path: String, _ text: String? = nil) -> ArgumentHelp {
        guard let setting = Settings.catalogue[path] else { return ArgumentHelp(stringLiteral: text ?? "") }
        let summary = setting.summary.prefix(1).uppercased() + setting.summary.dropFirst() + "."
        let value: String =
            switch setting.get(Settings()) {
            case nil, .null: "none"
            case .string(let text): text
            case .array(let elements): elements.map { $0.string ?? $0.text() }.joined(separator: ", ")
            case let json?: json.text()
            }
        return ArgumentHelp(stringLiteral: "\(text ?? String(summary)) (default: \(value))")
    }
}
