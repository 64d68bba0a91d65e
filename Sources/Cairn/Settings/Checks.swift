import Synchronization

extension TestCA.Configuration {
    /// What no CA could be started with: values out of range, whatever way they were set, and values that contradict each
    /// other.
    package var faults: [SettingFault] {
        let faults = Self.settings.faults(in: self)
        // What is out of range would be told a second time by what compares it.
        return faults.isEmpty ? contradictions : faults
    }

    /// Throws what no CA could be started with.
    func validate() throws(TestCA.StartError) {
        let faults = faults
        guard faults.isEmpty else { throw TestCA.StartError(faults.map(\.description).joined(separator: "; ")) }
    }

    /// Refuses rules that a CA with these servers could not start with.
    package func check(_ rules: [CairnRule]) throws(CairnRuleError) {
        try CairnRules.check(rules, listener.security.connectionPowers)
    }

    /// Settings that are right each for itself, and cannot be together.
    var contradictions: [SettingFault] {
        var faults = presetFaults
        do { try authority.validate() } catch { faults.append(SettingFault("\(error)", at: "authority")) }
        let profiles = authority.profiles.map(\.name)
        faults += policy.contradictions(to: profiles).map { $0.inside("policy") }
        if policy.persist.accountURIPrefix != nil, policy.persist.form == .draft00 {
            faults.append(
                SettingFault(
                    "expected none with the form \"draft00\", which names accounts by their URLs",
                    at: "policy.persist.accountURIPrefix"))
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
                    SettingFault(unknownProfile: $0, among: profiles).inside("policy.profiles")
                }
            if let wrong { faults.append(wrong.inside(.element(index)).inside("externalAccountKeys")) }
        }
        if let fault = responder.fault {
            faults.append(SettingFault(fault.words).inside(.element(fault.index)).inside("responder.answers"))
        }
        return faults
    }

    /// The host in the origin, without its port.
    var originHost: String? {
        guard let origin, let start = origin.utf8.firstRange(of: "://".utf8)?.upperBound else { return nil }
        return try? URLAuthority(origin[start...]).host
    }
}

extension CairnPolicy {
    /// The profiles that it names and that are not among those on offer.
    func contradictions(to profiles: [String]) -> [SettingFault] {
        var faults: [SettingFault] = []
        for name in self.profiles.keys.sorted() where !profiles.contains(name) {
            faults.append(
                SettingFault(unknownProfile: name, among: profiles).inside(.member(name)).inside("profiles"))
        }
        if case .named(let name) = defaultProfile, !profiles.contains(name) {
            faults.append(SettingFault(unknownProfile: name, among: profiles).inside("defaultProfile"))
        }
        return faults
    }
}

extension SettingFault {
    fileprivate init(unknownProfile name: String, among known: [String]) {
        self.init("expected one of \(known.map(\.quoted).joined(separator: ", ")), got \(name.quoted)")
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

extension TestCA.Configuration {
    /// Creates a configuration from a settings file: a JSON object like the output of `cairn settings --example`.
    ///
    /// ```swift
    /// let configuration = try TestCA.Configuration(settings: #"{"policy": {"lifetimes": {"order": "1h"}}}"#)
    /// ```
    /// Omitted settings use their defaults. The settings of the executable (`logLevel`, `management`, `tls`) are
    /// unknown here.
    ///
    /// - Throws: ``TestCA/StartError``, which lists every error.
    public init(settings text: String) throws(TestCA.StartError) {
        self.init()
        let json: CairnJSON
        do { json = try CairnJSON(parsing: Array(text.utf8)) } catch { throw TestCA.StartError("\(error)") }
        guard let object = json.object else { throw TestCA.StartError("expected a JSON object, got \(json.kind)") }
        let faults = Self.settings.apply(object, to: &self, schemaMember: true)
        guard faults.isEmpty else { throw TestCA.StartError(faults.map(\.description).joined(separator: "; ")) }
    }
}

// MARK: - While it runs

extension TestCA {
    /// The configuration as it would have to be for the CA to start as it is set up now.
    package var currentConfiguration: Configuration {
        var current = currentSettings
        current.presetUses = usedPresets
        return current
    }

    /// The same with the presets of the start.
    var currentSettings: Configuration {
        var current = configuration
        (current.personality, current.policy) = (personality, policy)
        current.authority.profiles = authority.profiles
        current.probes = probes
        (current.dns.defaultIPv4, current.dns.defaultIPv6) = (dns.defaultIPv4, dns.defaultIPv6)
        current.dns.updates = dns.updates
        current.validation = Configuration.Validation(validation)
        return current
    }

    /// Changes one setting while the CA runs, as a file would set it at the start.
    ///
    /// - Throws: ``SettingFault`` if there is no such setting, if it cannot be changed now, or if the value is none that it
    ///   can have. Then nothing is changed.
    package func set(_ path: String, to json: CairnJSON) throws(SettingFault) {
        try changes.withLock { (_) throws(SettingFault) in
            let old = currentSettings
            var new = old
            try Configuration.settings.set(path, to: json, of: &new)
            guard Configuration.settings[path]?.isLive ?? false else {
                throw SettingFault("can be set at the start only", at: path)
            }
            try apply(new, over: old)
        }
    }

    /// Puts one setting back to what it was at the start, or all below a path.
    ///
    /// Settings that cannot be changed are what they were anyway.
    ///
    /// - Returns: `false` if there is no setting at the path or below it.
    /// - Throws: ``SettingFault`` if what it was cannot be beside what others are now.
    package func resetSettings(at path: String) throws(SettingFault) -> Bool {
        let chosen = Configuration.settings.settings.filter {
            path.isEmpty || $0.path.isSame(as: path) || $0.path.begins(with: path + ".")
        }
        return try changes.withLock { (_) throws(SettingFault) in
            let old = currentConfiguration
            var new = old
            for setting in chosen where setting.isLive { setting.copy(configuration, &new) }
            try apply(new, over: old)
            return !chosen.isEmpty
        }
    }

    private func apply(_ new: Configuration, over old: Configuration) throws(SettingFault) {
        // What was contradictory before, by what Swift code did to the CA, is no fault of this change.
        let known = Set(old.contradictions.map(\.description))
        if let fault = new.contradictions.first(where: { !known.contains($0.description) }) { throw fault }
        takeOver(new, from: old)
    }

    /// Changes what differs between two configurations and can be changed now.
    func takeOver(_ new: Configuration, from old: Configuration) {
        if new.personality != old.personality { imitate(new.personality) }
        // What goes together is not asked for on the way, when it need not do so yet.
        authority.offer(new.authority.profiles)
        engine.updatePolicy {
            $0 = new.policy
            gateway.personality.decide(&$0)
        }
        probes = new.probes
        dns.defaultIPv4 = new.dns.defaultIPv4
        dns.defaultIPv6 = new.dns.defaultIPv6
        dns.updates = new.dns.updates
        if new.validation != old.validation { new.validation.fill(validation) }
    }
}
