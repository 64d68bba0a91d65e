extension TestCA.Configuration {
    /// What no CA could be started with: values out of range, whatever way they were set, and values that contradict each
    /// other.
    package var faults: [SettingFault] {
        let faults = Self.settings.faults(in: self)
        // What is out of range would be told a second time by what compares it.
        return faults.isEmpty ? contradictions : faults
    }

    /// Throws what no CA could be started with.
    func check() throws(TestCA.StartError) {
        let faults = faults
        guard faults.isEmpty else { throw TestCA.StartError(faults.map(\.description).joined(separator: "; ")) }
    }

    /// Settings that are right each for itself, and cannot be together.
    var contradictions: [SettingFault] {
        var faults: [SettingFault] = []
        do { try authority.check() } catch { faults.append(SettingFault("\(error)", at: "authority")) }
        let profiles = authority.profiles.map(\.name)
        for name in policy.profiles.keys.sorted() where !profiles.contains(name) {
            faults.append(
                SettingFault(Self.unknownProfile(name, profiles)).inside(.member(name)).inside("policy.profiles"))
        }
        if policy.keys.minimumRSABits > policy.keys.maximumRSABits {
            faults.append(
                SettingFault(
                    "expected at most the \(policy.keys.maximumRSABits) of \"policy.keys.maximumRSABits\", got "
                        + "\(policy.keys.minimumRSABits)", at: "policy.keys.minimumRSABits"))
        }
        faults += probes.contradictions.map { $0.inside("probes") }
        var identifiers: Set<String> = []
        for (index, key) in externalAccountKeys.enumerated() {
            let wrong =
                !identifiers.insert(key.identifier).inserted
                ? SettingFault("expected each identifier once, got \(key.identifier.quoted) twice", at: "identifier")
                : key.policy.profiles?.first { !profiles.contains($0) }.map {
                    SettingFault(Self.unknownProfile($0, profiles), at: "policy.profiles")
                }
            if let wrong { faults.append(wrong.inside(.element(index)).inside("externalAccountKeys")) }
        }
        return faults
    }

    private static func unknownProfile(_ name: String, _ known: [String]) -> String {
        "expected one of \(known.map(\.quoted).joined(separator: ", ")), got \(name.quoted)"
    }

    /// The host in the origin, without its port.
    var originHost: String? {
        guard let origin, let start = origin.utf8.firstRange(of: "://".utf8)?.upperBound else { return nil }
        return try? URLAuthority(origin[start...]).host
    }
}

extension CairnProbeSettings {
    /// Results are told by the name of the perspective, so each needs one of its own.
    var contradictions: [SettingFault] {
        var faults: [SettingFault] = []
        var names: Set<String> = []
        for name in perspectives where !names.insert(name).inserted {
            faults.append(SettingFault("expected each name once, got \(name.quoted) twice", at: "perspectives"))
        }
        if let perspectiveQuorum, perspectiveQuorum > perspectives.count {
            faults.append(
                SettingFault(
                    "expected 0 to \(perspectives.count), got \(perspectiveQuorum)", at: "perspectiveQuorum"))
        }
        return faults
    }
}
