import CairnGateway
import CairnModel
import Synchronization

/// A preset that a CA uses, and what its settings were before.
package struct PresetUse: Sendable {
    package let preset: CairnPreset
    /// What it has set.
    private var changes: [Change]

    /// A setting, how it was before, and how the preset left it.
    private struct Change: Sendable {
        let setting: Setting<TestCA.Configuration>
        var before: Snapshot
        let after: Snapshot

        /// Whether the setting is as the preset left it; where it made a section of its own, all of that has to be.
        func isUntouched(in configuration: TestCA.Configuration) -> Bool {
            let catalogue = TestCA.Configuration.settings.settings
            let section = catalogue.first {
                $0.isSection && setting.path.hasPrefix($0.path + ".") && $0.get(before.configuration) == .null
            }
            let whole = section.map { section in catalogue.filter { $0.path.hasPrefix(section.path + ".") } }
            return (whole ?? [setting]).allSatisfy { $0.get(configuration) == $0.get(after.configuration) }
        }
    }

    /// A configuration at one moment, shared by the changes that came of it.
    private final class Snapshot: Sendable {
        let configuration: TestCA.Configuration

        init(_ configuration: TestCA.Configuration) {
            var configuration = configuration
            configuration.presetUses = []
            // What a personality decides of profiles is nobody's change, and is decided again.
            for index in configuration.authority.profiles.indices {
                CairnPersonality.strict.decide(&configuration.authority.profiles[index])
            }
            self.configuration = configuration
        }
    }

    /// Gives a configuration the settings of a preset; those that cannot be are left as they are.
    init(_ preset: CairnPreset, of configuration: inout TestCA.Configuration) {
        self.preset = preset
        let before = Snapshot(configuration)
        _ = TestCA.Configuration.settings.apply(preset.settings, to: &configuration)
        let after = Snapshot(configuration)
        changes = preset.settingsConcerned.map { Change(setting: $0, before: before, after: after) }
    }

    /// Withdraws one of the presets in use: its settings are as before again, but for what somebody has changed since and
    /// what another preset wants to be the same.
    static func withdraw(at place: Int, of uses: inout [PresetUse], from configuration: inout TestCA.Configuration) {
        let withdrawn = uses.remove(at: place)
        let now = Snapshot(configuration).configuration
        for change in withdrawn.changes where change.isUntouched(in: now) {
            let path = change.setting.path
            if let later = uses[place...].firstIndex(where: { $0.sets(path) }) {
                // What was before the one is before the other from now on.
                uses[later].inherit(change)
            } else if !uses[..<place].contains(where: { $0.sets(path) }) {
                change.setting.copy(change.before.configuration, &configuration)
            }
        }
    }

    private func sets(_ path: String) -> Bool { changes.contains { $0.setting.path == path } }

    private mutating func inherit(_ change: Change) {
        let setting = change.setting
        for index in changes.indices where changes[index].setting.path == setting.path {
            // Unless somebody has changed it between the two.
            let between = setting.get(changes[index].before.configuration)
            if between == setting.get(change.after.configuration) { changes[index].before = change.before }
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

    /// Withdraws a preset: its rules are removed, and its settings get their former values, unless somebody has changed
    /// them since or another preset in use sets them too.
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
            var remaining = uses
            PresetUse.withdraw(at: place, of: &remaining, from: &new)
            if let fault = new.contradictions.first {
                throw CairnPresetError("the preset \(preset.name.quoted): \(fault)")
            }
            // Those of a world stay: a client has chosen them by its URL.
            gateway.rules.removeShared(tagged: use.preset.tag)
            takeOver(new, from: old)
            presetUses.withLock { [remaining] in $0 = remaining }
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
