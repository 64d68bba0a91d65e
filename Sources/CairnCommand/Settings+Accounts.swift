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
        if let algorithms = try section.value("signatureAlgorithms", Self.algorithmsKind, Self.algorithms) {
            signatureAlgorithms = algorithms
        }
    }

    private static let algorithmsKind =
        "an array of " + SignatureAlgorithm.accepted.map { "\"\($0)\"" }.joined(separator: ", ")

    private static func algorithms(_ value: JSON) -> [SignatureAlgorithm]? {
        guard let array = value.array else { return nil }
        let known = array.compactMap { name in SignatureAlgorithm.accepted.first { $0.rawValue == name.string } }
        return known.count == array.count ? known : nil
    }

    private static func digests(_ value: JSON) -> Set<KeyDigest>? {
        guard let array = value.array else { return nil }
        let digests = array.compactMap { $0.string.flatMap { KeyDigest(hexadecimal: $0) } }
        return digests.count == array.count ? Set(digests) : nil
    }
}
