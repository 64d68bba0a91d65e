/// Why and where a rule is invalid.
public struct CairnRuleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The invalid value, as a JSON Pointer (RFC 6901).
    public let pointer: String
    /// What was expected and what was found.
    public let sentence: String

    package init(_ sentence: String, at place: CairnJSONPointer) {
        (self.sentence, pointer) = (sentence, place.description)
    }

    /// The pointer, a colon and the sentence.
    public var description: String { pointer.isEmpty ? sentence : "\(pointer): \(sentence)" }
}

/// A value of the JSON form of rules, and where it stands.
struct RuleValue {
    let json: CairnJSON
    let place: CairnJSONPointer

    init(_ json: CairnJSON, at place: CairnJSONPointer = CairnJSONPointer(tokens: [])) {
        (self.json, self.place) = (json, place)
    }

    func failure(_ sentence: String) -> CairnRuleError { CairnRuleError(sentence, at: place) }

    func failure(expected: String) -> CairnRuleError { failure("expected \(expected), got \(json.glimpse)") }

    func inside(_ token: String, _ json: CairnJSON) -> RuleValue {
        RuleValue(json, at: CairnJSONPointer(tokens: place.tokens + [token]))
    }

    // MARK: Single values

    /// What a setting of that kind could be.
    func read<Value>(_ kind: SettingKind<Value>) throws(CairnRuleError) -> Value {
        switch kind.read(json) {
        case .success(let value): return value
        case .failure(let fault): throw failure(fault.sentence)
        }
    }

    func text(_ expected: String = "a text", _ isSuch: (String) -> Bool = { _ in true }) throws(CairnRuleError)
        -> String
    {
        guard let text = json.string, isSuch(text) else { throw failure(expected: expected) }
        return text
    }

    func bool() throws(CairnRuleError) -> Bool { try read(.bool) }

    func integer(_ range: ClosedRange<Int>) throws(CairnRuleError) -> Int { try read(.integer(range)) }

    func status(_ range: ClosedRange<Int> = 200...599) throws(CairnRuleError) -> Int {
        try read(.integer(range, "a status"))
    }

    /// A time: a number of seconds, to the nanosecond, or a text such as `2s` or `1h 30min`.
    func duration(_ least: Duration = .zero) throws(CairnRuleError) -> Duration {
        let duration: Duration? =
            switch json {
            case .integer(let seconds) where seconds.magnitude < 1 << 40: .seconds(seconds)
            case .double(let seconds) where seconds.magnitude < 4e9: .nanoseconds(Int64((seconds * 1e9).rounded()))
            case .string(let text): Duration(text: text)
            default: nil
            }
        guard let duration, (least ... .century).contains(duration) else {
            throw failure(
                expected: "a time\(least < .zero ? "" : " from 0 on"): a number of seconds, or a text such as \"90s\" "
                    + "(\(Duration.units))")
        }
        return duration
    }

    func word<Word: RawRepresentable & CaseIterable>(_: Word.Type = Word.self) throws(CairnRuleError) -> Word
    where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        guard let text = json.string else { throw failure(expected: Self.choice(words)) }
        guard let word = Word(rawValue: text) else { throw failure(Self.misspelling(text, among: words)) }
        return word
    }

    func pointer() throws(CairnRuleError) -> CairnJSONPointer {
        guard let pointer = json.string.flatMap(CairnJSONPointer.init) else {
            throw failure(expected: "a JSON Pointer such as \"/challenges/0\"")
        }
        return pointer
    }

    func nothing() throws(CairnRuleError) {
        guard json != [:] else { return }
        let isTimes = json.object?.names == ["times"]
        throw failure(
            "expected an empty object, got \(json.text().limited)" + (isTimes ? "; \"times\" stands beside it" : ""))
    }

    // MARK: Lists and objects

    func array(_ expected: String) throws(CairnRuleError) -> [RuleValue] {
        guard let elements = json.array else { throw failure(expected: expected) }
        return elements.enumerated().map { inside(String($0.offset), $0.element) }
    }

    /// The elements of an array, or the value itself where it is none.
    func oneOrMore(_ expected: String) throws(CairnRuleError) -> [RuleValue] {
        guard case .array(let elements) = json else { return [self] }
        guard !elements.isEmpty else { throw failure(expected: expected) }
        return try array(expected)
    }

    /// An object, of which the grammar knows all members.
    func object(_ object: String, _ expected: String) throws(CairnRuleError) -> RuleObject {
        guard let members = json.object else { throw failure(expected: expected) }
        let read = RuleObject(value: self, members: members)
        try read.requireKnownMembers(RuleGrammar.names(of: object), of: expected)
        return read
    }

    /// Members of any names.
    func members(_ expected: String) throws(CairnRuleError) -> [(name: String, value: RuleValue)] {
        guard let object = json.object else { throw failure(expected: expected) }
        return object.members.map { ($0.name, inside($0.name, $0.value)) }
    }

    // MARK: Words for sentences

    static func choice(_ words: [String]) -> String {
        let quoted = words.map(\.quoted)
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
        return "\(quoted.dropLast().joined(separator: ", ")) or \(last)"
    }

    static func misspelling(_ text: String, among words: [String]) -> String {
        let sentence = "expected \(choice(words)), got \(text.quoted)"
        return NearestName.to(text, among: words).map { "\(sentence); did you mean \($0.quoted)?" } ?? sentence
    }
}

/// The members of an object of the JSON form of rules.
struct RuleObject {
    let value: RuleValue
    let members: CairnJSONObject

    subscript(name: String) -> RuleValue? { members[name].map { value.inside(name, $0) } }

    func required(_ name: String, _ thing: String) throws(CairnRuleError) -> RuleValue {
        guard let member = self[name] else { throw value.failure("expected \(thing) with \(name.quoted), got none") }
        return member
    }

    /// Refuses a member that is none of those.
    func requireKnownMembers(_ known: [String], of thing: String) throws(CairnRuleError) {
        for member in members.members where !known.contains(where: { $0.isSame(as: member.name) }) {
            let beginning = "\(member.name.quoted) is no member of \(thing)"
            let hint =
                NearestName.to(member.name, among: known).map { "; did you mean \($0.quoted)?" }
                ?? "; expected \(RuleValue.choice(known.filter { thing != "a rule" || !RuleGrammar.counters.contains($0) }))"
            throw CairnRuleError(beginning + hint, at: value.inside(member.name, member.value).place)
        }
    }
}

extension String {
    /// The beginning of a long text.
    fileprivate var limited: String { count > 60 ? prefix(59) + "…" : self }
}

extension CairnJSON {
    /// One text alone, several as an array.
    static func oneOrMore(_ values: [CairnJSON]) -> CairnJSON { values.count == 1 ? values[0] : .array(values) }
}

extension CairnJSONObject {
    /// Members in as few objects as hold them when no object has one twice.
    static func groups(_ members: [(name: String, value: CairnJSON)]) -> CairnJSON {
        var groups: [CairnJSONObject] = []
        for (name, value) in members {
            if let last = groups.indices.last, groups[last].insert(name, value) { continue }
            groups.append([name: value])
        }
        return groups.count == 1 ? .object(groups[0]) : .array(groups.map(CairnJSON.object))
    }
}
