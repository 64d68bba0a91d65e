extension SettingKind where Value == CairnSerialNumbers {
    static var serialNumbers: SettingKind {
        SettingKind(
            "\"drawn\", {\"sequential\": \"01\"} from a number on, {\"fixedLength\": 1 to 20} octets, or {\"chosen\": [\"7f\", …]}",
            [
                "anyOf": [
                    ["const": "drawn"], ["type": "object", "required": ["sequential"]],
                    ["type": "object", "required": ["fixedLength"]], ["type": "object", "required": ["chosen"]],
                ]
            ],
            read: { json in
                if json == "drawn" { return .drawn }
                guard let object = json.object, object.members.count == 1, let member = object.members.first else {
                    return nil
                }
                switch member.name {
                case "sequential":
                    return member.value.string.flatMap { CairnSerialNumber(hexadecimal: $0) }.map {
                        .sequential(from: $0)
                    }
                case "fixedLength":
                    return member.value.integer.flatMap { (1...20).contains($0) ? .fixedLength($0) : nil }
                case "chosen":
                    let numbers = member.value.array?.map { $0.string.flatMap { CairnSerialNumber(hexadecimal: $0) } }
                    guard let numbers, !numbers.contains(nil) else { return nil }
                    return .chosen(numbers.compactMap(\.self))
                default: return nil
                }
            },
            write: { numbers in
                switch numbers.kind {
                case .drawn: "drawn"
                case .sequential(let first): ["sequential": .string("\(first)")]
                case .fixedLength(let octets): ["fixedLength": .integer(octets)]
                case .chosen(let numbers): ["chosen": .array(numbers.map { .string("\($0)") })]
                }
            })
    }
}

extension SettingKind where Value == CairnCSRContentPolicy {
    /// The name of a preset, or rules by the names of what a CSR can have; the member `preset` names what they begin with.
    static var csrContent: SettingKind {
        let presets = CairnCSRContentPolicy.presets
        let preset = SettingKind<String>.word(of: presets.map(\.name), \.self)
        let rule = SettingKind<CairnCSRContentRule>.word
        let expected = "\(preset.expected), or an object of kinds of content and \(rule.expected)"
        return SettingKind(
            expected: expected,
            schema: [
                "anyOf": [
                    .object(preset.schema),
                    [
                        "type": "object", "properties": ["preset": .object(preset.schema)],
                        "additionalProperties": .object(rule.schema),
                    ],
                ]
            ],
            reading: { json in
                if let name = json.string, let known = presets.first(where: { $0.name == name }) {
                    return .success(known.policy)
                }
                guard let object = json.object else { return .failure(SettingFault(expected: expected, got: json)) }
                var policy = CairnCSRContentPolicy.deployed
                if let start = object["preset"] {
                    guard let known = presets.first(where: { $0.name == start.string }) else {
                        return .failure(SettingFault(expected: preset.expected, got: start).inside("preset"))
                    }
                    policy = known.policy
                }
                for member in object.members where member.name != "preset" {
                    switch rule.read(member.value) {
                    case .success(let rule): policy[member.name] = rule
                    case .failure(let fault): return .failure(fault.inside(.member(member.name)))
                    }
                }
                return .success(policy)
            },
            writing: { policy in
                if let known = presets.first(where: { $0.policy == policy }) { return .string(known.name) }
                return .object(
                    policy.rules.sorted { $0.key.name < $1.key.name }.reduce(into: CairnJSONObject()) {
                        $0[$1.key.name] = .string($1.value.rawValue)
                    })
            })
    }
}
