/// One knob of `Root`, declared once.
///
/// Everything that is told of a setting and done with it follows from its declaration: reading and writing it in JSON, the
/// check of its range, the schema, the help.
///
/// ```
/// Setting("maximumIdentifiers", \.maximumIdentifiers, .integer(1...1_000), "the most identifiers of an order")
/// ```
package struct Setting<Root: Sendable>: Sendable {
    /// Where it is, from the root: `policy.keys.minimumRSABits`.
    package let path: String
    /// What it means, in a line.
    package let summary: String
    /// Whether it can be changed while a CA runs.
    package let isLive: Bool
    /// Whether it is set before all others of a file, wherever it stands there.
    let comesFirst: Bool
    /// Whether its value is an object whose members are settings of their own, or null.
    package let isSection: Bool
    /// What is expected of its value.
    package let expected: String
    package let schema: CairnJSONObject
    let members: [SettingOutline]
    /// What an example shows where the default says little.
    let example: CairnJSON?
    /// The value; `nil` where there is none, since the section that it is in is not there.
    package let get: @Sendable (Root) -> CairnJSON?
    /// Sets the value, or says why not; the paths of faults begin at the value.
    let put: @Sendable (inout Root, CairnJSON) -> SettingFault?
    /// Takes the value over from another root, and whether it was chosen there.
    package let copy: @Sendable (Root, inout Root) -> Void
    /// Whether somebody has chosen the value; `nil` for what no personality decides.
    package let isChosen: @Sendable (Root) -> Bool?

    package init<Value>(
        _ path: String, _ keyPath: any WritableKeyPath<Root, Value> & Sendable, _ kind: SettingKind<Value>,
        example: CairnJSON? = nil, isLive: Bool = false, comesFirst: Bool = false, _ summary: String
    ) {
        self.init(
            path: path, summary: summary, isLive: isLive, comesFirst: comesFirst, isSection: false,
            expected: kind.expected,
            schema: kind.schema, members: kind.members, example: example, get: { kind.write($0[keyPath: keyPath]) },
            put: { root, json in
                switch kind.read(json) {
                case .success(let value):
                    root[keyPath: keyPath] = value
                    return nil
                case .failure(let fault): return fault
                }
            }, copy: { $1[keyPath: keyPath] = $0[keyPath: keyPath] })
    }

    /// A knob that a personality turns unless somebody else does.
    package init<Value>(
        _ path: String, _ choice: any WritableKeyPath<Root, CairnChoice<Value>> & Sendable, _ kind: SettingKind<Value>,
        example: CairnJSON? = nil, _ summary: String
    ) {
        self.init(
            path: path, summary: summary, isLive: false, isSection: false, expected: kind.expected,
            schema: kind.schema, members: kind.members, example: example,
            get: { kind.write($0[keyPath: choice].wrappedValue) },
            put: { root, json in
                switch kind.read(json) {
                case .success(let value):
                    root[keyPath: choice].wrappedValue = value
                    return nil
                case .failure(let fault): return fault
                }
            }, copy: { $1[keyPath: choice] = $0[keyPath: choice] }, isChosen: { $0[keyPath: choice].isChosen })
    }

    private init(
        path: String, summary: String, isLive: Bool, comesFirst: Bool = false, isSection: Bool, expected: String,
        schema: CairnJSONObject,
        members: [SettingOutline], example: CairnJSON?, get: @escaping @Sendable (Root) -> CairnJSON?,
        put: @escaping @Sendable (inout Root, CairnJSON) -> SettingFault?,
        copy: @escaping @Sendable (Root, inout Root) -> Void,
        isChosen: @escaping @Sendable (Root) -> Bool? = { _ in nil }
    ) {
        (self.path, self.summary, self.isLive, self.isSection) = (path, summary, isLive, isSection)
        self.comesFirst = comesFirst
        (self.expected, self.schema, self.members, self.example) = (expected, schema, members, example)
        (self.get, self.put, self.copy, self.isChosen) = (get, put, copy, isChosen)
    }

    /// Sets the value from JSON.
    package func set(_ json: CairnJSON, of root: inout Root) throws(SettingFault) {
        if let fault = put(&root, json) { throw fault.inside(path) }
    }

    /// Why the value is none that it can have, if it is none.
    package func fault(in root: Root) -> SettingFault? {
        guard let json = get(root) else { return nil }
        var scratch = root
        return put(&scratch, json)?.inside(path)
    }
}

