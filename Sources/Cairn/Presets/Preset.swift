public import CairnModel

/// Named settings and rules that reproduce a real CA, or an incident that broke clients.
///
/// ```swift
/// try await withTestCA(configure: { $0.use(.letsEncrypt, .crlfChain) }) { ca in
///     …
/// }
/// ```
/// Outside Swift: `cairn serve --preset NAME`, the setting `presets`, and, for the rules alone, the directory
/// `/with/NAME/dir`. The article on presets lists them all.
public struct CairnPreset: Hashable, Sendable {
    /// The name, which appears in URLs: letters, digits, `-` and `.`.
    public let name: String
    /// What the CA does, in a sentence.
    public let summary: String
    /// URLs of its sources.
    public let source: [String]
    /// The settings that differ from the defaults, as in a settings file.
    public let settings: CairnJSONObject
    /// Its rules.
    public let rules: [CairnRule]

    /// Creates a preset.
    ///
    /// Invalid contents are reported when a CA is started with it.
    public init(
        _ name: String, _ summary: String, source: String..., settings: CairnJSONObject = [:], rules: [CairnRule] = []
    ) {
        (self.name, self.summary, self.source) = (name, summary, source)
        (self.settings, self.rules) = (settings, rules)
    }

    private init(name: String, summary: String, source: [String], settings: CairnJSONObject, rules: [CairnRule]) {
        (self.name, self.summary, self.source) = (name, summary, source)
        (self.settings, self.rules) = (settings, rules)
    }

    /// The preset as JSON, as `cairn presets NAME` prints it and the setting `presets` accepts it in place of a name.
    public var json: CairnJSON {
        var object: CairnJSONObject = [
            "name": .string(name), "summary": .string(summary), "source": .array(source.map(CairnJSON.string)),
        ]
        if !settings.isEmpty { object["settings"] = .object(settings) }
        if !rules.isEmpty { object["rules"] = .array(rules.map(\.json)) }
        return .object(object)
    }

    /// Reads what ``json`` writes.
    package init(json: CairnJSON) throws(SettingFault) {
        guard let object = json.object else { throw SettingFault(expected: "an object: a preset", got: json) }
        let known = ["name", "summary", "source", "settings", "rules"]
        if let member = object.names.first(where: { name in !known.contains { $0.isSame(as: name) } }) {
            let hint = NearestName.to(member, among: known).map { "; did you mean \($0.quoted)?" } ?? ""
            throw SettingFault("\(member.quoted) is no member of a preset\(hint)").inside(.member(member))
        }
        guard let name = object["name"] else { throw SettingFault("a preset needs \("name".quoted)") }
        guard let name = name.string, Self.isName(name) else {
            throw SettingFault(expected: "a name of letters, digits, \"-\" and \".\"", got: name).inside("name")
        }
        let summary = object["summary"] ?? ""
        guard let summary = summary.string else {
            throw SettingFault(expected: "a text", got: summary).inside("summary")
        }
        let source = object["source"] ?? []
        guard let texts = source.array?.map(\.string), !texts.contains(nil) else {
            throw SettingFault(expected: "an array of URLs", got: source).inside("source")
        }
        let settings = object["settings"] ?? [:]
        guard let settings = settings.object else {
            throw SettingFault(expected: "an object of settings", got: settings).inside("settings")
        }
        var rules: [CairnRule] = []
        if let list = object["rules"] {
            guard list.array != nil else {
                throw SettingFault(expected: "an array of rules", got: list).inside("rules")
            }
            do { rules = try CairnRule.list(json: list) } catch { throw SettingFault("\(error)").inside("rules") }
        }
        self.init(
            name: name, summary: summary, source: texts.compactMap(\.self), settings: settings, rules: rules)
    }

    /// Whether a text can be the name of a preset.
    static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

extension CairnPreset: CustomStringConvertible {
    /// Its ``name``.
    public var description: String { name }
}

extension CairnPreset {
    /// All presets that come with Cairn: CAs first, then incidents in chronological order.
    public static let all: [CairnPreset] = authorities + incidents + [chaos]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The preset with a name, if any.
    public static func named(_ name: String) -> CairnPreset? { byName[name] }

    /// The rules of those in ``all``, for clients that choose them by their URL.
    static let rulesByName = byName.mapValues(\.taggedRules)

    /// What its rules are tagged with in a CA that uses it.
    var tag: String { "preset:\(name)" }

    /// Its rules as a CA has them: with a name and the tag of the preset, and none that a test has to see at work.
    var taggedRules: [CairnRule] {
        rules.enumerated().map { index, rule in
            var rule = rule
            rule.name = "\(name)-\(index + 1)"
            rule.tags.append(tag)
            rule.isOptional = true
            return rule
        }
    }
}
