import Cairn

extension RateLimits {
    /// Takes over what the section `rateLimits` of a file sets.
    mutating func apply(_ section: inout SettingsFile.Section) throws {
        func limit(_ name: Name, _ path: WritableKeyPath<RateLimits, RateLimit?>) throws {
            let kind = "an array of a number and a period in seconds, such as [300, 10800]"
            if let limit = try section.value(name.rawValue, kind, Self.limit) { self[keyPath: path] = limit }
        }
        try limit(.newAccountsPerAddress, \.newAccountsPerAddress)
        try limit(.newAccountsPerIPv6Range, \.newAccountsPerIPv6Range)
        try limit(.newOrdersPerAccount, \.newOrdersPerAccount)
        try limit(.certificatesPerRegisteredDomain, \.certificatesPerRegisteredDomain)
        try limit(.certificatesPerIdentifierSet, \.certificatesPerIdentifierSet)
        try limit(.failedValidationsPerIdentifier, \.failedValidationsPerIdentifier)
        try limit(.failedValidationsUntilPause, \.failedValidationsUntilPause)
        if let count = try section.count(Name.pendingAuthorizationsPerAccount.rawValue) {
            pendingAuthorizationsPerAccount = count
        }
        if let exempts = try section.bool("exemptsReplacements") { exemptsReplacements = exempts }
        if let exempts = try section.bool("exemptsRenewals") { exemptsRenewals = exempts }
        if let suffixes = try section.value("publicSuffixes", "an array of strings", Self.strings) {
            publicSuffixes = Set(suffixes)
        }
        if let sends = try section.bool("retryAfter") { sendsRetryAfter = sends }
        if let url = try section.string("help") { help = .url(url) }
        for entry in try section.value("overrides", "an array of objects", Self.objects) ?? [] {
            try applyOverride(entry, section.path)
        }
    }

    private mutating func applyOverride(_ object: JSONObject, _ path: String) throws {
        var section = SettingsFile.Section(path: path, name: "rateLimits.overrides.", object: object)
        let name = try section.value("name", "the name of a limit") { $0.string.flatMap(Name.init) }
        let domain = try section.string("domain").map(Subject.domain)
        let address = try section.value("address", "an IP address") { $0.string.flatMap { IPAddress($0) } }
        let limit = try section.value("limit", "an array of a number and a period in seconds, or null for no limit") {
            $0 == .null ? RateLimit.unlimited : Self.limit($0)
        }
        try section.finish()
        guard let name, let limit, let subject = domain ?? address.map(Subject.address) else {
            throw SettingsError(
                "\(path): an entry of \"rateLimits.overrides\" needs \"name\", \"limit\", and \"domain\" or \"address\""
            )
        }
        self.override(name, for: subject, with: limit)
    }

    private static func limit(_ value: JSON) -> RateLimit? {
        guard let array = value.array, array.count == 2, let count = array[0].integer, count >= 0,
            let period = array[1].integer, period > 0
        else { return nil }
        return RateLimit(count, per: .seconds(period))
    }

    private static func objects(_ value: JSON) -> [JSONObject]? {
        guard let array = value.array else { return nil }
        let objects = array.compactMap(\.object)
        return objects.count == array.count ? objects : nil
    }

    private static func strings(_ value: JSON) -> [String]? {
        guard let array = value.array else { return nil }
        let strings = array.compactMap(\.string)
        return strings.count == array.count ? strings : nil
    }
}
