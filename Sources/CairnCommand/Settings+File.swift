import Cairn

extension Settings {
    /// Takes over whatever a file sets.
    mutating func apply(_ file: SettingsFile) throws {
        try file.read { root in
            if let seed = try root.value("seed", Self.seedKind, Self.seed) { ca.seed = seed }
            if let level = try root.value(
                "logLevel", "error, warning, info or debug", { $0.string.flatMap(LogLevel.init) })
            {
                logLevel = level
            }
            if let origin = try root.string("origin") { ca.origin = origin }
            if let threads = try root.count("threads") { ca.threads = threads }
            if let personality = try root.value("personality", Self.personalityNames, Self.personality) {
                ca.personality = personality
            }
            try root.section("acme") { try Self.readListener(&$0, &ca.listener) }
            try root.section("management") { section in
                if let on = try section.bool("enabled") { servesManagement = on }
                try Self.readListener(&section, &management)
            }
            try root.section("dns") { try readDNS(&$0) }
            try root.section("tls") { try readIdentity(&$0) }
            try root.section("validation") { try readValidation(&$0) }
            try root.section("authority") { try readAuthority(&$0) }
            try root.section("policy") { try readPolicy(&$0) }
            try root.section("keys") { try ca.policy.keys.apply(&$0) }
            try root.section("caa") { try ca.policy.applyCAA(&$0) }
            try root.section("progress") { try ca.policy.progress.apply(&$0) }
            try root.section("draft") { section in
                var draft = DraftSettings()
                try draft.apply(&section)
                ca.draft = try section.bool("enabled") == false ? nil : draft
            }
            try root.section("rateLimits") { try ca.policy.rateLimits.apply(&$0) }
        }
    }

    private static func readListener(
        _ section: inout SettingsFile.Section, _ listener: inout TestCA.Configuration.Listener
    ) throws {
        if let addresses = try section.addresses("addresses") { listener.addresses = addresses }
        if let port = try section.port("port") { listener.port = port }
    }

    private mutating func readDNS(_ section: inout SettingsFile.Section) throws {
        if let on = try section.bool("enabled") { servesDNS = on }
        if let addresses = try section.addresses("addresses") { dns.addresses = addresses }
        if let port = try section.port("port") { dns.port = port }
        if let text = try section.string("defaultIPv4") { defaultIPv4 = try Self.defaultAddress(text, isV6: false) }
        if let text = try section.string("defaultIPv6") { defaultIPv6 = try Self.defaultAddress(text, isV6: true) }
    }

    private mutating func readIdentity(_ section: inout SettingsFile.Section) throws {
        let (certificate, key) = (try section.string("certificate"), try section.string("key"))
        guard let certificate, let key, let root = try section.string("root") else {
            throw SettingsError("\(section.path): \"tls\" needs \"certificate\", \"key\" and \"root\"")
        }
        identity = .files(certificate: certificate, key: key, root: root)
    }

    private mutating func readValidation(_ section: inout SettingsFile.Section) throws {
        if let port = try section.port("httpPort") { ca.validation.httpPort = port }
        if let port = try section.port("tlsPort") { ca.validation.tlsPort = port }
        if let timeout = try section.seconds("timeout") { ca.validation.timeout = timeout }
        if let limit = try section.count("redirectLimit") { ca.validation.redirectLimit = limit }
        if let ports = try section.value("redirectPorts", "an array of ports, or null for all", Self.ports) {
            ca.validation.redirectPorts = ports.value
        }
        if let addresses = try section.value(
            "addresses", "\"any\" or \"publicOnly\"",
            { $0.string.flatMap(ValidationConfiguration.Addresses.init) })
        {
            ca.validation.addresses = addresses
        }
        if let names = try section.strings("perspectives") { ca.validation.perspectives = names }
        if let quorum = try section.value(
            "perspectiveQuorum", "a whole number that is not negative, or null for the rule of public CAs",
            Self.quorum)
        {
            ca.validation.perspectiveQuorum = quorum.value
        }
        if let always = try section.bool("alwaysValid") { alwaysValid = always }
    }

    private mutating func readAuthority(_ section: inout SettingsFile.Section) throws {
        if let name = try section.string("name") { ca.authority.name = name }
        if let key = try section.value("rootKey", Self.keyNames, Self.keyAlgorithm) { ca.authority.rootKey = key }
        if let key = try section.value("intermediateKey", Self.keyNames, Self.keyAlgorithm) {
            ca.authority.intermediateKey = key
        }
        if let base = try section.string("issuerURLBase") { ca.authority.issuerURLBase = base }
        if let length = try section.count("chainLength") { ca.authority.chainLength = length }
        let roots = try section.count("roots")
        if let roots { ca.authority.roots = roots }
        if let chains = try section.value("chains", "an array of arrays of numbers of roots", Self.chains) {
            ca.authority.chains = chains
            guard roots.map({ $0 == ca.authority.roots }) ?? true else {
                throw SettingsError(
                    "\(section.path): \"authority.chains\" has \(ca.authority.roots) roots, but \"authority.roots\" is "
                        + "\(roots ?? 0); one of them is enough")
            }
        }
        if let entries = try section.value("profiles", "an array of objects", { $0.array?.map(\.object) }) {
            ca.authority.profiles = try entries.map { entry in
                guard let entry else {
                    throw SettingsError("\(section.path): expected \"authority.profiles\" to hold objects")
                }
                return try readProfile(entry, section.path)
            }
        }
    }

