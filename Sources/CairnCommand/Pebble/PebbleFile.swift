import CairnModel

/// What stands in a `pebble-config.json`, and what counts where it says nothing.
///
/// Pebble itself has a default for next to nothing: whatever a file leaves out is empty or 0, and mostly useless. Here it is as
/// in the file that Pebble is shipped with, except for what an absent key turns off.
struct PebbleFile: Hashable, Sendable {
    var listenAddress = ListenAddress(host: "0.0.0.0", port: 14000)
    /// `nil` turns the interface off, as an empty text does.
    var managementListenAddress: ListenAddress?
    var httpPort = 5002
    var tlsPort = 5001
    /// Paths in PEM; empty for the identity that is built in.
    var certificate = ""
    var privateKey = ""
    /// What leaves say about OCSP; empty for nothing.
    var ocspResponderURL = ""
    var externalAccountBindingRequired = false
    /// The keys by their `kid`, in the order of the file.
    var externalAccountMACKeys: [ExternalKey] = []
    var caaIdentities = ["pebble.letsencrypt.org"]
    var domainBlocklist: [String] = []
    var keyAlgorithm = KeyAlgorithm.rsa
    var profiles = [Profile(name: "default", description: "The default profile")]
    /// What clients are told to wait between two polls; 0 tells them nothing.
    var retryAfter = RetryAfter()
    /// What was not understood and did not matter, a sentence each.
    var warnings: [String] = []

    struct ExternalKey: Hashable, Sendable {
        let identifier: String
        let macKey: [UInt8]
    }

    enum KeyAlgorithm: String, Sendable {
        case rsa, ecdsa
    }

    struct Profile: Hashable, Sendable {
        /// Three months, which stand for a period that no certificate can have, too.
        static let standardValidity = 7_776_000

        let name: String
        var description = ""
        /// Whether the subject names one of the names.
        var promotesCommonName = false
        /// In seconds.
        var validityPeriod = Self.standardValidity
    }

    struct RetryAfter: Hashable, Sendable {
        /// In seconds.
        var authz = 0
        /// In seconds.
        var order = 0
    }

    init() {}

    /// What stands in the file that Pebble is shipped with.
    static let shipped: PebbleFile = {
        var file = PebbleFile()
        file.managementListenAddress = ListenAddress(host: "0.0.0.0", port: 15000)
        file.domainBlocklist = ["blocked-domain.example"]
        file.keyAlgorithm = .ecdsa
        file.retryAfter = RetryAfter(authz: 3, order: 5)
        file.profiles.append(
            Profile(name: "shortlived", description: "A short-lived profile", validityPeriod: 518_400))
        return file
    }()

    /// Reads a file.
    init(path: String) throws(SettingsError) {
        try self.init(try readFile(path), path: path)
    }

    /// - Parameter path: what sentences call the file.
    init(_ bytes: [UInt8], path: String) throws(SettingsError) {
        let value: CairnJSON
        do { value = try CairnJSON(parsing: bytes) } catch {
            let (line, column) = JSONLines(bytes).place(ofByte: error.offset)
            throw SettingsError("\(path):\(line):\(column): \(error)")
        }
        var reader = GoObject(value, at: "", in: path)
        var pebble = reader.object("pebble")
        try reader.finish()
        read(&pebble)
        try pebble.finish()
        warnings = reader.warnings + pebble.warnings
    }

    private mutating func read(_ file: inout GoObject) {
        if let address = file.read("listenAddress", .address) ?? nil { listenAddress = address }
        managementListenAddress = file.read("managementListenAddress", .address) ?? nil
        httpPort = file.read("httpPort", .port) ?? httpPort
        tlsPort = file.read("tlsPort", .port) ?? tlsPort
        certificate = file.read("certificate", .string) ?? ""
        privateKey = file.read("privateKey", .string) ?? ""
        ocspResponderURL = file.read("ocspResponderURL", .string) ?? ""
        externalAccountBindingRequired = file.read("externalAccountBindingRequired", .bool) ?? false
        for (identifier, text) in file.texts(of: "externalAccountMACKeys") {
            // Pebble takes what base64url may look like without padding, and so with it.
            if let key = try? Base64URL.decode(text.prefix { $0 != "=" }) {
                externalAccountMACKeys.append(ExternalKey(identifier: identifier, macKey: key))
            } else {
                file.complain(about: "externalAccountMACKeys.\(identifier)", "expected a key in base64url")
            }
        }
        caaIdentities = file.read("caaIdentities", .strings) ?? caaIdentities
        domainBlocklist = file.read("domainBlocklist", .strings) ?? domainBlocklist
        if let name = file.read("keyAlgorithm", .string), !name.isEmpty {
            if let algorithm = KeyAlgorithm(rawValue: name) {
                keyAlgorithm = algorithm
            } else {
                file.complain(about: "keyAlgorithm", "expected \"rsa\" or \"ecdsa\", got \(name.quoted)")
            }
        }
        let profiles = file.objects(of: "profiles", Self.profile)
        if !profiles.isEmpty { self.profiles = profiles }
        file.with("retryAfter") { part in
            retryAfter = RetryAfter(authz: part.read("authz", .integer) ?? 0, order: part.read("order", .integer) ?? 0)
        }
        if file.read("certificateValidityPeriod", .integer) != nil {
            file.warn(about: "certificateValidityPeriod", "the profiles alone say how long certificates are valid")
        }
    }

    private static func profile(_ name: String, _ part: inout GoObject) -> Profile {
        var profile = Profile(name: name)
        profile.description = part.read("description", .string) ?? ""
        profile.promotesCommonName = part.read("promoteCommonName", .bool) ?? false
        // Go's durations end at 292 years.
        if let seconds = part.read("validityPeriod", .integer), (1..<9_223_372_038).contains(seconds) {
            profile.validityPeriod = seconds
        }
        return profile
    }
}
