extension CairnDNSUpdates {
    @SettingBuilder<Self> static var settings: [Setting<Self>] {
        Setting(
            "keys", \.keys, .array(of: .key, "keys"),
            example: [
                [
                    "name": "acme", "algorithm": "hmac-sha256", "secret": "c2VjcmV0IHdpdGggMjQgb2N0ZXRzIQ==",
                    "minimumMACLength": 32,
                ]
            ], "the TSIG keys that sign dynamic updates and zone transfers (RFC 8945)")
        Setting(
            "zones", \.zones, .array(of: .hostName, "names of zones", repeats: false), example: ["example.test"],
            "the zones that can be updated; none listed means all")
        Setting(
            "acceptsUnsigned", \.acceptsUnsigned, .bool, "whether dynamic updates without a signature are accepted")
        Setting(
            "additions", \.additions, .word,
            "what an added record does to others of its type: `add` keeps them, `replace` removes them")
        Setting(
            "transfers", \.transfers, .word,
            "who may read a whole zone by AXFR: nobody (`refused`), holders of a key (`signed`), everyone (`open`)")
    }
}

// MARK: Kinds

extension SettingKind where Value == CairnTSIGKey {
    fileprivate static var key: SettingKind {
        .object("a key", fresh: CairnTSIGKey(name: "", secret: []), required: ["name", "secret"]) {
            Setting("name", \.name, .hostName, "the name of the key")
            Setting("algorithm", \.algorithm, .word, "the algorithm")
            Setting("secret", \.secret, .base64, "the secret in Base64")
            Setting(
                "minimumMACLength", \.minimumMACLength,
                SettingKind<Int>.integer(10...64).optional("the least that RFC 8945 §5.2.2.1 allows"),
                "the shortest MAC that is accepted, in octets")
        }
    }
}

extension SettingKind where Value == [UInt8] {
    fileprivate static var base64: SettingKind {
        SettingKind(
            "octets in Base64, one at least (RFC 4648 §4)", ["type": "string"],
            read: { $0.string.flatMap { Base64.decode($0) }.flatMap { $0.isEmpty ? nil : $0 } },
            write: { .string(Base64.encode($0)) })
    }
}

extension SettingKind where Value == CairnDNSScript {
    /// A script; what says nothing is left out when it is written.
    package static var script: SettingKind {
        let fresh = CairnDNSScript(.pass)
        return SettingKind.object("a script", fresh: fresh, required: ["do"]) {
            Setting("name", \.name, SettingKind<String>.text("a name") { !$0.isEmpty }.optional("a number"), "its name")
            Setting("when", \.condition, .condition, "the queries that it applies to")
            Setting(
                "each", \.each, SettingKind<CairnDNSScript.Each>.word.optional("one count for all queries"),
                "what queries are counted by")
            Setting("after", \.after, .integer(), "how many matching queries pass first")
            Setting("every", \.every, .integer(1...Int.max), "fires for every n-th matching query")
            Setting("until", \.until, SettingKind<CairnRule.End>.end.optional("never"), "when it ends")
            Setting("optional", \.isOptional, .bool, "whether a test may end without it having fired")
            Setting("do", \.effect, .effect, "what it does")
        }.withoutDefaults(of: fresh, but: "do")
    }
}

extension SettingKind where Value == CairnDNSScript.Condition {
    fileprivate static var condition: SettingKind {
        let fresh = CairnDNSScript.Condition()
        return SettingKind.object("which queries a script is for", fresh: fresh, required: []) {
            Setting(
                "name", \.name, SettingKind<CairnNamePattern>.dnsName.optional("all names"),
                "the name, or \"*.\" and a name for every name below it")
            Setting("type", \.type, SettingKind<CairnDNSType>.dnsType.optional("all types"), "the type of the queries")
            Setting(
                "sources", \.sources, .array(of: .word, "sources", repeats: false),
                "who asks; none listed means everyone")
            Setting(
                "perspectives", \.perspectives, .array(of: .text(), "names of perspectives", repeats: false),
                "the perspectives that ask, of which the first is `primary`; none listed means all, and clients")
        }.withoutDefaults(of: fresh)
    }
}

