extension CairnRule {
    /// Parses a rule from JSON, in the form described in the article on rules.
    ///
    /// The counters that the CA adds (`seen`, `matched`, `fired`, `left`, `nearMiss`) and the `world` are ignored.
    public init(json: CairnJSON) throws(CairnRuleError) { try self.init(RuleValue(json)) }

    /// Parses a file of rules: an array, an object with the member `rules`, or a single rule.
    public static func list(json: CairnJSON) throws(CairnRuleError) -> [CairnRule] {
        let (rules, faults) = read(json)
        if let fault = faults.first { throw fault }
        return rules
    }

    /// Reads a file of rules, and tells what is wrong with each.
    package static func read(_ json: CairnJSON) -> (rules: [CairnRule], faults: [CairnRuleError]) {
        var (rules, faults): ([CairnRule], [CairnRuleError]) = ([], [])
        do throws(CairnRuleError) {
            let expected = "an array of rules, an object with \"rules\", or a rule"
            var list = RuleValue(json)
            if let object = json.object {
                guard object["rules"] != nil else {
                    rules.append(try CairnRule(list))
                    return (rules, faults)
                }
                list = try list.object("file", expected).required("rules", "an object")
            }
            for value in try list.array(expected) {
                do throws(CairnRuleError) { rules.append(try CairnRule(value)) } catch { faults.append(error) }
            }
        } catch {
            faults.append(error)
        }
        return (rules, faults)
    }

    /// Refuses what cannot be, with the words that the JSON form of the same rule would be refused with.
    package func check() throws(CairnRuleError) { _ = try CairnRule(json: json) }

    /// The rule in the form that ``init(json:)`` parses, without default values.
    public var json: CairnJSON {
        var object = CairnJSONObject()
        object["name"] = name.map(CairnJSON.string)
        if !tags.isEmpty { object["tags"] = .array(tags.map(CairnJSON.string)) }
        if !endpoints.isEmpty { object["at"] = .oneOrMore(endpoints.map { .string($0.rawValue) }) }
        if !conditions.isEmpty { object["when"] = Condition.json(conditions) }
        object["each"] = each.map { .string($0.rawValue) }
        if after != 0 { object["after"] = .integer(after) }
        if every != 1 { object["every"] = .integer(every) }
        if probability != 1 { object["probability"] = Self.number(probability) }
        object["until"] = until.map(\.json)
        object["state"] = story.map(\.json)
        if priority != 0 { object["priority"] = .integer(priority) }
        if isOptional { object["optional"] = true }
        object["do"] = fault.json
        return .object(object)
    }

    private static func number(_ number: Double) -> CairnJSON {
        number == number.rounded() && abs(number) < 1e15 ? .integer(Int(number)) : .double(number)
    }

    private init(_ value: RuleValue) throws(CairnRuleError) {
        let object = try value.object("rule", "a rule")
        let fault = try CairnFault(object.required("do", "a rule"))
        var endpoints: [ACMEEndpoint] = []
        if let at = object["at"] {
            for value in try at.oneOrMore("the name of an endpoint") { endpoints.append(try value.endpoint()) }
        }
        self.init(
            fault: fault, endpoints: endpoints, conditions: try object["when"]?.conditions() ?? [],
            each: try object["each"]?.word(), after: try object["after"]?.integer(0 ... .max) ?? 0,
            every: try object["every"]?.integer(1 ... .max) ?? 1,
            probability: try object["probability"]?.probability() ?? 1, until: try object["until"]?.end(),
            story: try object["state"]?.story(), priority: try object["priority"]?.integer(.min ... .max) ?? 0,
            isOptional: try object["optional"]?.bool() ?? false,
            name: try object["name"]?.text("a name") { !$0.isEmpty },
            tags: try object["tags"]?.texts() ?? [])
        try checkFit(value, writtenEndpoints: endpoints)
    }
}

extension CairnRule.End {
    fileprivate var json: CairnJSON {
        switch self {
        case .at(let instant): .string(instant.exactText)
        case .after(let duration): ["in": .seconds(duration)]
        }
    }
}

extension CairnRule.Story {
    fileprivate var json: CairnJSON {
        var object = CairnJSONObject()
        object["requires"] = requires.map(CairnJSON.string)
        object["becomes"] = becomes.map(CairnJSON.string)
        object["of"] = name.map(CairnJSON.string)
        return .object(object)
    }
}

extension CairnInstant {
    /// The instant with as much of a fraction as it has, to the nanosecond.
    package var exactText: String {
        let nanoseconds = (self - wholeSecond).components.attoseconds / 1_000_000_000
        guard nanoseconds > 0 else { return rfc3339 }
        let digits = String(nanoseconds)
        var fraction = String(repeating: "0", count: 9 - digits.count) + digits
        while fraction.last == "0" { fraction.removeLast() }
        return "\(wholeSecond.rfc3339.dropLast()).\(fraction)Z"
    }
}

