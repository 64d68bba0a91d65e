extension TestCA {
    /// The configuration as it would have to be for the CA to start as it is set up now.
    package var currentConfiguration: Configuration {
        var current = configuration
        current.policy = policy
        current.probes = probes
        (current.dns.defaultIPv4, current.dns.defaultIPv6) = (dns.defaultIPv4, dns.defaultIPv6)
        current.validation.approvesAll = validation.standard == .approve
        return current
    }

    /// Changes one setting while the CA runs, as a file would set it at the start.
    ///
    /// - Throws: ``SettingFault`` if there is no such setting, if it cannot be changed now, or if the value is none that it
    ///   can have. Then nothing is changed.
    package func set(_ path: String, to json: CairnJSON) throws(SettingFault) {
        let old = currentConfiguration
        var new = old
        try Configuration.settings.set(path, to: json, of: &new)
        guard Configuration.settings[path]?.isLive ?? false else {
            throw SettingFault("can be set at the start only", at: path)
        }
        if let fault = new.contradictions.first { throw fault }
        policy = new.policy
        probes = new.probes
        dns.defaultIPv4 = new.dns.defaultIPv4
        dns.defaultIPv6 = new.dns.defaultIPv6
        if new.validation.approvesAll != old.validation.approvesAll {
            validation.standard = new.validation.approvesAll ? .approve : .probe
        }
    }
}

extension CairnFinding.Kind {
    /// A value that a setting cannot have was assigned to ``TestCA/policy`` or ``TestCA/probes``, and was not taken.
    public static let refusedSetting = CairnFinding.Kind(rawValue: "refusedSetting")
}