extension SettingKind where Value == CairnNamePattern {
    fileprivate static var dnsName: SettingKind {
        SettingKind<String>.text(
            "a host name, or \"*.\" and a name for all below it", where: SettingText.isStarredName
        ).map({ CairnNamePattern($0) }, \.description)
    }
}

extension SettingKind where Value == CairnRule.End {
    /// An instant, or `{"in": …}` with the time until then.
    fileprivate static var end: SettingKind {
        let time = SettingKind<Duration>.duration()
        let expected = "a timestamp such as \"2030-01-01T00:00:00Z\", or an object with \"in\""
        return SettingKind(
            expected: expected,
            schema: [
                "anyOf": [
                    ["type": "string", "format": "date-time"],
                    [
                        "type": "object", "required": ["in"], "properties": ["in": .object(time.schema)],
                        "additionalProperties": false,
                    ],
                ]
            ],
            reading: { json in
                if let instant = json.string.flatMap({ CairnInstant(rfc3339: $0) }) { return .success(.at(instant)) }
                guard let object = json.object, object.names == ["in"], let value = object["in"] else {
                    return .failure(SettingFault(expected: expected, got: json))
                }
                return time.read(value).map { .after($0) }.mapError { $0.inside(.member("in")) }
            },
            writing: { end in
                switch end {
                case .at(let instant): .string(instant.exactText)
                case .after(let duration): ["in": time.write(duration)]
                }
            })
    }
}

extension SettingKind where Value == CairnDNSEffect {
    /// A step, or an array of them, of which all but the last say how often.
    fileprivate static var effect: SettingKind {
        let step = SettingKind<CairnDNSEffect.Step>.step
        let steps = SettingKind<[CairnDNSEffect.Step]>.array(of: step, "steps", 1...Int.max)
        let expected = "\(step.expected), or an array of such"
        return SettingKind(
            expected: expected, schema: ["anyOf": [.object(step.schema), .object(steps.schema)]],
            reading: { json in
                guard json.array != nil else { return step.read(json).map { CairnDNSEffect(steps: [$0]) } }
                return steps.read(json).flatMap { list in
                    if let index = list.dropLast().firstIndex(where: { $0.times == nil }) {
                        let fault = SettingFault(
                            "expected \"times\", as another step follows, got none (a step without goes on for ever)")
                        return .failure(fault.inside(.element(index)))
                    }
                    return .success(CairnDNSEffect(steps: list))
                }
            },
            writing: { $0.steps.count == 1 ? step.write($0.steps[0]) : steps.write($0.steps) })
    }
}

extension SettingKind where Value == CairnDNSEffect.Step {
    /// What each action is called, and what its member holds.
    private static var actions: [(name: String, value: SettingKind<CairnDNSEffect.Action>)] {
        func nothing(_ action: CairnDNSEffect.Action) -> SettingKind<CairnDNSEffect.Action> {
            SettingKind<CairnDNSEffect.Action>(
                expected: "an empty object", schema: ["type": "object", "maxProperties": 0],
                reading: { json in
                    guard json != [:] else { return .success(action) }
                    let isTimes = json.object?.names == ["times"]
                    return .failure(
                        SettingFault(
                            "expected an empty object, got \(json.text())"
                                + (isTimes ? "; \"times\" stands beside it" : "")))
                }, writing: { _ in [:] })
        }
        let time = SettingKind<Duration>.duration()
        return [
            (
                "code",
                SettingKind<CairnDNSResponseCode>.anyResponseCode.map({ .code($0) }) {
                    if case .code(let code) = $0 { code } else { .noError }
                }
            ),
            ("timeout", nothing(.timeout)), ("lame", nothing(.lame)), ("hide", nothing(.hide)),
            (
                "answer",
                SettingKind<[CairnDNSRecord]>.array(of: .record, "DNS records").map({ .answer($0) }) {
                    if case .answer(let records) = $0 { records } else { [] }
                }
            ),
            ("pass", nothing(.pass)),
            (
                "propagation",
                time.map({ .propagation($0) }) { if case .propagation(let time) = $0 { time } else { .zero } }
            ),
            ("delay", time.map({ .delay($0) }) { if case .delay(let time) = $0 { time } else { .zero } }),
            ("truncate", nothing(.truncate)),
            (
                "negativeTTL",
                time.map({ .negativeTTL($0) }) { if case .negativeTTL(let time) = $0 { time } else { .zero } }
            ),
        ]
    }

