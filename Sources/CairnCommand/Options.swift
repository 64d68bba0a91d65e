import ArgumentParser
import Cairn

struct ListeningOptions: ParsableArguments {
    @Option(help: "An address for ACME. May be given several times. (default: 127.0.0.1)")
    var acmeAddress: [Address] = []
    @Option(help: "The port for ACME, over HTTPS. (default: 14000)")
    var acmePort: Port?
    @Option(help: "An address for the management API. May be given several times. (default: 127.0.0.1)")
    var managementAddress: [Address] = []
    @Option(help: "The port for the management API, over HTTPS. (default: 15000)")
    var managementPort: Port?
    @Flag(help: "Serve no management API.")
    var noManagement = false
    @Option(help: "An address for DNS. May be given several times. (default: 127.0.0.1)")
    var dnsAddress: [Address] = []
    @Option(help: "The port for DNS, over UDP and TCP. (default: 8053)")
    var dnsPort: Port?
    @Flag(name: .customLong("no-dns"), help: "Serve no DNS; the fake DNS is used for validation all the same.")
    var noDNS = false

    func apply(to settings: inout Settings) throws {
        if !acmeAddress.isEmpty { settings.ca.listener.addresses = acmeAddress.map(\.address) }
        if let acmePort { settings.ca.listener.port = acmePort.number }
        if !managementAddress.isEmpty { settings.management.addresses = managementAddress.map(\.address) }
        if let managementPort { settings.management.port = managementPort.number }
        if noManagement { settings.servesManagement = false }
        if !dnsAddress.isEmpty { settings.dns.addresses = dnsAddress.map(\.address) }
        if let dnsPort { settings.dns.port = dnsPort.number }
        if noDNS { settings.servesDNS = false }
    }
}

struct ValidationOptions: ParsableArguments {
    @Option(help: "The port that stands for port 80 of every host: where http-01 connects. (default: 5002)")
    var httpPort: Port?
    @Option(help: "The port that stands for port 443 of every host: where tls-alpn-01 connects. (default: 5001)")
    var tlsPort: Port?
    @Option(
        name: .customLong("default-ipv4"),
        help:
            "The IPv4 address of every name that has no record of its own; \"none\" for no address. (default: 127.0.0.1)"
    )
    var defaultIPv4: String?
    @Option(
        name: .customLong("default-ipv6"),
        help: "The IPv6 address of every name that has no record of its own; \"none\" for no address. (default: none)")
    var defaultIPv6: String?
    @Flag(help: "Approve every challenge without looking.")
    var alwaysValid = false

    func apply(to settings: inout Settings) throws {
        if let httpPort { settings.ca.validation.httpPort = httpPort.number }
        if let tlsPort { settings.ca.validation.tlsPort = tlsPort.number }
        if let defaultIPv4 { settings.defaultIPv4 = try Settings.defaultAddress(defaultIPv4, isV6: false) }
        if let defaultIPv6 { settings.defaultIPv6 = try Settings.defaultAddress(defaultIPv6, isV6: true) }
        if alwaysValid { settings.alwaysValid = true }
    }
}

struct IdentityOptions: ParsableArguments {
    @Option(
        help:
            "The certificate chain of the server, in PEM. Needs --tls-key and --tls-root. (default: one that is built in)"
    )
    var tlsCertificate: String?
    @Option(help: "The private key of that certificate, in PEM.")
    var tlsKey: String?
    @Option(help: "The root that clients trust, in PEM.")
    var tlsRoot: String?

    func validate() throws {
        let given = [tlsCertificate, tlsKey, tlsRoot].compactMap { $0 }.count
        guard given == 0 || given == 3 else {
            throw ValidationError("--tls-certificate, --tls-key and --tls-root go together")
        }
    }

    func apply(to settings: inout Settings) {
        if let tlsCertificate, let tlsKey, let tlsRoot {
            settings.identity = .files(certificate: tlsCertificate, key: tlsKey, root: tlsRoot)
        }
    }
}

/// A number from 0 to 65535.
struct Port: ExpressibleByArgument {
    let number: Int

    init?(argument: String) {
        guard let number = UInt16(argument) else { return nil }
        self.number = Int(number)
    }
}

/// An IPv4 or IPv6 address.
struct Address: ExpressibleByArgument {
    let address: IPAddress

    init?(argument: String) {
        guard let address = IPAddress(argument) else { return nil }
        self.address = address
    }
}

extension LogLevel: ExpressibleByArgument {}
