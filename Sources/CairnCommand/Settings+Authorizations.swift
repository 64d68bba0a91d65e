import Cairn

/// Which names are certified, and which authorizations are used again.
extension Settings {
    mutating func readNames(_ section: inout SettingsFile.Section) throws {
        if let names = try section.strings("blockedNames") { ca.policy.blockedNames = NameSet(names) }
        if let on = try section.bool("preAuthorization") { ca.policy.preAuthorization = on }
    }

    mutating func readReuse(_ section: inout SettingsFile.Section) throws {
        if let rule = try section.value("authorizationReuse", Self.reuseKind, Self.reuse) {
            ca.policy.authorizationReuse.standard = rule
        }
        let entries = try section.value("authorizationReuseOf", "an array of objects") { value -> [JSONObject]? in
            let objects = value.array?.compactMap(\.object)
            return objects?.count == value.array?.count ? objects : nil
        }
        for object in entries ?? [] {
            var entry = SettingsFile.Section(
                path: section.path, name: "policy.authorizationReuseOf.", object: object)
            guard let name = try entry.string("name"), let rule = try entry.value("reuse", Self.reuseKind, Self.reuse)
            else {
                throw SettingsError(
                    "\(section.path): an entry of \"policy.authorizationReuseOf\" needs a \"name\" and \"reuse\"")
            }
            ca.policy.authorizationReuse[name] = rule
            try entry.finish()
        }
        if let on = try section.bool("reusesPendingAuthorizations") { ca.policy.reusesPendingAuthorizations = on }
        if let on = try section.bool("reusesPendingOrders") { ca.policy.reusesPendingOrders = on }
    }

    private static let reuseKind = "\"never\", \"always\" or a probability, 0 to 1"

    private static func reuse(_ value: JSON) -> AuthorizationReuse.Rule? {
        switch value {
        case .string("never"): .never
        case .string("always"): .always
        case .integer(0), .integer(1): .sometimes(value == .integer(1) ? 1 : 0)
        case .double(let probability) where (0...1).contains(probability): .sometimes(probability)
        default: nil
        }
    }
}