    /// An object with the member of one action, and perhaps how often it happens.
    fileprivate static var step: SettingKind {
        let actions = actions
        let names = actions.map(\.name)
        let times = SettingKind<Int>.integer(1...Int.max)
        let expected =
            "an object with one of \(names.map(\.quoted).joined(separator: ", ")), and perhaps with \"times\""
        return SettingKind(
            expected: expected,
            schema: [
                "anyOf": .array(
                    actions.map { action in
                        [
                            "type": "object", "required": [.string(action.name)],
                            "properties": [action.name: .object(action.value.schema), "times": .object(times.schema)],
                            "additionalProperties": false,
                        ]
                    })
            ],
            reading: { json in
                guard let object = json.object else { return .failure(SettingFault(expected: expected, got: json)) }
                if let strange = object.names.first(where: { $0 != "times" && !names.contains($0) }) {
                    let meant = NearestName.to(strange, among: names + ["times"])
                    let hint = meant.map { "did you mean \($0.quoted)?" } ?? "expected \(names.joined(separator: ", "))"
                    return .failure(SettingFault("\(strange.quoted) is no action; \(hint)").inside(.member(strange)))
                }
                let said = actions.filter { object[$0.name] != nil }
                guard said.count == 1, let action = said.first, let value = object[action.name] else {
                    return .failure(SettingFault(expected: expected, got: json))
                }
                return action.value.read(value).mapError { $0.inside(.member(action.name)) }.flatMap { read in
                    guard let count = object["times"] else { return .success(CairnDNSEffect.Step(read)) }
                    return times.read(count).map { CairnDNSEffect.Step(read, times: $0) }
                        .mapError { $0.inside(.member("times")) }
                }
            },
            writing: { step in
                var object = CairnJSONObject()
                let kind = actions.first { $0.name == step.action.name }
                object[step.action.name] = kind?.value.write(step.action)
                object["times"] = step.times.map(CairnJSON.integer)
                return .object(object)
            })
    }
}

extension SettingKind where Value == CairnDNSResponseCode {
    /// Any code, also one without a name.
    fileprivate static var anyResponseCode: SettingKind {
        SettingKind(
            "a response code such as \"SERVFAIL\", or \"RCODE\" and a number up to 4095", ["type": "string"],
            read: { $0.string.flatMap { CairnDNSResponseCode($0) } }, write: { .string("\($0)") })
    }
}

extension SettingKind {
    /// The same values; members that are what they would be anyway are left out when one is written.
    fileprivate func withoutDefaults(of fresh: Value, but kept: String? = nil) -> SettingKind {
        let (read, write) = (read, write)
        let defaults = write(fresh)
        return SettingKind(
            expected: expected, schema: schema, members: members, reading: read,
            writing: { value in
                guard let object = write(value).object else { return write(value) }
                return .object(
                    object.members.reduce(into: CairnJSONObject()) { sparse, member in
                        if member.name == kept || member.value != defaults[member.name] {
                            sparse[member.name] = member.value
                        }
                    })
            })
    }
}
