extension RuleGrammar {
    /// The JSON Schemas (2020-12) of a rule and of what is in it, by names that begin with `Rule`.
    ///
    /// They follow from ``members``; what the words there leave open is open here too, and said in a description.
    ///
    /// - Parameter reference: how one of them names another.
    package static func schemas(_ reference: (String) -> CairnJSONObject) -> [(name: String, schema: CairnJSONObject)] {
        let words = SchemaWords(conditions: reference("RuleConditions"), action: reference("RuleAction"))
        var rule = words.schema(of: "rule")
        rule["required"] = ["do"]
        let actions = actions.map { name -> CairnJSON in
            var action = words.schema(of: name, besides: members.filter { $0.object == "do" })
            action["required"] = [.string(name)]
            return .object(action)
        }
        return [
            ("Rule", rule), ("RuleConditions", words.schema(of: "when")), ("RuleAction", ["anyOf": .array(actions)]),
        ]
    }
}

/// What the words of ``RuleGrammar`` are as JSON Schemas.
private struct SchemaWords {
    /// The schema of conditions, and that of an action.
    let conditions: CairnJSONObject
    let action: CairnJSONObject

    /// What the value of an action is an object of, where its words do not say.
    private static let values = [
        "linkStyle": "link style", "jsonStyle": "JSON style", "pemStyle": "PEM style", "mediaType": "media type",
        "dribble": "slices", "renewalWindow": "window",
    ]

    /// An object with the members that the grammar has for it.
    func schema(of object: String, besides more: [RuleGrammar.Member] = []) -> CairnJSONObject {
        var properties = CairnJSONObject()
        for member in RuleGrammar.members.filter({ $0.object == object }) + more {
            properties[member.name] = .object(schema(of: member))
        }
        return ["type": "object", "properties": .object(properties), "additionalProperties": false]
    }

    private func schema(of member: RuleGrammar.Member) -> CairnJSONObject {
        if member.object == "rule", member.name == "state" { return schema(of: "state") }
        if let object = Self.values[member.name], member.object == member.name { return schema(of: object) }
        let text: CairnJSONObject = ["type": "string"]
        switch member.value {
        case "a text", "a pattern", "a JSON Pointer", "the name of an object", "the name of a header field",
            "a name in the namespace of ACME, or a whole URI", "a URL, or an empty text":
            return text
        case "an array of texts": return ["type": "array", "items": .object(text)]
        case "the name of an endpoint, or an array of such", "a pattern, or an array of such":
            return Self.oneOrMany(text)
        case "a whole number of at least 1, or an array of such":
            return Self.oneOrMany(["type": "integer", "minimum": 1])
        case "a status, or an array of such":
            return Self.oneOrMany(["type": "integer", "minimum": 100, "maximum": 599])
        case "an object with a test for each header field", "an object with a test for each JSON Pointer":
            return ["type": "object", "minProperties": 1]
        case "an object with a change for each header field, or an array of such":
            return Self.oneOrMany(["type": "object"])
        case "conditions": return conditions
        case "conditions, or an array of such objects": return Self.oneOrMany(conditions)
        case "an action, or an array of actions": return Self.oneOrMany(action)
        case "an array of edits": return ["type": "array", "items": .object(schema(of: "edit"))]
        case "an array of subproblems": return ["type": "array", "items": ["type": "object"]]
        case "a timestamp, or `{\"in\": time}`":
            return ["anyOf": [["type": "string", "format": "date-time"], .object(schema(of: "until"))]]
        case "a time": return ["type": ["number", "string"]]
        case "see below": return ["anyOf": [["type": ["number", "string"]], .object(schema(of: "retryAfter"))]]
        case "`{}`": return ["type": "object"]
        case "`true`": return ["enum": [true]]
        case "`true` or `false`": return ["type": "boolean"]
        case "read only": return ["readOnly": true]
        default: return bounded(member.value) ?? choice(member.value) ?? ["description": .string(member.value)]
        }
    }

    private static func oneOrMany(_ schema: CairnJSONObject) -> CairnJSONObject {
        ["anyOf": [.object(schema), ["type": "array", "items": .object(schema)]]]
    }

    /// A number: `a status from 400 to 599`, `a whole number of at least 1`.
    private func bounded(_ words: String) -> CairnJSONObject? {
        let parts = words.split(separator: " ")
        let isWhole = words.hasPrefix("a whole number") || words.hasPrefix("a status from") || words.contains("bytes")
        guard isWhole || words.hasPrefix("a number") else { return nil }
        var schema: CairnJSONObject = ["type": isWhole ? "integer" : "number"]
        let numbers = parts.compactMap { Int($0) }
        schema["minimum"] = numbers.first.map(CairnJSON.integer)
        schema["maximum"] = numbers.dropFirst().first.map(CairnJSON.integer)
        return schema
    }

    /// Words to choose from: `` `add`, `remove` or `text` ``.
    private func choice(_ words: String) -> CairnJSONObject? {
        guard words.hasPrefix("`"), words.hasSuffix("`"), !words.contains("{") else { return nil }
        let quoted = words.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        return ["enum": .array(quoted.filter { $0.offset % 2 == 1 }.map { .string(String($0.element)) })]
    }
}
