import Cairn

extension Policy {
    /// Takes over what a file sets about the contacts of accounts.
    mutating func applyContacts(_ section: inout SettingsFile.Section) throws {
        if let count = try section.count("maximumContacts") { maximumContacts = count }
        if let on = try section.bool("requiresContact") { requiresContact = on }
        if let domains = try section.strings("blockedContactDomains") { blockedContactDomains = NameSet(domains) }
    }
}

extension KeyRules {
    /// Takes over what the section `keys` of a file sets.
    mutating func apply(_ section: inout SettingsFile.Section) throws {
        if let bits = try section.count("minimumRSABits") { minimumRSABits = bits }
        if let bits = try section.count("maximumRSABits") { maximumRSABits = bits }
        if let on = try section.bool("refusesWeakKeys") { refusesWeakKeys = on }
        if let keys = try section.value("blocked", "an array of SHA-256 digests in hexadecimal", Self.digests) {
            blocked = keys
        }
        if let rule = try section.value(
            "compromised", "\"accepted\", \"blockedIfProven\" or \"blocked\"",
            { $0.string.flatMap(CompromisedKeys.init) })
        {
            compromised = rule
        }
        if let algorithms = try section.strings("signatureAlgorithms") {
            signatureAlgorithms = algorithms.map(SignatureAlgorithm.init)
        }
    }

    private static func digests(_ value: JSON) -> Set<KeyDigest>? {
        guard let array = value.array else { return nil }
        let digests = array.compactMap { $0.string.flatMap { KeyDigest(hexadecimal: $0) } }
        return digests.count == array.count ? Set(digests) : nil
    }
}
