extension CairnRule.FieldEdit {
    /// The change, without the name.
    var json: CairnJSON {
        switch change {
        case .remove: .null
        case .set(let values): .oneOrMore(values.map(CairnJSON.string))
        case .add(let value): ["add": .string(value)]
        case .double: ["double": [:]]
        case .rename(let name): ["rename": .string(name.rawValue)]
        }
    }
}

extension CairnRule.JSONEdit {
    var json: CairnJSON {
        switch self {
        case .set(let pointer, let value): ["set": .string("\(pointer)"), "value": value]
        case .insert(let pointer, let value): ["insert": .string("\(pointer)"), "value": value]
        case .remove(let pointer): ["remove": .string("\(pointer)")]
        case .rename(let pointer, let name): ["rename": .string("\(pointer)"), "to": .string(name)]
        case .shuffle(let pointer): ["shuffle": .string("\(pointer)")]
        case .reverse(let pointer): ["reverse": .string("\(pointer)")]
        }
    }

    /// The member that says which edit it is, and those that go with it.
    fileprivate static let parts: [(name: String, with: [String])] = [
        ("set", ["value"]), ("insert", ["value"]), ("remove", []), ("rename", ["to"]), ("shuffle", []), ("reverse", []),
    ]
}

extension CairnJSONStyle {
    var json: CairnJSON {
        var object = CairnJSONObject()
        object["indent"] = indentation.map(CairnJSON.integer)
        if escapesSlashes { object["escapeSlashes"] = true }
        if escapesNonASCII { object["escapeNonASCII"] = true }
        if memberOrder != .asWritten { object["order"] = .string(memberOrder.rawValue) }
        if duplicatesMember { object["duplicateMember"] = true }
        if beginsWithByteOrderMark { object["byteOrderMark"] = true }
        if endsWithNewline { object["newline"] = true }
        return .object(object)
    }
}

extension CairnPEMStyle {
    var json: CairnJSON {
        var object = CairnJSONObject()
        if lineEnd != .lf { object["lineEnd"] = .string(lineEnd.rawValue) }
        if lineLength != 64 { object["lineLength"] = .integer(lineLength) }
        object["textBefore"] = textBefore.map(CairnJSON.string)
        object["textBetween"] = textBetween.map(CairnJSON.string)
        if blankLines != 0 { object["blankLines"] = .integer(blankLines) }
        if !endsWithNewline { object["newline"] = false }
        object["foreignBlock"] = foreignBlock.map(CairnJSON.string)
        object["certificates"] = certificates.map(CairnJSON.integer)
        return .object(object)
    }
}

extension CairnLinkStyle {
    var json: CairnJSON {
        var object = CairnJSONObject()
        if joined { object["joined"] = true }
        if !quoted { object["quoted"] = false }
        if relative { object["relative"] = true }
        object["relation"] = relation.map(CairnJSON.string)
        object["host"] = host.map(CairnJSON.string)
        return .object(object)
    }
}

extension RuleValue {
    func fieldEdits() throws(CairnRuleError) -> [CairnRule.FieldEdit] {
        let expected = "an object with a change for each header field"
        var edits: [CairnRule.FieldEdit] = []
        for value in try oneOrMore(expected) {
            for (name, value) in try value.members(expected) {
                guard let field = CairnFieldName(name) else {
                    throw value.failure("expected the name of a header field, got \(name.quoted)")
                }
                edits.append(CairnRule.FieldEdit(field, try value.fieldChange()))
            }
        }
        guard !edits.isEmpty else { throw failure(expected: expected) }
        return edits
    }

    private func fieldChange() throws(CairnRuleError) -> CairnRule.FieldEdit.Change {
        let expected = "null, a text, an array of texts, or an object with one of \"add\", \"double\" and \"rename\""
        switch json {
        case .null: return .remove
        case .string(let text): return .set([try fieldValue(text)])
        case .array:
            var values: [String] = []
            for value in try array(expected) { values.append(try value.fieldValue(try value.text())) }
            return .set(values)
        case .object(let members) where members.members.count == 1:
            let object = try object("field change", expected)
            if let added = object["add"] { return .add(try added.fieldValue(try added.text())) }
            if let name = object["rename"] {
                guard let field = name.json.string.flatMap(CairnFieldName.init) else {
                    throw name.failure(expected: "the name of a header field")
                }
                return .rename(field)
            }
            try object.required("double", "an object").nothing()
            return .double
        default: throw failure(expected: expected)
        }
    }

