/// All settings of `Root`.
package struct SettingCatalogue<Root: Sendable>: Sendable {
    package let settings: [Setting<Root>]
    /// Whether they are members of an object that is itself the value of a setting.
    private let areMembers: Bool

    package init(_ settings: [Setting<Root>], areMembers: Bool = false) {
        (self.settings, self.areMembers) = (settings, areMembers)
    }

    /// The setting at a path.
    package subscript(path: String) -> Setting<Root>? { settings.first { $0.path == path } }

    // MARK: Reading

    /// Sets whatever an object has, and returns what it could not set.
    ///
    /// A member that is no setting is a fault, so that a typing error is not silence.
    ///
    /// - Parameter schemaMember: whether a member `$schema` is passed over, which editors look for.
    package func apply(_ object: CairnJSONObject, to root: inout Root, schemaMember: Bool = false) -> [SettingFault] {
        var faults: [SettingFault] = []
        apply(object, below: "", to: &root, schemaMember, &faults)
        return faults
    }

    private func apply(
        _ object: CairnJSONObject, below prefix: String, to root: inout Root, _ schemaMember: Bool,
        _ faults: inout [SettingFault]
    ) {
        let first = object.members.filter { self[prefix + $0.name]?.comesFirst ?? false }
        let others = object.members.filter { !(self[prefix + $0.name]?.comesFirst ?? false) }
        for member in first + others {
            let path = prefix + member.name
            if schemaMember, prefix.isEmpty, member.name == "$schema" { continue }
            let setting = self[path]
            if let setting {
                do throws(SettingFault) { try setting.set(member.value, of: &root) } catch { faults += error.all }
                guard setting.isSection else { continue }
            }
            let isParent = settings.contains { $0.path.hasPrefix(path + ".") }
            switch (isParent, member.value.object) {
            case (true, let object?): apply(object, below: path + ".", to: &root, schemaMember, &faults)
            case (true, nil):
                if setting == nil { faults.append(SettingFault(expected: "an object", got: member.value).inside(path)) }
            case (false, _): faults.append(unknown(member.name, below: prefix))
            }
        }
    }

    /// The fault of a name that no setting has, with the one that was meant.
    private func unknown(_ name: String, below prefix: String) -> SettingFault {
        let siblings = names(below: prefix)
        var meant = NearestName.to(name, among: siblings).map { prefix + $0 }
        // Elsewhere in the tree, for what stands in the wrong place.
        if meant == nil {
            meant = settings.first { $0.path == name || $0.path.hasSuffix(".\(name)") }?.path
        }
        if meant == nil {
            let byName = Dictionary(settings.map { (String($0.path.split(separator: ".").last ?? ""), $0.path) }) {
                a, _ in a
            }
            meant = NearestName.to(name, among: byName.keys.sorted()).flatMap { byName[$0] }
        }
        let hint = meant.map { "; did you mean \($0.quoted)?" } ?? ""
        let sentence = "\(name.quoted) is \(areMembers ? "no member here" : "not a setting")\(hint)"
        return SettingFault(sentence).inside(.member(name)).inside(String(prefix.dropLast()))
    }

    /// The names that may stand in the object at a path.
    private func names(below prefix: String) -> [String] {
        var names: [String] = []
        for setting in settings where setting.path.hasPrefix(prefix) {
            let name = String(setting.path.dropFirst(prefix.count).prefix { $0 != "." })
            if names.last != name { names.append(name) }
        }
        return names
    }

    /// Sets one setting from JSON.
    package func set(_ path: String, to json: CairnJSON, of root: inout Root) throws(SettingFault) {
        guard let setting = self[path] else { throw unknown(path) }
        try setting.set(json, of: &root)
    }

    /// The fault of a path that leads to no setting: its first part that is none, what there is below it, or the setting that
    /// it leads into.
    package func unknown(_ path: String) -> SettingFault {
        if settings.contains(where: { $0.path.begins(with: path + ".") }) {
            let below = names(below: path + ".").map { "\(path).\($0)".quoted }
            let shown = below.count > 5 ? below.prefix(4) + ["…"] : below[...]
            return SettingFault(
                "is a group of settings; set what is below it: \(shown.joined(separator: ", "))", at: path)
        }
        let whole = settings.first { setting in
            !setting.isSection && path.begins(with: setting.path)
                && [".", "["].contains(path.dropFirst(setting.path.count).first)
        }
        if let whole {
            return SettingFault("is set as a whole: expected \(whole.expected), in JSON", at: whole.path)
        }
        var prefix = ""
        for part in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard names(below: prefix).contains(where: { $0.isSame(as: String(part)) }) else {
                return unknown(String(part), below: prefix)
            }
            prefix += "\(part)."
        }
        return unknown(path.split(separator: ".").last.map(String.init) ?? "", below: prefix)
    }

    // MARK: Checking

    /// What has a value that its setting does not allow, whatever way it was set.
    package func faults(in root: Root) -> [SettingFault] {
        settings.flatMap { $0.fault(in: root)?.all ?? [] }
    }

    /// Puts back what is out of range.
    ///
    /// - Parameter old: whose values are taken instead.
    /// - Returns: what was wrong.
    package func restore(_ root: inout Root, from old: Root) -> [SettingFault] {
        var faults: [SettingFault] = []
        for setting in settings {
            guard let fault = setting.fault(in: root) else { continue }
            faults += fault.all
            setting.copy(old, &root)
        }
        return faults
    }

    // MARK: Writing

    /// The values of all settings, as a file has them.
    package func json(of root: Root) -> CairnJSONObject {
        tree { $0.get(root) }
    }

    /// The values of all settings, and examples where the value says little.
    package func example(of root: Root) -> CairnJSONObject {
        tree { setting in
            let value = setting.get(root)
            guard let example = setting.example else { return value }
            switch value {
            case nil, .null, .array([]), .object([:]): return example
            default: return value
            }
        }
    }

    private func tree(_ value: (Setting<Root>) -> CairnJSON?) -> CairnJSONObject {
        var tree = CairnJSONObject()
        for setting in settings {
            guard let value = value(setting) else { continue }
            tree.put(value, at: setting.path.split(separator: ".")[...])
        }
        return tree
    }

    /// The paths of what a personality decides, since nobody has chosen it.
    package func unchosen(in root: Root) -> [String] {
        settings.filter { $0.isChosen(root) == false }.map(\.path)
    }

    // MARK: Telling

    /// What is told of each setting.
    ///
    /// - Parameter defaults: a value that nobody has changed.
    package func outlines(_ defaults: Root) -> [SettingOutline] {
        settings.map { setting in
            SettingOutline(
                path: setting.path, summary: setting.summary, expected: setting.expected,
                defaultValue: setting.get(defaults), example: setting.example, isLive: setting.isLive,
                isSection: setting.isSection, schema: setting.schema, members: setting.members)
        }
    }

    /// The JSON Schema (2020-12) of an object with these settings.
    ///
    /// - Parameter defaults: a value that nobody has changed, for the schema to show; `nil` shows none.
    package func schema(default defaults: Root?) -> CairnJSONObject {
        schema(below: "", defaults)
    }

    private func schema(below prefix: String, _ defaults: Root?) -> CairnJSONObject {
        var properties = CairnJSONObject()
        for name in names(below: prefix) where properties[name] == nil {
            let path = prefix + name
            let setting = self[path]
            var schema = CairnJSONObject()
            if let setting { schema["description"] = .string(setting.summary) }
            if let setting, !setting.isSection {
                for member in setting.schema.members { schema[member.name] = member.value }
                if let defaults, let value = setting.get(defaults) { schema["default"] = value }
            } else {
                for member in self.schema(below: path + ".", defaults).members { schema[member.name] = member.value }
                if setting != nil { schema["type"] = ["object", "null"] }
            }
            properties[name] = .object(schema)
        }
        return ["type": "object", "properties": .object(properties), "additionalProperties": false]
    }
}

extension CairnJSONObject {
    /// Puts a value where a path leads, and makes the objects on the way.
    fileprivate mutating func put(_ value: CairnJSON, at path: ArraySlice<Substring>) {
        guard let first = path.first.map(String.init) else { return }
        guard path.count > 1 else {
            self[first] = value
            return
        }
        var inner = self[first]?.object ?? CairnJSONObject()
        inner.put(value, at: path.dropFirst())
        self[first] = .object(inner)
    }
}
