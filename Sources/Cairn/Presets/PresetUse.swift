import CairnModel
import Synchronization

/// A preset that a CA uses, and what its settings were before.
package struct PresetUse: Sendable {
    package let preset: CairnPreset
    /// The value that each setting had before, and the one that the preset gave it.
    let changes: [Change]

    struct Change: Sendable {
        let path: String
        /// `nil` where the section that it is in was not there.
        let before: CairnJSON?
        let after: CairnJSON?
    }

    /// Gives a configuration the settings of a preset; those that cannot be are left as they are.
    init(_ preset: CairnPreset, of configuration: inout TestCA.Configuration) {
        self.preset = preset
        let settings = preset.settingsConcerned
        let before = settings.map { $0.get(configuration) }
        _ = TestCA.Configuration.settings.apply(preset.settings, to: &configuration)
        changes = zip(settings, before).map { setting, old in
            Change(path: setting.path, before: old, after: setting.get(configuration))
        }
    }

    /// Gives the settings back that nobody has changed since.
    func withdraw(from configuration: inout TestCA.Configuration) {
        let catalogue = TestCA.Configuration.settings
        for change in changes {
            guard let setting = catalogue[change.path], setting.get(configuration) == change.after,
                let before = change.before
            else { continue }
            try? setting.set(before, of: &configuration)
        }
    }
}

extension TestCA.Configuration {
    /// Applies the settings and rules of presets.
    ///
    /// Later assignments override them.
    ///
    /// ```swift
    /// configuration.use(.zeroSSL)
    /// configuration.policy.externalAccountBinding = .ignored
    /// ```
    /// Using a preset twice has no effect. Two presets that set one setting to different values conflict: the CA does
    /// not start, and the error names both.
    public mutating func use(_ presets: CairnPreset...) { for preset in presets { use(preset) } }

    mutating func use(_ preset: CairnPreset) {
        guard !presets.contains(preset) else { return }
        presetUses.append(PresetUse(preset, of: &self))
        rules += preset.taggedRules
    }

    /// The presets in use, in order.
    public var presets: [CairnPreset] { presetUses.map(\.preset) }

    /// The same for the setting of that name, which only adds.
    var presetsByName: [CairnPreset] {
        get { presets }
        set { for preset in newValue { use(preset) } }
    }

    /// What is wrong with the presets.
    var presetFaults: [SettingFault] {
        var faults: [SettingFault] = []
        for (index, preset) in presets.enumerated() {
            faults += preset.faults.map { $0.inside(.member(preset.name)).inside("presets") }
            if let other = presets[..<index].first(where: { $0.name == preset.name }) {
                faults.append(
                    SettingFault("expected each name once, got two different \(other.name.quoted)", at: "presets"))
            }
            for other in presets[..<index] {
                if let fault = preset.conflict(with: other) { faults.append(fault.inside("presets")) }
            }
        }
        return faults
    }
}

extension CairnPreset {
    /// What cannot be in it, with paths that begin in the preset.
    package var faults: [SettingFault] {
        guard Self.isName(name) else {
            return [SettingFault(expected: "a name of letters, digits, \"-\" and \".\"", got: .string(name))]
        }
        guard settings["presets"] == nil else {
            return [SettingFault("cannot be in a preset", at: "settings.presets")]
        }
        var configuration = TestCA.Configuration()
        var faults = TestCA.Configuration.settings.apply(settings, to: &configuration).map { $0.inside("settings") }
        for (index, rule) in rules.enumerated() {
            do { try rule.check() } catch {
                faults.append(SettingFault("\(error)").inside(.element(index)).inside("rules"))
            }
        }
        return faults
    }

    /// The settings that it is about.
    var settingsConcerned: [Setting<TestCA.Configuration>] {
        var concerned: [Setting<TestCA.Configuration>] = []
        for path in leaves.map(\.path) {
            concerned += TestCA.Configuration.settings.settings.filter {
                $0.path == path || $0.path.hasPrefix(path + ".")
            }
        }
        return concerned
    }

    /// Those of its settings that a running CA cannot change.
    var settingsOfTheStart: [String] { settingsConcerned.filter { !$0.isLive }.map(\.path) }

    /// The paths of its settings and their values.
    private var leaves: [(path: String, value: CairnJSON)] {
        var leaves: [(path: String, value: CairnJSON)] = []
        func walk(_ object: CairnJSONObject, _ prefix: String) {
            for member in object.members {
                let path = prefix + member.name
                let isSetting = TestCA.Configuration.settings[path].map { !$0.isSection } ?? false
                if !isSetting, let inner = member.value.object {
                    walk(inner, path + ".")
                } else {
                    leaves.append((path, member.value))
                }
            }
        }
        walk(settings, "")
        return leaves
    }

    /// What it and another preset both set, and differently.
    func conflict(with other: CairnPreset) -> SettingFault? {
        for mine in leaves {
            for theirs in other.leaves {
                let isSame = mine.path == theirs.path && mine.value != theirs.value
                let isInside = mine.path.hasPrefix(theirs.path + ".") || theirs.path.hasPrefix(mine.path + ".")
                guard isSame || isInside else { continue }
                let path = mine.path.utf8.count > theirs.path.utf8.count ? mine.path : theirs.path
                return SettingFault(
                    "\(other.name.quoted) and \(name.quoted) contradict each other: both set \(path)")
            }
        }
        return nil
    }
}