    private mutating func readProfile(_ object: JSONObject, _ path: String) throws -> CertificateProfile {
        var section = SettingsFile.Section(path: path, name: "authority.profiles.", object: object)
        guard let name = try section.string("name") else {
            throw SettingsError("\(path): a profile needs a \"name\"")
        }
        var profile = CertificateProfile.standard
        profile.name = name
        if let description = try section.string("description") { profile.description = description }
        if let validity = try section.seconds("validity") { profile.validity = validity }
        if let backdate = try section.count("backdate") { profile.backdate = .seconds(backdate) }
        if let included = try section.bool("includesCommonName") { profile.includesCommonName = included }
        let rules = ProfileRules(
            identifierTypes: try section.strings("identifierTypes").map { Set($0.map(IdentifierType.init)) },
            challengeTypes: try section.strings("challengeTypes")?.map(ChallengeType.init),
            maximumIdentifiers: try section.count("maximumIdentifiers"))
        if rules != ProfileRules() { ca.policy.profiles[name] = rules }
        try section.finish()
        return profile
    }

    private mutating func readPolicy(_ section: inout SettingsFile.Section) throws {
        if let terms = try section.value("termsOfService", "a URL, or null for none", Self.terms) {
            ca.policy.termsOfService = terms.value
        }
        if let version = try section.string("termsVersion") {
            guard ca.policy.termsOfService != nil else {
                throw SettingsError(
                    "\(section.path): \"policy.termsVersion\" needs terms of service, and there are none")
            }
            ca.policy.termsOfService?.version = version
        }
        try readExternalAccounts(&section)
        try ca.policy.applyContacts(&section)
        if let types = try section.strings("challengeTypes") {
            ca.policy.challengeTypes = types.map(ChallengeType.init)
        }
        if let url = try section.string("website") { ca.policy.website = url }
        if let count = try section.count("maximumIdentifiers") { ca.policy.maximumIdentifiers = count }
        if let count = try section.count("ordersPerPage") { ca.policy.ordersPerPage = count }
        if let wait = try section.seconds("orderLifetime") { ca.policy.lifetimes.order = wait }
        if let wait = try section.seconds("pendingAuthorizationLifetime") {
            ca.policy.lifetimes.pendingAuthorization = wait
        }
        if let wait = try section.seconds("validAuthorizationLifetime") {
            ca.policy.lifetimes.validAuthorization = wait
        }
        try ca.policy.applyFailures(&section)
        if let wait = try section.value("retryAfter", "a number of seconds, or null for none", Self.wait) {
            ca.retryAfter = wait.value
        }
        if let form = try section.value(
            "retryAfterForm", "\"seconds\", \"httpDate\" or \"either\"",
            { $0.string.flatMap(RetryAfterForm.init) })
        {
            ca.retryAfterForm = form
        }
        if let info = try section.value("renewalInfoRetryAfter", "a number of seconds, or null for none", Self.wait) {
            ca.policy.renewalInfo = RenewalInfoPolicy()
            ca.policy.renewalInfo?.retryAfter = info.value
        }
        if let offered = try section.bool("renewalInfo"), !offered { ca.policy.renewalInfo = nil }
        try readNames(&section)
        try readReuse(&section)
    }

    // MARK: Values

    /// A value that may be absent on purpose, which is not the same as a member that is not there.
    private struct Chosen<Value> { let value: Value? }

    private static func terms(_ value: JSON) -> Chosen<TermsOfService>? {
        if value == .null { return Chosen(value: nil) }
        return value.string.map { Chosen(value: .url($0)) }
    }

    private static func wait(_ value: JSON) -> Chosen<Duration>? {
        if value == .null { return Chosen(value: nil) }
        return value.integer.flatMap { $0 > 0 ? Chosen(value: .seconds($0)) : nil }
    }

    private static func ports(_ value: JSON) -> Chosen<Set<Int>>? {
        if value == .null { return Chosen(value: nil) }
        guard let array = value.array else { return nil }
        let ports = array.compactMap { $0.integer.flatMap { (1...65_535).contains($0) ? $0 : nil } }
        return ports.count == array.count ? Chosen(value: Set(ports)) : nil
    }

    private static func quorum(_ value: JSON) -> Chosen<Int>? {
        if value == .null { return Chosen(value: nil) }
        return value.integer.flatMap { $0 >= 0 ? Chosen(value: $0) : nil }
    }

    private static let seedKind = "a whole number that is not negative, in quotes if it is above \(Int.max)"

    private static func seed(_ value: JSON) -> Seed? {
        value.integer.flatMap { UInt64(exactly: $0) }.map { Seed($0) }
            ?? value.string.flatMap { UInt64($0) }.map { Seed($0) }
    }

    private static let personalityNames =
        "one of " + Personality.all.map { "\"\($0)\"" }.joined(separator: ", ")

    private static func personality(_ value: JSON) -> Personality? {
        Personality.all.first { $0.name == value.string }
    }

    private static func chains(_ value: JSON) -> [RootPath]? {
        guard let array = value.array else { return nil }
        let chains = array.compactMap { entry -> RootPath? in
            guard let entries = entry.array else { return nil }
            let numbers = entries.compactMap(\.integer)
            guard numbers.count == entries.count, let first = numbers.first else { return nil }
            return numbers.dropFirst().reduce(.root(first)) { $0.crossSigned(by: $1) }
        }
        return chains.count == array.count ? chains : nil
    }

    private static let keyNames = "\"P-256\", \"P-384\" or \"RSA-2048\""

    private static func keyAlgorithm(_ value: JSON) -> KeyAlgorithm? {
        switch value.string {
        case "P-256": .p256
        case "P-384": .p384
        case "RSA-2048": .rsa2048
        default: nil
        }
    }
}
