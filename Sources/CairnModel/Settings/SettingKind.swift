/// What values a setting can have, and how they are written in JSON.
package struct SettingKind<Value: Sendable>: Sendable {
    /// What is expected, so that it continues "expected": "a whole number of at least 1".
    package let expected: String
    /// The JSON Schema of its values.
    package let schema: CairnJSONObject
    /// What stands in each value, where that is an object.
    package let members: [SettingOutline]
    /// The value that a JSON value stands for.
    package let read: @Sendable (CairnJSON) -> Result<Value, SettingFault>
    /// How a value is written down, also one that ``read`` would refuse.
    package let write: @Sendable (Value) -> CairnJSON

    package init(
        expected: String, schema: CairnJSONObject, members: [SettingOutline] = [],
        reading read: @escaping @Sendable (CairnJSON) -> Result<Value, SettingFault>,
        writing write: @escaping @Sendable (Value) -> CairnJSON
    ) {
        (self.expected, self.schema, self.members) = (expected, schema, members)
        (self.read, self.write) = (read, write)
    }

    /// A kind of which one sentence says what is expected.
    ///
    /// - Parameter read: `nil` for what is none.
    package init(
        _ expected: String, _ schema: CairnJSONObject, read: @escaping @Sendable (CairnJSON) -> Value?,
        write: @escaping @Sendable (Value) -> CairnJSON
    ) {
        self.init(
            expected: expected, schema: schema,
            reading: { json in
                read(json).map { .success($0) } ?? .failure(SettingFault(expected: expected, got: json))
            }, writing: write)
    }

    /// The same values as those of another Swift type.
    package func map<Other>(
        _ there: @escaping @Sendable (Value) -> Other, _ back: @escaping @Sendable (Other) -> Value
    ) -> SettingKind<Other> {
        let (read, write) = (read, write)
        return SettingKind<Other>(
            expected: expected, schema: schema, members: members, reading: { read($0).map(there) },
            writing: { write(back($0)) })
    }

    /// The same values, and `null`.
    ///
    /// - Parameter meaning: what `null` stands for, so that it continues "or null for".
    package func optional(_ meaning: String) -> SettingKind<Value?> {
        let (read, write) = (read, write)
        // Of the value as a whole it is said that it can be null too.
        let beginning = "expected \(expected), got "
        let expected = "\(expected), or null for \(meaning)"
        return SettingKind<Value?>(
            expected: expected, schema: ["anyOf": [.object(schema), ["type": "null"]]], members: members,
            reading: { json in
                if json == .null { return .success(nil) }
                return read(json).map(Optional.some).mapError { fault in
                    fault.sentence.hasPrefix(beginning) && fault.steps.isEmpty
                        ? SettingFault(expected: expected, got: json) : fault
                }
            }, writing: { $0.map(write) ?? .null })
    }

    /// Values of another kind beside these; what is neither is refused with the words for both.
    package func or(
        _ other: SettingKind<Value>, writesOther: @escaping @Sendable (Value) -> Bool
    ) -> SettingKind<Value> {
        let (read, write) = (read, write)
        let expected = "\(expected), or \(other.expected)"
        return SettingKind(
            expected: expected, schema: ["anyOf": [.object(schema), .object(other.schema)]],
            members: members + other.members,
            reading: { json in
                if case .success(let value) = read(json) { return .success(value) }
                if case .success(let value) = other.read(json) { return .success(value) }
                return .failure(SettingFault(expected: expected, got: json))
            }, writing: { writesOther($0) ? other.write($0) : write($0) })
    }
}