extension SettingKind where Value == [CairnPreset] {
    /// Names, and whole presets.
    package static var presets: SettingKind { .array(of: .preset, "presets") }
}

extension SettingKind where Value == CairnPreset {
    fileprivate static var preset: SettingKind {
        let names = CairnPreset.all.map(\.name)
        let expected = "the name of a preset, or an object such as \"cairn presets NAME\" prints"
        return SettingKind(
            expected: expected,
            schema: [
                "anyOf": [
                    ["enum": .array(names.map(CairnJSON.string))],
                    [
                        "type": "object", "required": ["name"],
                        "properties": [
                            "name": ["type": "string"], "summary": ["type": "string"],
                            "source": ["type": "array", "items": ["type": "string"]],
                            "settings": ["type": "object"], "rules": ["type": "array", "items": ["type": "object"]],
                        ], "additionalProperties": false,
                    ],
                ]
            ],
            reading: { json in
                if let name = json.string {
                    guard let preset = CairnPreset.named(name) else {
                        let hint = NearestName.to(name, among: names).map { "; did you mean \($0.quoted)?" } ?? ""
                        return .failure(SettingFault("there is no preset \(name.quoted)\(hint)"))
                    }
                    return .success(preset)
                }
                guard json.object != nil else { return .failure(SettingFault(expected: expected, got: json)) }
                do throws(SettingFault) { return .success(try CairnPreset(json: json)) } catch {
                    return .failure(error)
                }
            },
            writing: { CairnPreset.named($0.name) == $0 ? .string($0.name) : $0.json })
    }
}

// MARK: - While it runs

extension TestCA {
    /// The presets in use, in order.
    public var presets: [CairnPreset] { usedPresets.map(\.preset) }

    var usedPresets: [PresetUse] { presetUses.withLock { $0 } }

    /// Applies a preset while the CA runs.
    ///
    /// If it is already in use, those of its rules that were removed are added again.
    ///
    /// - Throws: ``CairnPresetError`` if it has settings that can only be set at the start, conflicts with a preset in
    ///   use, or is invalid. Nothing is changed then.
    public func use(_ preset: CairnPreset) throws(CairnPresetError) {
        try changes.withLock { (_) throws(CairnPresetError) in
            let uses = usedPresets
            if uses.contains(where: { $0.preset == preset }) {
                // Its rules may have been removed meanwhile.
                let present = rules.all.filter { $0.world == nil }.map(\.rule.name)
                let missing = preset.taggedRules.filter { !present.contains($0.name) }
                do throws(CairnRuleError) { try rules.add(missing) } catch { throw CairnPresetError("\(error)") }
                return
            }
            if let fault = preset.faults.first {
                throw CairnPresetError("the preset \(preset.name.quoted): \(fault)")
            }
            for used in uses {
                if used.preset.name == preset.name {
                    throw CairnPresetError("another preset \(preset.name.quoted) is in use")
                }
                if let fault = preset.conflict(with: used.preset) { throw CairnPresetError("presets: \(fault)") }
            }
            try requireLive(preset, "used")
            let old = currentSettings
            var new = old
            let use = PresetUse(preset, of: &new)
            if let fault = new.contradictions.first {
                throw CairnPresetError("the preset \(preset.name.quoted): \(fault)")
            }
            do throws(CairnRuleError) { try rules.add(preset.taggedRules) } catch {
                throw CairnPresetError("the preset \(preset.name.quoted): \(error)")
            }
            takeOver(new, from: old)
            presetUses.withLock { $0.append(use) }
        }
    }

    /// Withdraws a preset: removes its rules and restores its settings, except those that have been changed since.
    ///
    /// - Throws: ``CairnPresetError`` if no preset of that name is in use, or it has settings that can only be set at
    ///   the start. Nothing is changed then.
    public func withdraw(_ preset: CairnPreset) throws(CairnPresetError) {
        try changes.withLock { (_) throws(CairnPresetError) in
            let uses = usedPresets
            guard let place = uses.firstIndex(where: { $0.preset.name == preset.name }) else {
                throw CairnPresetError("the preset \(preset.name.quoted) is not in use")
            }
            let use = uses[place]
            try requireLive(use.preset, "withdrawn")
            let old = currentSettings
            var new = old
            use.withdraw(from: &new)
            if let fault = new.contradictions.first {
                throw CairnPresetError("the preset \(preset.name.quoted): \(fault)")
            }
            // Those of a world stay: a client has chosen them by its URL.
            gateway.rules.removeShared(tagged: use.preset.tag)
            takeOver(new, from: old)
            presetUses.withLock { _ = $0.remove(at: place) }
        }
    }

    private func requireLive(_ preset: CairnPreset, _ done: String) throws(CairnPresetError) {
        let fixed = preset.settingsOfTheStart
        guard fixed.isEmpty else {
            throw CairnPresetError(
                "the preset \(preset.name.quoted) has settings that can be set at the start only "
                    + "(\(fixed.joined(separator: ", "))), so it cannot be \(done) while the CA runs")
        }
    }
}

/// Why a preset cannot be used or withdrawn.
public struct CairnPresetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, in a sentence.
    public let description: String

    package init(_ description: String) { self.description = description }
}
