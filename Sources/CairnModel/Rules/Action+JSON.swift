extension CairnRule.Action {
    /// The name of the member that says which action it is.
    package var name: String {
        switch self {
        case .problem: "problem"
        case .status: "status"
        case .html: "html"
        case .redirect: "redirect"
        case .hold(let held): held == .request ? "hold" : "holdAnswer"
        case .drop: "drop"
        case .reset: "reset"
        case .pass: "pass"
        case .loseAnswer: "loseAnswer"
        case .setStatus: "setStatus"
        case .fields: "fields"
        case .json: "json"
        case .nonce: "nonce"
        case .timeStyle: "timeStyle"
        case .linkStyle: "linkStyle"
        case .mediaType: "mediaType"
        case .fieldCase: "fieldCase"
        case .jsonStyle: "jsonStyle"
        case .pemStyle: "pemStyle"
        case .truncate: "truncate"
        case .garble: "garble"
        case .delay: "delay"
        case .delayBody: "delayBody"
        case .dribble: "dribble"
        case .cut: "cut"
        case .goAway: "goAway"
        case .close: "close"
        case .tlsAlert: "tlsAlert"
        case .serverCertificate: "serverCertificate"
        case .state(let change, _): change.name
        }
    }

    /// The members of a step, ``name`` first.
    var json: CairnJSONObject {
        var object = CairnJSONObject()
        func put(_ value: CairnJSON) { object[name] = value }
        switch self {
        case .problem(let form):
            object = form.json
        case .status(let status, let retryAfter):
            put(.integer(status))
            object["retryAfter"] = retryAfter.map(\.json)
        case .html(let status, let text, let retryAfter):
            put(.integer(status))
            object["text"] = text.map(CairnJSON.string)
            object["retryAfter"] = retryAfter.map(\.json)
        case .redirect(let location, let status):
            put(.string(location))
            if status != 307 { object["status"] = .integer(status) }
        case .hold, .drop, .pass, .goAway, .close: put([:])
        case .reset(let moment): put(.string(moment.rawValue))
        case .loseAnswer(let loss): loss.write(into: &object)
        case .setStatus(let status): put(.integer(status))
        case .fields(let edits): put(CairnJSONObject.groups(edits.map { ($0.name.rawValue, $0.json) }))
        case .json(let edits): put(.array(edits.map(\.json)))
        case .nonce(let edit):
            put(.string(edit.word))
            if case .text(let text) = edit { object["text"] = .string(text) }
        case .timeStyle(let style): put(.string(style.rawValue))
        case .linkStyle(let style): put(style.json)
        case .mediaType(.parameter(let parameter)): put(["parameter": .string(parameter)])
        case .mediaType(.letterCase(let letterCase)): put(["letterCase": .string(letterCase.rawValue)])
        case .fieldCase(let letterCase): put(.string(letterCase.rawValue))
        case .jsonStyle(let style): put(style.json)
        case .pemStyle(let style): put(style.json)
        case .truncate(let count), .garble(let count): put(.integer(count))
        case .delay(let duration), .delayBody(let duration): put(.seconds(duration))
        case .dribble(let bytes, let interval): put(["bytes": .integer(bytes), "every": .seconds(interval)])
        case .cut(let count, let byReset):
            put(.integer(count))
            if byReset { object["by"] = "reset" }
        case .tlsAlert(let alert): put(.string(alert.rawValue))
        case .serverCertificate(let fault): put(.string(fault.rawValue))
        case .state(let change, let moment):
            change.write(into: &object)
            if moment == .after { object["moment"] = "after" }
        }
        return object
    }

    /// Reads the members of a step but `times`.
    init(_ value: RuleValue) throws(CairnRuleError) {
        guard let members = value.json.object else { throw value.failure(expected: "an action") }
        let named = RuleGrammar.actions.filter { members[$0] != nil }
        guard !named.isEmpty else {
            if let member = members.members.first(where: { $0.name != "times" }) {
                let hint = NearestName.to(member.name, among: RuleGrammar.actions)
                throw value.inside(member.name, member.value).failure(
                    "\(member.name.quoted) is no action"
                        + (hint.map { "; did you mean \($0.quoted)?" }
                            ?? "; expected \(RuleValue.choice(RuleGrammar.actions))"))
            }
            throw value.failure("expected an action, got none: \(RuleValue.choice(RuleGrammar.actions))")
        }
        // Some names are actions, and say more about other actions: "status" about "problem".
        guard let name = named.first(where: { Set(named).isSubset(of: RuleGrammar.names(of: $0)) }) else {
            throw value.failure(
                "expected one action, got \(named.quotedList): each is a step of its own, or a rule of its own")
        }
        let object = RuleObject(value: value, members: members)
        try object.requireKnownMembers(RuleGrammar.names(of: name) + ["times"], of: "the action \(name.quoted)")
        self = try Self.read(name, try object.required(name, "an action"), object)
    }

    private static func read(
        _ name: String, _ value: RuleValue, _ object: RuleObject
    ) throws(CairnRuleError) -> Self {
        switch name {
        case "problem":
            var form = try CairnRule.ProblemForm(object, "an action")
            form.retryAfter = try object["retryAfter"]?.retryAfter()
            return .problem(form)
        case "status": return .status(try value.status(), try object["retryAfter"]?.retryAfter())
        case "html":
            return .html(
                try value.status(), text: try object["text"]?.text(), try object["retryAfter"]?.retryAfter())
        case "redirect":
            return .redirect(
                try value.text("a URL, or an empty text for the same one"),
                status: try object["status"]?.status(300...399) ?? 307)
        case "reset": return .reset(try value.word())
        case "loseAnswer": return .loseAnswer(try value.loss(object))
        case "setStatus": return .setStatus(try value.status())
        case "fields": return .fields(try value.fieldEdits())
        case "json":
            let edits = try value.array("an array of edits")
            guard !edits.isEmpty else { throw value.failure(expected: "an array of edits") }
            var read: [CairnRule.JSONEdit] = []
            for edit in edits { read.append(try edit.jsonEdit()) }
            return .json(read)
        case "nonce": return .nonce(try value.nonceEdit(object))
        case "timeStyle": return .timeStyle(try value.word())
        case "linkStyle": return .linkStyle(try value.linkStyle())
        case "mediaType": return .mediaType(try value.mediaTypeEdit())
        case "fieldCase": return .fieldCase(try value.word())
        case "jsonStyle": return .jsonStyle(try value.jsonStyle())
        case "pemStyle": return .pemStyle(try value.pemStyle())
        case "truncate": return .truncate(try value.integer(0 ... .max))
        case "garble": return .garble(try value.integer(1 ... .max))
        case "delay": return .delay(try value.duration())
        case "delayBody": return .delayBody(try value.duration())
        case "dribble":
            let expected = "an object with \"bytes\" and \"every\""
            let slices = try value.object("slices", expected)
            return .dribble(
                bytes: try slices.required("bytes", "an object").integer(1 ... .max),
                every: try slices.required("every", "an object").duration())
        case "cut":
            let end = try object["by"]?.word(Ending.self) ?? .close
            return .cut(after: try value.integer(0 ... .max), byReset: end == .reset)
        case "tlsAlert": return .tlsAlert(try value.word())
        case "serverCertificate": return .serverCertificate(try value.word())
        default: break
        }
        if let change = try value.stateChange(name, object) {
            return .state(change, try object["moment"]?.word() ?? .before)
        }
        try value.nothing()
        switch name {
        case "hold": return .hold(.request)
        case "holdAnswer": return .hold(.answer)
        case "drop": return .drop
        case "goAway": return .goAway
        case "close": return .close
        default: return .pass
        }
    }

    private enum Ending: String, CaseIterable { case close, reset }
}

