import Cairn

extension DraftSettings {
    /// Takes over what the section `draft` of a file sets.
    mutating func apply(_ section: inout SettingsFile.Section) throws {
        func flag(_ key: String, _ path: WritableKeyPath<DraftSettings, Bool>) throws {
            if let on = try section.bool(key) { self[keyPath: path] = on }
        }
        if let types = try section.strings("challengeTypes") { challengeTypes = types.map(ChallengeType.init) }
        if let status = try section.value("deactivatedStatus", "401 or 403", Self.status) { deactivatedStatus = status }
        try flag("acceptsKeys", \.acceptsKeys)
        try flag("acceptsPostAsGet", \.acceptsPostAsGet)
        try flag("acceptsWildcards", \.acceptsWildcards)
        try flag("certifiesCommonName", \.certifiesCommonName)
        try flag("printsPageLinks", \.printsPageLinks)
        try flag("omitsPendingStatus", \.omitsPendingStatus)
        try flag("scopesAuthorizations", \.scopesAuthorizations)
        try flag("showsCombinations", \.showsCombinations)
        try flag("showsExistingAccount", \.showsExistingAccount)
        try flag("showsExistingAuthorization", \.showsExistingAuthorization)
    }

    private static func status(_ value: JSON) -> Int? {
        value.integer.flatMap { [401, 403].contains($0) ? $0 : nil }
    }
}
