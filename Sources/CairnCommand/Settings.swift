import Cairn

/// Everything that can be set from outside, with the executable's own defaults.
struct Settings {
    var ca = TestCA.Configuration()
    var management = TestCA.Configuration.Listener()
    var servesManagement = true
    var dns = TestCA.Configuration.DNSServer()
    var servesDNS = true
    var defaultIPv4: IPAddress? = .loopbackV4
    var defaultIPv6: IPAddress?
    var alwaysValid = false
    /// The keys that are given out for external accounts at the start.
    var externalAccountKeys: [ExternalKey] = []
    var identity = Identity.builtIn
    var logLevel = LogLevel.warning

    /// What the server shows to TLS clients.
    enum Identity {
        /// ``ListenerIdentity``.
        case builtIn
        /// Files in PEM, by their paths.
        case files(certificate: String, key: String, root: String)
    }

    /// A key for external accounts (RFC 8555 §7.3.4).
    struct ExternalKey {
        var identifier: String
        var macKey: [UInt8]
        var uses = ExternalAccountKey.Uses.unlimited
        /// How long it can be used from the start; `nil` is for ever.
        var lifetime: Duration?
        var policy = BoundPolicy()
    }

    init() {
        ca.listener.port = 14000
        ca.threads = 2
        management.port = 15000
        dns.port = 8053
    }

    /// An address of that family, or `nil` for `none`.
    static func defaultAddress(_ text: String, isV6: Bool) throws(SettingsError) -> IPAddress? {
        if text == "none" { return nil }
        guard let address = IPAddress(text), address.isV6 == isV6 else {
            throw SettingsError("expected an \(isV6 ? "IPv6" : "IPv4") address or \"none\", got \"\(text)\"")
        }
        return address
    }
}

/// A setting that cannot be.
struct SettingsError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// How much is written to the standard error.
enum LogLevel: String, CaseIterable {
    case error, warning, info, debug
}