extension SettingKind {
    /// An array of values of one kind.
    ///
    /// - Parameters:
    ///   - things: what they are, so that it continues "an array of".
    ///   - counts: how many there may be.
    ///   - repeats: whether one can be there twice.
    package static func array<Element>(
        of element: SettingKind<Element>, _ things: String, _ counts: ClosedRange<Int> = 0...Int.max,
        repeats: Bool = true
    ) -> SettingKind where Value == [Element] {
        var expected = "an array of \(things)"
        if counts.lowerBound == 1 { expected += ", at least one" }
        if counts.upperBound < .max { expected += ", \(counts.upperBound) at most" }
        var schema: CairnJSONObject = ["type": "array", "items": .object(element.schema)]
        if counts.lowerBound > 0 { schema["minItems"] = .integer(counts.lowerBound) }
        if counts.upperBound < .max { schema["maxItems"] = .integer(counts.upperBound) }
        if !repeats { schema["uniqueItems"] = true }
        return SettingKind(
            expected: expected, schema: schema, members: element.members,
            reading: { [expected] json in
                guard let array = json.array, counts.contains(array.count) else {
                    return .failure(SettingFault(expected: expected, got: json))
                }
                var (values, faults): ([Element], [SettingFault]) = ([], [])
                // As they are written by Cairn, since one value can be written in several ways.
                var written: Set<String> = []
                for (index, json) in array.enumerated() {
                    switch element.read(json) {
                    case .success(let value):
                        values.append(value)
                        if !repeats, !written.insert(element.write(value).text()).inserted {
                            let fault = SettingFault("expected each once, got \(json.glimpse) twice")
                            faults.append(fault.inside(.element(index)))
                        }
                    case .failure(let fault): faults.append(fault.inside(.element(index)))
                    }
                }
                return SettingFault(faults).map { .failure($0) } ?? .success(values)
            }, writing: { .array($0.map(element.write)) })
    }

    /// An array of values of which each counts once, written in the order of their texts.
    package static func set<Element: Hashable>(
        of element: SettingKind<Element>, _ things: String
    ) -> SettingKind where Value == Set<Element> {
        SettingKind<[Element]>.array(of: element, things, repeats: false).map {
            Set($0)
        } _: { set in
            set.map { ($0, element.write($0).text()) }.sorted { ($0.1.utf8.count, $0.1) < ($1.1.utf8.count, $1.1) }
                .map(\.0)
        }
    }

    /// An object with a value of one kind for each of any names.
    ///
    /// - Parameters:
    ///   - names: what the names are, so that it continues "an object whose members are".
    ///   - name: why a text is no such name, as an expectation; `nil` if it is one.
    package static func dictionary<Element>(
        of element: SettingKind<Element>, _ names: String, name: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> SettingKind where Value == [String: Element] {
        let expected = "an object whose members are \(names)"
        return SettingKind(
            expected: expected, schema: ["type": "object", "additionalProperties": .object(element.schema)],
            members: element.members,
            reading: { json in
                guard let object = json.object else { return .failure(SettingFault(expected: expected, got: json)) }
                var (values, faults): ([String: Element], [SettingFault]) = ([:], [])
                for member in object.members {
                    if let wanted = name(member.name) {
                        faults.append(SettingFault(expected: wanted, got: .string(member.name)))
                        continue
                    }
                    switch element.read(member.value) {
                    case .success(let value): values[member.name] = value
                    case .failure(let fault): faults.append(fault.inside(.member(member.name)))
                    }
                }
                return SettingFault(faults).map { .failure($0) } ?? .success(values)
            },
            writing: { values in
                .object(
                    values.sorted { $0.key < $1.key }.reduce(into: CairnJSONObject()) {
                        $0[$1.key] = element.write($1.value)
                    })
            })
    }

    /// An object whose members are settings themselves.
    ///
    /// - Parameters:
    ///   - thing: what it is: "a profile".
    ///   - fresh: the value to which the members are applied.
    ///   - required: the members that have to be there.
    package static func object(
        _ thing: String, fresh: Value, required: [String], @SettingBuilder<Value> _ settings: () -> [Setting<Value>]
    ) -> SettingKind {
        let catalogue = SettingCatalogue(settings(), areMembers: true)
        let expected = "an object: \(thing)"
        var schema = catalogue.schema(default: nil)
        schema["required"] = required.isEmpty ? nil : .array(required.map { .string($0) })
        return SettingKind(
            expected: expected, schema: schema,
            members: catalogue.outlines(fresh).map { outline in
                var outline = outline
                if required.contains(outline.path) { outline.defaultValue = nil }
                return outline
            },
            reading: { json in
                guard let object = json.object else { return .failure(SettingFault(expected: expected, got: json)) }
                if let missing = required.first(where: { object[$0] == nil }) {
                    return .failure(SettingFault("\(thing) needs \(missing.quoted)"))
                }
                var value = fresh
                if let fault = SettingFault(catalogue.apply(object, to: &value)) { return .failure(fault) }
                return .success(value)
            }, writing: { .object(catalogue.json(of: $0)) })
    }
}
