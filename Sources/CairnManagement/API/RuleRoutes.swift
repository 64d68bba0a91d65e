import Cairn
import HTTPTypes

extension API {
    private static let rules = Schema.object(["rules": Schema.list(of: Schema.reference("Rule"))])
    private static let story = SettingKind<String>.member("state", .text())
    private static let states = Schema.object(["state": Schema.text])

    /// What is done to requests and answers by rules.
    static let ruleRoutes: [Route] = [
        .get("/rules", "All rules with their counters, in the order in which they were added", of: rules) {
            ["rules": .array($0.ca.rules.all.map(\.json))]
        },
        .perform(
            .post, "/rules", "Puts one rule into effect, or the array \"rules\" of an object: all of them or none",
            with: SettingKind<CairnJSON>.rules, status: 201, of: rules
        ) { call, json in
            let handles = try call.ca.rules.add(try CairnRule.list(json: json))
            return ["rules": .array(handles.compactMap { $0.record?.json })]
        },
        .perform(
            .delete, "/rules", "Removes all rules, or those that have a tag",
            query: [.init(name: "tag", summary: "only rules that have it")]
        ) { call in
            if let tag = call.parameter("tag") {
                call.ca.rules.remove(tagged: tag)
            } else {
                call.ca.rules.removeAll()
            }
        },
        .get("/rules/unfired", "The rules that never fired and are not optional", of: rules) {
            ["rules": .array($0.ca.rules.unfired.map(\.json))]
        },
        .get(
            "/rules/held", "The requests that wait at the gates of rules, and the answers",
            of: Schema.list(of: Schema.reference("HeldRequest"))
        ) { .array($0.ca.rules.held.map(\.json)) },
        .perform(.post, "/rules/reset", "Resets the counters of all rules, and all stories") {
            $0.ca.rules.resetCounters()
        },
        .get(
            "/rules/stories", "The states of the unnamed story and of all named ones",
            of: Schema.object(["state": Schema.text, "stories": Schema.map(of: Schema.text)])
        ) { call in
            let stories = call.ca.rules.stories.sorted { $0.key < $1.key }
            return [
                "state": .string(call.ca.rules.state()),
                "stories": .object(stories.reduce(into: CairnJSONObject()) { $0[$1.key] = .string($1.value) }),
            ]
        },
        .perform(.put, "/rules/stories", "Sets the state of the unnamed story", with: story) {
            $0.ca.rules.setState($1)
        },
        .get("/rules/stories/{story}", "The state of a story", of: states) {
            ["state": .string($0.ca.rules.state(of: $0["story"]))]
        },
        .perform(.put, "/rules/stories/{story}", "Sets the state of a story", with: story) {
            $0.ca.rules.setState($1, of: $0["story"])
        },
        .get("/rules/{name}", "One rule with its counters", of: Schema.reference("Rule")) { call in
            try call.find(call.ca.rules[call["name"]], "rule", "name").json
        },
        .perform(.delete, "/rules/{name}", "Removes a rule") { call in
            guard call.ca.rules.remove(call["name"]) else { throw call.noRule }
        },
        .perform(.post, "/rules/{name}/release", "Opens the gate of a rule, which holds nothing from then on") {
            call in
            guard call.ca.rules.release(call["name"]) else { throw call.noRule }
        },
        .get(
            "/rulesets", "The saved rules that clients select by /with/NAME/dir",
            of: Schema.map(of: Schema.list(of: Schema.reference("Rule")))
        ) { call in
            .object(
                call.ca.rulesets.all.sorted { $0.key < $1.key }.reduce(into: CairnJSONObject()) { sets, set in
                    sets[set.key] = .array(set.value.map(\.json))
                })
        },
        .perform(
            .put, "/rulesets/{name}", "Saves rules under a name that clients select by /with/NAME/dir",
            with: SettingKind<CairnJSON>.rules
        ) { call, json in
            try call.ca.rulesets.save(try CairnRule.list(json: json), as: call["name"])
        },
        .perform(.delete, "/rulesets/{name}", "Deletes saved rules") { call in
            guard call.ca.rulesets.forget(call["name"]) else {
                throw APIProblem(404, "there are no rules called \(call["name"].quoted)")
            }
        },
    ]
}

extension Call {
    /// No rule goes by the name in the path.
    fileprivate var noRule: APIProblem {
        let name = self["name"]
        let meant = NearestName.to(name, among: ca.rules.all.compactMap(\.rule.name))
        return APIProblem(
            404, "there is no rule \(name.quoted)" + (meant.map { "; did you mean \($0.quoted)?" } ?? ""))
    }
}

extension SettingKind where Value == CairnJSON {
    /// One rule or several; what is in them is read by whoever knows rules.
    fileprivate static var rules: SettingKind {
        let rule = Schema.reference("Rule")
        return SettingKind(
            "a rule, or an object with \"rules\"",
            [
                "anyOf": [
                    .object(rule), .object(Schema.list(of: rule)),
                    [
                        "type": "object", "required": ["rules"],
                        "properties": ["rules": .object(Schema.list(of: rule))], "additionalProperties": false,
                    ],
                ]
            ], read: { $0 }, write: { $0 })
    }
}