extension RuleValue {
    fileprivate func endpoint() throws(CairnRuleError) -> ACMEEndpoint {
        let known = ACMEEndpoint.known.map(\.rawValue)
        guard let text = json.string else { throw failure(expected: "the name of an endpoint such as \"newOrder\"") }
        guard known.contains(where: { $0.isSame(as: text) }) else {
            throw failure(Self.misspelling(text, among: known))
        }
        return ACMEEndpoint(rawValue: text)
    }

    fileprivate func texts() throws(CairnRuleError) -> [String] {
        var texts: [String] = []
        for value in try array("an array of texts") { texts.append(try value.text()) }
        return texts
    }

    fileprivate func probability() throws(CairnRuleError) -> Double {
        let number: Double? =
            switch json {
            case .integer(let number): Double(number)
            case .double(let number): number
            default: nil
            }
        guard let number, (0...1).contains(number) else { throw failure(expected: "a number from 0 to 1") }
        return number
    }

    fileprivate func end() throws(CairnRuleError) -> CairnRule.End {
        let expected = "a timestamp such as \"2030-01-01T00:00:00Z\", or an object with \"in\""
        if let text = json.string {
            guard let instant = CairnInstant(rfc3339: text) else { throw failure(expected: expected) }
            return .at(instant)
        }
        return .after(try object("until", expected).required("in", "an object").duration())
    }

    fileprivate func story() throws(CairnRuleError) -> CairnRule.Story {
        let object = try object("state", "an object with \"requires\" or \"becomes\"")
        guard !object.members.isEmpty else { throw failure(expected: "an object with \"requires\" or \"becomes\"") }
        return CairnRule.Story(
            requires: try object["requires"]?.text(), becomes: try object["becomes"]?.text(),
            of: try object["of"]?.text())
    }
}

extension ACMEEndpoint {
    /// What rules can be about.
    package static let known: [ACMEEndpoint] = [
        .directory, .newNonce, .newAccount, .newOrder, .newAuthz, .revokeCert, .keyChange, .account, .orders, .order,
        .finalize, .authorization, .challenge, .certificate, .issuer, .crl, .ocsp, .renewalInfo, .rateLimits, .unpause,
        .outOfBand, .termsOfService, .agreement, .connection,
    ]
}

// MARK: - What fits together

extension CairnRule {
    /// Refuses actions where they cannot happen.
    private func checkFit(_ value: RuleValue, writtenEndpoints: [ACMEEndpoint]) throws(CairnRuleError) {
        func place(_ tokens: String...) -> CairnJSONPointer { CairnJSONPointer(tokens: value.place.tokens + tokens) }
        let isOfConnections = writtenEndpoints.contains(.connection)
        if isOfConnections, writtenEndpoints.count > 1 {
            throw CairnRuleError(
                "expected \"connection\" alone, as there is no request yet, got other endpoints too", at: place("at"))
        }
        for (index, step) in fault.steps.enumerated() {
            let action = step.action
            let here = fault.steps.count == 1 ? place("do") : place("do", String(index))
            if index < fault.steps.count - 1, step.times == nil {
                throw CairnRuleError(
                    "expected \"times\", as another step follows, got none (a step without goes on for ever)", at: here)
            }
            let needsConnection = action.point == .connection
            if needsConnection != isOfConnections {
                let (name, written) = (action.name.quoted, writtenEndpoints.map(\.rawValue).quotedList)
                throw CairnRuleError(
                    needsConnection
                        ? "\(name) happens before there is a request: expected \"connection\" in \"at\", got "
                            + (written.isEmpty ? "none" : written)
                        : "\(name) needs a request, and at \"connection\" there is none yet", at: here)
            }
            if action.point < .answer, action.point != .connection, earliestPoint == .answer, action != .pass {
                throw CairnRuleError(
                    "\(action.name.quoted) comes in place of the answer: expected conditions on the request alone, "
                        + "got one on the answer (\"isProblem\", \"status\", \"answer\")", at: here)
            }
        }
        guard isOfConnections else { return }
        if let condition = conditions.first(where: { !$0.isOfSource }) {
            throw CairnRuleError(
                "expected \"source\" alone, as there is no request yet, got \(condition.memberName.quoted)",
                at: place("when"))
        }
        if let each {
            throw CairnRuleError(
                "expected no count for each \(each.rawValue), as there is no request yet, got one", at: place("each"))
        }
    }
}

extension CairnRule.Condition {
    fileprivate var isOfSource: Bool { if case .text(.source, _) = kind { true } else { false } }
}