    /// A text that can stand in a header field without being another one (RFC 9110 §5.5).
    private func fieldValue(_ text: String) throws(CairnRuleError) -> String {
        guard text.utf8.allSatisfy({ $0 != 0 && $0 != 0x0a && $0 != 0x0d }) else {
            throw failure(expected: "a text without NUL, CR and LF (RFC 9110 §5.5)")
        }
        return text
    }

    func jsonEdit() throws(CairnRuleError) -> CairnRule.JSONEdit {
        let parts = CairnRule.JSONEdit.parts
        let expected = "an edit: an object with one of \(parts.map(\.name).quotedList)"
        let object = try object("edit", expected)
        let named = parts.filter { object[$0.name] != nil }
        guard named.count == 1, let part = named.first else { throw failure(expected: expected) }
        try object.requireKnownMembers([part.name] + part.with, of: "the edit \(part.name.quoted)")
        let pointer = try object.required(part.name, "an edit").pointer()
        func value() throws(CairnRuleError) -> CairnJSON { try object.required("value", "\(part.name.quoted)").json }
        switch part.name {
        case "set": return .set(pointer, try value())
        case "insert": return .insert(pointer, try value())
        case "remove": return .remove(pointer)
        case "rename": return .rename(pointer, to: try object.required("to", "\"rename\"").text())
        case "shuffle": return .shuffle(pointer)
        default: return .reverse(pointer)
        }
    }

    func jsonStyle() throws(CairnRuleError) -> CairnJSONStyle {
        let object = try object("JSON style", "an object with a style of JSON")
        var style = CairnJSONStyle()
        style.indentation = try object["indent"]?.integer(0...16)
        style.escapesSlashes = try object["escapeSlashes"]?.bool() ?? false
        style.escapesNonASCII = try object["escapeNonASCII"]?.bool() ?? false
        style.memberOrder = try object["order"]?.word() ?? .asWritten
        style.duplicatesMember = try object["duplicateMember"]?.bool() ?? false
        style.beginsWithByteOrderMark = try object["byteOrderMark"]?.bool() ?? false
        style.endsWithNewline = try object["newline"]?.bool() ?? false
        return style
    }

    func pemStyle() throws(CairnRuleError) -> CairnPEMStyle {
        let object = try object("PEM style", "an object with a style of PEM")
        var style = CairnPEMStyle()
        style.lineEnd = try object["lineEnd"]?.word() ?? .lf
        style.lineLength = try object["lineLength"]?.integer(1 ... .max) ?? 64
        style.textBefore = try object["textBefore"]?.text()
        style.textBetween = try object["textBetween"]?.text()
        style.blankLines = try object["blankLines"]?.integer(0...1_000) ?? 0
        style.endsWithNewline = try object["newline"]?.bool() ?? true
        style.foreignBlock = try object["foreignBlock"]?.text()
        style.certificates = try object["certificates"]?.integer(1...1_000)
        return style
    }

    func linkStyle() throws(CairnRuleError) -> CairnLinkStyle {
        let object = try object("link style", "an object with a style of links")
        var style = CairnLinkStyle()
        style.joined = try object["joined"]?.bool() ?? false
        style.quoted = try object["quoted"]?.bool() ?? true
        style.relative = try object["relative"]?.bool() ?? false
        style.relation = try object["relation"]?.text()
        style.host = try object["host"]?.text()
        return style
    }

    func mediaTypeEdit() throws(CairnRuleError) -> CairnRule.MediaTypeEdit {
        let expected = "an object with \"parameter\" or \"letterCase\""
        let object = try object("media type", expected)
        guard object.members.members.count == 1 else { throw failure(expected: expected) }
        if let parameter = object["parameter"] { return .parameter(try parameter.text()) }
        return .letterCase(try object.required("letterCase", "an object").word())
    }
}
