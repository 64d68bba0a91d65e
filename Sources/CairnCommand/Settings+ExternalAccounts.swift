import Cairn

extension Settings {
    mutating func readExternalAccounts(_ section: inout SettingsFile.Section) throws {
        let names = ExternalAccountBindingPolicy.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        let requirement = try section.value("externalAccountBinding", "one of \(names)") {
            $0.string.flatMap(ExternalAccountBindingPolicy.init)
        }
        if let requirement { ca.policy.externalAccountBinding = requirement }
        if let entries = try section.value("externalAccountKeys", "an array of objects", { $0.array?.map(\.object) }) {
            externalAccountKeys = try entries.map { entry in
                guard let entry else {
                    throw SettingsError("\(section.path): expected \"policy.externalAccountKeys\" to hold objects")
                }
                return try Self.externalKey(entry, section.path)
            }
        }
    }

    private static func externalKey(_ object: JSONObject, _ path: String) throws -> ExternalKey {
        var section = SettingsFile.Section(path: path, name: "policy.externalAccountKeys.", object: object)
        let macKey = try section.value("macKey", "a key in base64url without padding") { value in
            value.string.flatMap { try? Base64URL.decode($0) }
        }
        guard let identifier = try section.string("identifier"), let macKey else {
            throw SettingsError("\(path): a key for external accounts needs an \"identifier\" and a \"macKey\"")
        }
        var key = ExternalKey(identifier: identifier, macKey: macKey)
        if try section.bool("singleUse") == true { key.uses = .once }
        key.lifetime = try section.seconds("lifetime")
        key.policy = BoundPolicy(
            names: try section.strings("names")?.map(BoundName.init(stringLiteral:)),
            deniedNames: NameSet(try section.strings("deniedNames") ?? []), profiles: try section.strings("profiles"),
            maximumIdentifiers: try section.count("maximumIdentifiers"))
        try section.finish()
        return key
    }
}