extension Setting {
    /// The settings of a part of `Root`, below the name of that part; the empty name for settings of the same level.
    package static func section<Part>(
        _ name: String, _ keyPath: any WritableKeyPath<Root, Part> & Sendable, isLive: Bool = false,
        _ settings: [Setting<Part>]
    ) -> [Setting] {
        settings.map { setting in
            Setting(
                path: name.isEmpty ? setting.path : "\(name).\(setting.path)", summary: setting.summary,
                isLive: isLive || setting.isLive, comesFirst: setting.comesFirst, isSection: setting.isSection,
                expected: setting.expected, schema: setting.schema, members: setting.members, example: setting.example,
                get: { setting.get($0[keyPath: keyPath]) }, put: { setting.put(&$0[keyPath: keyPath], $1) },
                copy: { setting.copy($0[keyPath: keyPath], &$1[keyPath: keyPath]) },
                isChosen: { setting.isChosen($0[keyPath: keyPath]) })
        }
    }

    /// The settings of a part that need not be there: `null` in its place leaves it out.
    ///
    /// - Parameters:
    ///   - fresh: what an object in its place begins with, if it is not there yet.
    ///   - meaning: what `null` stands for.
    package static func section<Part: Sendable>(
        _ name: String, _ keyPath: any WritableKeyPath<Root, Part?> & Sendable, fresh: Part, null meaning: String,
        _ summary: String, _ settings: [Setting<Part>]
    ) -> [Setting] {
        section(
            name, get: { $0[keyPath: keyPath] }, set: { $0[keyPath: keyPath] = $1 },
            copy: { $1[keyPath: keyPath] = $0[keyPath: keyPath] }, isChosen: { _ in nil }, fresh: fresh,
            null: meaning, summary, settings)
    }

    /// The same of a part that a personality decides as a whole unless somebody else does, if only one of its settings.
    package static func section<Part: Sendable>(
        _ name: String, _ choice: any WritableKeyPath<Root, CairnChoice<Part?>> & Sendable, fresh: Part,
        null meaning: String, _ summary: String, _ settings: [Setting<Part>]
    ) -> [Setting] {
        section(
            name, get: { $0[keyPath: choice].wrappedValue }, set: { $0[keyPath: choice].wrappedValue = $1 },
            copy: { $1[keyPath: choice] = $0[keyPath: choice] }, isChosen: { $0[keyPath: choice].isChosen },
            fresh: fresh, null: meaning, summary, settings)
    }

    private static func section<Part: Sendable>(
        _ name: String, get: @escaping @Sendable (Root) -> Part?,
        set: @escaping @Sendable (inout Root, Part?) -> Void, copy: @escaping @Sendable (Root, inout Root) -> Void,
        isChosen: @escaping @Sendable (Root) -> Bool?, fresh: Part, null meaning: String, _ summary: String,
        _ settings: [Setting<Part>]
    ) -> [Setting] {
        let expected = "an object, or null for \(meaning)"
        let whole = Setting(
            path: name, summary: summary, isLive: false, isSection: true, expected: expected,
            schema: ["type": ["object", "null"]], members: [], example: nil,
            get: { get($0) == nil ? .null : nil },
            put: { root, json in
                switch json {
                case .null: set(&root, nil)
                case .object: set(&root, get(root) ?? fresh)
                default: return SettingFault(expected: expected, got: json)
                }
                return nil
            }, copy: copy, isChosen: isChosen)
        return [whole]
            + settings.map { setting in
                Setting(
                    path: "\(name).\(setting.path)", summary: setting.summary, isLive: setting.isLive,
                    isSection: setting.isSection, expected: setting.expected, schema: setting.schema,
                    members: setting.members, example: setting.example,
                    get: { get($0).flatMap(setting.get) },
                    put: { root, json in
                        var part = get(root) ?? fresh
                        let fault = setting.put(&part, json)
                        if fault == nil { set(&root, part) }
                        return fault
                    },
                    copy: { source, root in
                        guard let old = get(source), var part = get(root) else { return copy(source, &root) }
                        setting.copy(old, &part)
                        // What is all the same again is as much of a choice as it was there.
                        let isSame = settings.allSatisfy { $0.get(part) == $0.get(old) }
                        if isSame { copy(source, &root) } else { set(&root, part) }
                    }, isChosen: isChosen)
            }
    }
}

/// A list of settings, one a line.
@resultBuilder
package enum SettingBuilder<Root: Sendable> {
    package static func buildExpression(_ setting: Setting<Root>) -> [Setting<Root>] { [setting] }
    package static func buildExpression(_ settings: [Setting<Root>]) -> [Setting<Root>] { settings }
    package static func buildBlock(_ settings: [Setting<Root>]...) -> [Setting<Root>] { settings.flatMap(\.self) }
}

/// What is told of a setting.
package struct SettingOutline: Sendable {
    package var path: String
    package var summary: String
    package var expected: String
    /// `nil` for what has none.
    package var defaultValue: CairnJSON?
    package var example: CairnJSON?
    package var isLive: Bool
    package var isSection: Bool
    package var schema: CairnJSONObject
    /// What stands in each element or member of its value, if those are objects.
    package var members: [SettingOutline]
}
