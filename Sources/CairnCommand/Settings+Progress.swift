import Cairn

extension Progress {
    /// Takes over what the section `progress` of a file sets.
    mutating func apply(_ section: inout SettingsFile.Section) throws {
        func pace(_ key: String, _ path: WritableKeyPath<Progress, Pace>) throws {
            let kind = "a number of seconds, or a number of polls such as \"2 polls\""
            if let pace = try section.value(key, kind, Self.pace) { self[keyPath: path] = pace }
        }
        try pace("validation", \.validation)
        try pace("readiness", \.readiness)
        try pace("issuance", \.issuance)
    }

    /// What waits for a test to release it is not for a server that runs alone.
    private static func pace(_ value: JSON) -> Pace? {
        if let seconds = value.integer, seconds >= 0 { return seconds == 0 ? .immediately : .after(.seconds(seconds)) }
        guard let text = value.string, text.hasSuffix(" polls"), let polls = Int(text.dropLast(" polls".count)) else {
            return nil
        }
        return polls >= 0 ? .afterPolls(polls) : nil
    }
}

extension Policy {
    /// Takes over what the section `caa` of a file sets.
    mutating func applyCAA(_ section: inout SettingsFile.Section) throws {
        var caa = CAAPolicy()
        if let identities = try section.strings("identities") { caa.identities = identities }
        if let wait = try section.count("recheckAfter") { caa.recheckAfter = .seconds(wait) }
        self.caa = try section.bool("enabled") == false ? nil : caa
    }

    /// Takes over what a file sets about validations that fail.
    mutating func applyFailures(_ section: inout SettingsFile.Section) throws {
        if let waits = try section.value("validationRetries", "an array of seconds", Self.waits) {
            validationRetries = waits
        }
        if let count = try section.count("maximumRequestedRetries") { maximumRequestedRetries = count }
        if let rule = try section.value(
            "authorizationFailsOn", "\"any\" or \"all\"", { $0.string.flatMap(FailedChallenges.init) })
        {
            authorizationFailsOn = rule
        }
    }

    private static func waits(_ value: JSON) -> [Duration]? {
        guard let array = value.array else { return nil }
        let waits = array.compactMap { $0.integer.flatMap { $0 >= 0 ? Duration.seconds($0) : nil } }
        return waits.count == array.count ? waits : nil
    }
}