extension CairnFault {
    /// One action, or an array of them.
    var json: CairnJSON {
        let steps = steps.map { step -> CairnJSON in
            var object = step.action.json
            object["times"] = step.times.map(CairnJSON.integer)
            return .object(object)
        }
        return .oneOrMore(steps)
    }

    init(_ value: RuleValue) throws(CairnRuleError) {
        var steps: [Step] = []
        for value in try value.oneOrMore("an action, or an array of actions") {
            let action = try CairnRule.Action(value)
            let times = value.json["times"].map { value.inside("times", $0) }
            steps.append(Step(action, times: try times?.integer(1 ... .max)))
        }
        self.init(steps: steps)
    }
}

// MARK: - Parts

extension CairnRetryAfter {
    package var json: CairnJSON {
        .oneOrMore(
            forms.map { form in
                switch form {
                case .seconds(let count): .integer(count)
                case .date(let wait, let style): ["in": .seconds(wait), "as": .string(style.rawValue)]
                case .text(let text): ["text": .string(text)]
                }
            })
    }
}

extension CairnRule.ProblemForm {
    fileprivate var json: CairnJSONObject {
        var object: CairnJSONObject = ["problem": .string(type.written)]
        object["status"] = status.map(CairnJSON.integer)
        object["detail"] = detail.map(CairnJSON.string)
        object["retryAfter"] = retryAfter.map(\.json)
        object["instance"] = instance.map(CairnJSON.string)
        if !subproblems.isEmpty { object["subproblems"] = .array(subproblems.map { .object($0.ruleJSON) }) }
        return object
    }

