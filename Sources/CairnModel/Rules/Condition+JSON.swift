extension CairnRule.Condition {
    /// The name of its member in the JSON form.
    package var memberName: String {
        switch kind {
        case .text(let subject, _): subject.rawValue
        case .orderNumber: "orderNumber"
        case .field: "fields"
        case .payload: "payload"
        case .isProblem: "isProblem"
        case .status: "status"
        case .answer: "answer"
        case .not: "not"
        }
    }

    /// The conditions in one object, or in several where one would have to name something twice.
    static func json(_ conditions: [CairnRule.Condition]) -> CairnJSON {
        var groups: [CairnJSONObject] = [[:]]
        // Those of one name stay in their order: none goes before the one that came before it.
        var latest: [String: Int] = [:]
        for condition in conditions {
            let name = condition.memberName
            var place = latest[name] ?? 0
            while place < groups.count, !condition.write(into: &groups[place]) { place += 1 }
            if place == groups.count {
                groups.append([:])
                _ = condition.write(into: &groups[place])
            }
            latest[name] = place
        }
        return groups.count == 1 ? .object(groups[0]) : .array(groups.map(CairnJSON.object))
    }

    /// Puts the condition in, if it can stand there beside what is there.
    private func write(into object: inout CairnJSONObject) -> Bool {
        let name = memberName
        switch kind {
        case .text(_, let patterns): return object.insert(name, .oneOrMore(patterns.map(CairnJSON.string)))
        case .orderNumber(let numbers): return object.insert(name, .oneOrMore(numbers.map(CairnJSON.integer)))
        case .isProblem(let isProblem): return object.insert(name, .bool(isProblem))
        case .status(let statuses): return object.insert(name, .oneOrMore(statuses.map(CairnJSON.integer)))
        case .not(let conditions): return object.insert(name, Self.json(conditions))
        case .field(let field, let test): return Self.insert(field.rawValue, test, into: &object, name)
        case .payload(let pointer, let test), .answer(let pointer, let test):
            return Self.insert(pointer.description, test, into: &object, name)
        }
    }

    private static func insert(
        _ key: String, _ test: Test, into object: inout CairnJSONObject, _ name: String
    ) -> Bool {
        var tests = object[name]?.object ?? [:]
        guard tests.insert(key, test.json) else { return false }
        object[name] = .object(tests)
        return true
    }
}

extension CairnRule.Condition.Test {
    fileprivate var json: CairnJSON {
        switch kind {
        case .exists: "exists"
        case .absent: "absent"
        case .equals(let value): ["equals": value]
        case .matches(let pattern): ["matches": .string(pattern)]
        }
    }
}

extension RuleValue {
    func conditions() throws(CairnRuleError) -> [CairnRule.Condition] {
        var conditions: [CairnRule.Condition] = []
        for value in try oneOrMore("an object with conditions") {
            let object = try value.object("when", "an object with conditions")
            guard !object.members.isEmpty else { throw value.failure(expected: "at least one condition") }
            for (name, value) in try value.members("an object with conditions") {
                conditions += try value.conditions(named: name)
            }
        }
        return conditions
    }

    private func conditions(named name: String) throws(CairnRuleError) -> [CairnRule.Condition] {
        switch name {
        case "orderNumber": return [.init(.orderNumber(try integers(1 ... .max)))]
        case "isProblem": return [.init(.isProblem(try bool()))]
        case "status": return [.init(.status(try integers(100...599)))]
        case "not":
            let conditions = try conditions()
            return [.init(.not(conditions.sorted { $0.rank < $1.rank }))]
        case "fields":
            return try tests("a header field") { value, name throws(CairnRuleError) in
                guard let field = CairnFieldName(name) else {
                    throw value.failure("expected the name of a header field, got \(name.quoted)")
                }
                return .init(.field(field, try value.test()))
            }
        case "payload", "answer":
            return try tests("a JSON Pointer") { value, text throws(CairnRuleError) in
                guard let pointer = CairnJSONPointer(text) else {
                    throw value.failure("expected a JSON Pointer such as \"/replaces\", got \(text.quoted)")
                }
                let test = try value.test()
                return .init(name == "payload" ? .payload(pointer, test) : .answer(pointer, test))
            }
        default:
            guard let subject = CairnRule.Condition.Subject(rawValue: name) else { return [] }
            var patterns: [String] = []
            for value in try oneOrMore("a pattern") { patterns.append(try value.text("a pattern")) }
            return [.init(.text(subject, patterns))]
        }
    }

    private func integers(_ range: ClosedRange<Int>) throws(CairnRuleError) -> [Int] {
        var numbers: [Int] = []
        for value in try oneOrMore("a whole number") { numbers.append(try value.integer(range)) }
        return numbers
    }

    private func tests(
        _ things: String,
        _ read: (RuleValue, String) throws(CairnRuleError) -> CairnRule.Condition
    ) throws(CairnRuleError) -> [CairnRule.Condition] {
        let expected = "an object with a test for \(things)"
        let members = try members(expected)
        guard !members.isEmpty else { throw failure(expected: expected) }
        var conditions: [CairnRule.Condition] = []
        for (name, value) in members { conditions.append(try read(value, name)) }
        return conditions
    }

    private func test() throws(CairnRuleError) -> CairnRule.Condition.Test {
        let expected = "\"exists\", \"absent\", or an object with \"equals\" or \"matches\""
        switch json {
        case "exists": return .exists
        case "absent": return .absent
        case .object(let members) where members.members.count == 1:
            let object = try object("test", expected)
            if let pattern = object["matches"] { return .matches(try pattern.text("a pattern")) }
            return .equals(try object.required("equals", "an object").json)
        case .string(let text): throw failure(Self.misspelling(text, among: ["exists", "absent"]))
        default: throw failure(expected: expected)
        }
    }
}