    /// Reads what a problem and a subproblem have in common.
    ///
    /// - Parameter thing: what it is, so that it continues "expected".
    fileprivate init(_ object: RuleObject, _ thing: String) throws(CairnRuleError) {
        self.init(try object.required("problem", thing).problemType())
        status = try object["status"]?.status(400...599)
        detail = try object["detail"]?.text()
        instance = try object["instance"]?.text()
        subproblems = try object["subproblems"]?.subproblems() ?? []
    }
}

extension ACMEProblem {
    /// A subproblem, as a rule has it.
    fileprivate var ruleJSON: CairnJSONObject {
        var form = CairnRule.ProblemForm(type)
        form.status = status == Self.commonStatus(of: type) ? nil : status
        form.detail = detail.isEmpty ? nil : detail
        form.instance = instance
        var object = form.json
        if let identifier {
            object["identifier"] =
                ACMEIdentifier(stringLiteral: identifier.value) == identifier
                ? .string(identifier.value) : identifier.json
        }
        if !subproblems.isEmpty { object["subproblems"] = .array(subproblems.map { .object($0.ruleJSON) }) }
        return object
    }
}

extension RuleValue {
    func retryAfter() throws(CairnRuleError) -> CairnRetryAfter {
        let expected =
            "seconds, a text such as \"30s\" or \"2min\", an object with \"in\" or \"text\", or an array of such"
        var forms: [CairnRetryAfter.Form] = []
        for value in try oneOrMore(expected) {
            if let seconds = value.json.integer {
                forms.append(.seconds(seconds))
                continue
            }
            // The field has whole seconds (RFC 9110 §10.2.3).
            if let text = value.json.string {
                guard let duration = Duration(text: text), duration.components.attoseconds == 0 else {
                    throw value.failure(expected: expected)
                }
                forms.append(.seconds(Int(duration.components.seconds)))
                continue
            }
            let object = try value.object("retryAfter", expected)
            if let text = object["text"], object.members.members.count == 1 {
                forms.append(.text(try text.text()))
            } else {
                guard object["text"] == nil else { throw value.failure(expected: "either \"text\" or \"in\"") }
                let wait = try object.required("in", "an object").duration(.seconds(-36_500 * 86_400))
                forms.append(.date(wait, try object["as"]?.word() ?? .date))
            }
        }
        return CairnRetryAfter(forms)
    }

    fileprivate func problemType() throws(CairnRuleError) -> ACMEProblemType {
        let text = try text("a name in the namespace of ACME, or a whole URI")
        do { return try ACMEProblemType(written: text) } catch { throw failure(error.sentence) }
    }

    fileprivate func subproblems() throws(CairnRuleError) -> [ACMEProblem] {
        var problems: [ACMEProblem] = []
        for value in try array("an array of subproblems") {
            let object = try value.object("subproblem", "a subproblem")
            let form = try CairnRule.ProblemForm(object, "a subproblem")
            problems.append(
                ACMEProblem(
                    form.type, form.detail ?? "", status: form.status,
                    identifier: try object["identifier"]?.identifier(), subproblems: form.subproblems,
                    instance: form.instance))
        }
        return problems
    }

    private func identifier() throws(CairnRuleError) -> ACMEIdentifier {
        if let text = json.string { return ACMEIdentifier(stringLiteral: text) }
        let object = try object("identifier", "a name, an address, or an object with \"type\" and \"value\"")
        return ACMEIdentifier(
            type: ACMEIdentifierType(rawValue: try object.required("type", "an identifier").text()),
            value: try object.required("value", "an identifier").text())
    }
}

extension CairnRule.Loss {
    private enum Word: String, CaseIterable { case reset, close, status, delay }

    fileprivate func write(into object: inout CairnJSONObject) {
        switch self {
        case .reset: object["loseAnswer"] = "reset"
        case .close: object["loseAnswer"] = "close"
        case .status(let status):
            object["loseAnswer"] = "status"
            object["status"] = .integer(status)
        case .delay(let duration):
            object["loseAnswer"] = "delay"
            object["delay"] = .seconds(duration)
        }
    }

    fileprivate init(_ value: RuleValue, _ object: RuleObject) throws(CairnRuleError) {
        let word = try value.word(Word.self)
        for name in ["status", "delay"] where name != word.rawValue {
            if let other = object[name] {
                throw other.failure(
                    "\(name.quoted) goes with \"loseAnswer\": \(name.quoted), got \(word.rawValue.quoted)")
            }
        }
        switch word {
        case .reset: self = .reset
        case .close: self = .close
        case .status: self = .status(try object.required("status", "\"loseAnswer\"").status())
        case .delay: self = .delay(try object.required("delay", "\"loseAnswer\"").duration())
        }
    }
}

extension CairnRule.NonceEdit {
    private enum Word: String, CaseIterable { case add, remove, used, blank, two, text }

    fileprivate var word: String {
        switch self {
        case .add: "add"
        case .remove: "remove"
        case .used: "used"
        case .blank: "blank"
        case .two: "two"
        case .text: "text"
        }
    }

    fileprivate init(_ value: RuleValue, _ object: RuleObject) throws(CairnRuleError) {
        let word = try value.word(Word.self)
        if word != .text, let text = object["text"] {
            throw text.failure("\"text\" goes with \"nonce\": \"text\", got \(word.rawValue.quoted)")
        }
        switch word {
        case .add: self = .add
        case .remove: self = .remove
        case .used: self = .used
        case .blank: self = .blank
        case .two: self = .two
        case .text: self = .text(try object.required("text", "\"nonce\"").text())
        }
    }
}

extension CairnRule.StateChange {
    fileprivate var name: String {
        switch self {
        case .force: "force"
        case .purge: "purge"
        case .expire: "expire"
        case .forget: "forget"
        case .deactivate: "deactivate"
        case .revoke: "revoke"
        case .changeTerms: "changeTerms"
        case .moveRenewalWindow: "renewalWindow"
        case .incident: "incident"
        }
    }

    fileprivate func write(into object: inout CairnJSONObject) {
        switch self {
        case .force(let thing, let status):
            object[name] = .string(status)
            object["of"] = .string(thing.rawValue)
        case .purge(let thing), .expire(let thing), .forget(let thing), .deactivate(let thing):
            object[name] = .string(thing.rawValue)
        case .revoke(let reason):
            object[name] = "certificate"
            object["reason"] = reason.map(CairnJSON.integer)
        case .changeTerms(let version): object[name] = .string(version)
        case .moveRenewalWindow(let start, let end):
            object[name] = ["start": .seconds(start), "end": .seconds(end)]
        case .incident(let explanationURL): object[name] = .string(explanationURL ?? "")
        }
    }
}

extension RuleValue {
    fileprivate func loss(_ object: RuleObject) throws(CairnRuleError) -> CairnRule.Loss { try .init(self, object) }

    fileprivate func nonceEdit(_ object: RuleObject) throws(CairnRuleError) -> CairnRule.NonceEdit {
        try .init(self, object)
    }

    /// `nil` where the name is that of no change of a state.
    fileprivate func stateChange(
        _ name: String, _ object: RuleObject
    ) throws(CairnRuleError) -> CairnRule.StateChange? {
        switch name {
        case "force":
            let thing = try object.required("of", "\"force\"").thing(.account, .order, .authorization, .challenge)
            guard let status = json.string else { throw failure(expected: Self.choice(thing.statuses)) }
            guard thing.statuses.contains(status) else {
                throw failure(Self.misspelling(status, among: thing.statuses))
            }
            return .force(thing, status: status)
        case "purge": return .purge(try thing(.order, .authorization, .certificate, .allOfAccount))
        case "expire": return .expire(try thing(.order, .authorization, .nonces, .allOfAccount))
        case "forget": return .forget(try thing(.nonces, .account))
        case "deactivate": return .deactivate(try thing(.account, .authorization))
        case "revoke":
            _ = try thing(.certificate)
            guard let reason = object["reason"] else { return .revoke(reason: nil) }
            return .revoke(reason: try reason.read(.revocationReason))
        case "changeTerms": return .changeTerms(version: try text("the name of a version") { !$0.isEmpty })
        case "renewalWindow":
            let window = try self.object("window", "an object with \"start\" and \"end\"")
            let least = Duration.seconds(-36_500 * 86_400)
            return .moveRenewalWindow(
                start: try window.required("start", "an object").duration(least),
                end: try window.required("end", "an object").duration(least))
        case "incident":
            let url = try text("a URL, or an empty text for none") { $0.isEmpty || $0.utf8.contains(UInt8(ascii: ":")) }
            return .incident(explanationURL: url.isEmpty ? nil : url)
        default: return nil
        }
    }

    private func thing(_ things: CairnRule.StateObject...) throws(CairnRuleError) -> CairnRule.StateObject {
        let words = things.map(\.rawValue)
        guard let text = json.string else { throw failure(expected: Self.choice(words)) }
        guard let thing = things.first(where: { $0.rawValue == text }) else {
            throw failure(Self.misspelling(text, among: words))
        }
        return thing
    }
}
