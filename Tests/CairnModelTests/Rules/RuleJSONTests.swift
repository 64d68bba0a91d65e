import CairnModel
import Foundation
import Testing

@Suite("The JSON form of rules", .timeLimit(.minutes(5)))
struct RuleJSONTests {
    /// What the article on rules shows, in Swift and in JSON.
    static let examples: [(CairnRule, String)] = [
        (
            CairnRule(.badNonce.times(3), at: .finalize),
            #"{"at": "finalize", "do": {"problem": "badNonce", "times": 3}}"#
        ),
        (CairnRule(.badNonce, every: 20), #"{"every": 20, "do": {"problem": "badNonce"}}"#),
        (CairnRule(.badNonce, probability: 0.05), #"{"probability": 0.05, "do": {"problem": "badNonce"}}"#),
        (
            CairnRule(.unavailable(retryAfter: .seconds(30)).times(1), at: .finalize, each: .order),
            #"{"at": "finalize", "each": "order", "do": {"status": 503, "retryAfter": 30, "times": 1}}"#
        ),
        (
            CairnRule(
                .sequence(
                    .rateLimited(retryAfter: .date).times(1), .rateLimited(retryAfter: .obsoleteDate).times(1),
                    .html(status: 502).times(1)), at: .newOrder),
            #"{"at": "newOrder", "do": [{"problem": "rateLimited", "retryAfter": {"in": 60, "as": "date"}, "times": 1}, {"problem": "rateLimited", "retryAfter": {"in": 60, "as": "rfc850"}, "times": 1}, {"html": 502, "times": 1}]}"#
        ),
        (
            CairnRule(.rateLimited(retryAfter: .text("soon"))),
            #"{"do": {"problem": "rateLimited", "retryAfter": {"text": "soon"}}}"#
        ),
        (
            CairnRule(.loseAnswer.times(1), at: .finalize),
            #"{"at": "finalize", "do": {"loseAnswer": "reset", "times": 1}}"#
        ),
        (
            CairnRule(.problem("conflict", status: 409).times(1), at: .newOrder, where: .payload("/replaces", .exists)),
            #"{"at": "newOrder", "when": {"payload": {"/replaces": "exists"}}, "do": {"problem": "conflict", "status": 409, "times": 1}}"#
        ),
        (
            CairnRule(.remove(.retryAfter), at: .renewalInfo),
            #"{"at": "renewalInfo", "do": {"fields": {"Retry-After": null}}}"#
        ),
        (
            CairnRule(.remove(.replayNonce), where: .isProblem),
            #"{"when": {"isProblem": true}, "do": {"fields": {"Replay-Nonce": null}}}"#
        ),
        (CairnRule(.addNonce, at: .directory), #"{"at": "directory", "do": {"nonce": "add"}}"#),
        (
            CairnRule(
                .insert(["type": "x-new-01", "status": "pending", "url": "https://ca.test/x"], at: "/challenges/0"),
                at: .authorization),
            #"{"at": "authorization", "do": {"json": [{"insert": "/challenges/0", "value": {"type": "x-new-01", "status": "pending", "url": "https://ca.test/x"}}]}}"#
        ),
        (
            CairnRule(.edit(.remove("/finalize"), .set("/error", [:])), at: .order),
            #"{"at": "order", "do": {"json": [{"remove": "/finalize"}, {"set": "/error", "value": {}}]}}"#
        ),
        (
            CairnRule(.shuffle("/authorizations"), at: .order),
            #"{"at": "order", "do": {"json": [{"shuffle": "/authorizations"}]}}"#
        ),
        (CairnRule(.json(style: .init(escapesSlashes: true))), #"{"do": {"jsonStyle": {"escapeSlashes": true}}}"#),
        (
            CairnRule(.pem(lineEnd: .crlf), at: .certificate),
            #"{"at": "certificate", "do": {"pemStyle": {"lineEnd": "crlf"}}}"#
        ),
        (CairnRule(.delay(.seconds(5))), #"{"do": {"delay": 5}}"#),
        (
            CairnRule(.dribble(bytes: 10, every: .milliseconds(200))),
            #"{"do": {"dribble": {"bytes": 10, "every": 0.2}}}"#
        ),
        (CairnRule(.cut(after: 100)), #"{"do": {"cut": 100}}"#),
        (CairnRule(.hold, at: .finalize, name: "g"), #"{"name": "g", "at": "finalize", "do": {"hold": {}}}"#),
        (CairnRule(.resetInHandshake.times(2)), #"{"at": "connection", "do": {"reset": "handshake", "times": 2}}"#),
        (CairnRule(.goAway, after: 2), #"{"after": 2, "do": {"goAway": {}}}"#),
        (CairnRule(.unavailable(), name: "maintenance"), #"{"name": "maintenance", "do": {"status": 503}}"#),
        (
            CairnRule(.badNonce, where: .identifier("*.example.test"), lasting: .days(2)),
            #"{"when": {"identifier": "*.example.test"}, "until": {"in": 172800}, "do": {"problem": "badNonce"}}"#
        ),
        (
            CairnRule(.purge(.order, .after).times(1), at: .finalize, requires: "issued", becomes: "refused"),
            #"{"at": "finalize", "state": {"requires": "issued", "becomes": "refused"}, "do": {"purge": "order", "moment": "after", "times": 1}}"#
        ),
        (
            CairnRule(.badNonce.times(2).then(.delay(.seconds(5)))),
            #"{"do": [{"problem": "badNonce", "times": 2}, {"delay": 5}]}"#
        ),
        (
            CairnRule(.force(.processing, of: .order), at: .order),
            #"{"at": "order", "do": {"force": "processing", "of": "order"}}"#
        ),
        (
            CairnRule(.forget(.account).times(1), at: .newOrder),
            #"{"at": "newOrder", "do": {"forget": "account", "times": 1}}"#
        ),
        (
            CairnRule(.purge(.allOfAccount, .after).times(1), at: .certificate),
            #"{"at": "certificate", "do": {"purge": "allOfAccount", "moment": "after", "times": 1}}"#
        ),
        (
            CairnRule(.incident(explanationURL: "https://ca.test/why"), at: .renewalInfo),
            #"{"at": "renewalInfo", "do": {"incident": "https://ca.test/why"}}"#
        ),
    ]

    @Test("A rule is the same in Swift and in JSON, and is written as it is read", arguments: examples)
    func example(rule: CairnRule, text: String) throws {
        let json = try CairnJSON(parsing: Array(text.utf8))
        #expect(try CairnRule(json: json) == rule)
        #expect(rule.json.text() == json.text())
    }

    /// One rule at least for each member that there is, in the form in which it is written.
    static let forms: [String] = [
        #"{"name": "all", "tags": ["a", "b"], "at": ["order", "finalize"], "when": {"method": "POST"}, "each": "account", "after": 2, "every": 5, "probability": 0.5, "until": "2030-01-01T00:00:00Z", "state": {"requires": "a", "becomes": "b", "of": "s"}, "priority": -1, "optional": true, "do": {"pass": {}}}"#,
        #"{"until": "2030-01-01T00:00:00.25Z", "do": {"drop": {}}}"#,
        #"{"until": {"in": 0.5}, "do": {"drop": {}}}"#,
        #"{"when": {"dialect": "rfc8555", "method": ["GET", "HEAD"], "path": "/order/*", "source": "127.*", "account": "1", "identifier": ["a.test", "*.b.test"], "profile": "shortlived", "order": "7", "orderStatus": "ready", "authorization": "9", "orderNumber": [1, 2], "fields": {"User-Agent": {"matches": "certbot*"}, "Origin": "absent"}, "payload": {"/csr": {"equals": [1]}}, "not": {"fields": {"X": "exists"}}}, "do": {"hold": {}}}"#,
        #"{"when": {"isProblem": false, "status": [200, 201], "answer": {"/status": {"equals": "valid"}}}, "do": {"setStatus": 202}}"#,
        #"{"when": [{"identifier": "a.test", "payload": {"/a": "exists"}}, {"identifier": "b.test", "payload": {"/a": "absent", "/b": "exists"}}], "do": {"holdAnswer": {}}}"#,
        #"{"do": {"problem": "https://ca.test/odd", "status": 418, "detail": "no", "retryAfter": [30, {"text": "soon"}], "instance": "https://ca.test/", "subproblems": [{"problem": "caa", "status": 400, "detail": "d", "instance": "i", "identifier": "a.test", "subproblems": [{"problem": "dns", "identifier": {"type": "email", "value": "a@b"}}]}]}}"#,
        #"{"do": {"html": 503, "text": "<p>", "retryAfter": {"in": -60, "as": "asctime"}}}"#,
        #"{"do": {"redirect": "/", "status": 302}}"#,
        #"{"do": {"redirect": ""}}"#,
        #"{"do": {"reset": "stream"}}"#,
        #"{"do": {"loseAnswer": "status", "status": 500}}"#,
        #"{"do": {"loseAnswer": "delay", "delay": 1.5}}"#,
        #"{"do": {"loseAnswer": "close"}}"#,
        #"{"do": {"fields": {"A": "x", "B": ["x", "y"], "C": {"add": "z"}, "D": {"double": {}}, "E": {"rename": "e"}}}}"#,
        #"{"do": {"fields": [{"A": null}, {"A": {"add": "x"}}]}}"#,
        #"{"do": {"json": [{"rename": "/a", "to": "b"}, {"reverse": "/l"}, {"set": "/x~1y", "value": null}]}}"#,
        #"{"do": {"nonce": "text", "text": "!"}}"#,
        #"{"do": {"timeStyle": "offset"}}"#,
        #"{"do": {"linkStyle": {"joined": true, "quoted": false, "relative": true, "relation": "x", "host": "b.test"}}}"#,
        #"{"do": {"mediaType": {"parameter": "charset=utf-8"}}}"#,
        #"{"do": {"mediaType": {"letterCase": "upper"}}}"#,
        #"{"do": {"fieldCase": "alternating"}}"#,
        #"{"do": {"jsonStyle": {"indent": 4, "escapeSlashes": true, "escapeNonASCII": true, "order": "shuffled", "duplicateMember": true, "byteOrderMark": true, "newline": true}}}"#,
        #"{"do": {"jsonStyle": {}}}"#,
        #"{"do": {"pemStyle": {"lineEnd": "cr", "lineLength": 76, "textBefore": "a", "textBetween": "b", "blankLines": 1, "newline": false, "foreignBlock": "PRIVATE KEY", "certificates": 100}}}"#,
        #"{"do": {"truncate": 0}}"#,
        #"{"do": {"garble": 3}}"#,
        #"{"do": {"delayBody": 0.001}}"#,
        #"{"do": {"cut": 10, "by": "reset"}}"#,
        #"{"do": {"close": {}}}"#,
        #"{"at": "connection", "when": {"source": "127.0.0.1"}, "do": [{"reset": "accept", "times": 1}, {"tlsAlert": "internalError", "times": 1}, {"serverCertificate": "expired"}]}"#,
        #"{"do": {"force": "invalid", "of": "order", "moment": "after"}}"#,
        #"{"do": {"purge": "order", "moment": "after"}}"#,
        #"{"do": {"expire": "nonces", "moment": "after"}}"#,
        #"{"do": {"forget": "nonces", "moment": "after"}}"#,
        #"{"do": {"deactivate": "account", "moment": "after"}}"#,
        #"{"do": {"revoke": "certificate", "reason": 4, "moment": "after"}}"#,
        #"{"do": {"changeTerms": "2", "moment": "after"}}"#,
        #"{"do": {"renewalWindow": {"start": -3600, "end": 0}, "moment": "after"}}"#,
        #"{"do": {"incident": "https://ca.test/why", "moment": "after"}}"#,
        #"{"do": {"incident": ""}}"#,
        #"{"do": {"purge": "allOfAccount"}}"#,
    ]

    @Test("Whatever a rule can say is read and written back as it was", arguments: forms)
    func form(text: String) throws {
        let json = try CairnJSON(parsing: Array(text.utf8))
        let rule = try CairnRule(json: json)
        #expect(rule.json.text() == json.text())
        #expect(try CairnRule(json: rule.json) == rule)
    }

    @Test("The examples leave no member of the grammar out")
    func members() throws {
        var names: Set<String> = []
        func collect(_ json: CairnJSON) {
            switch json {
            case .object(let object):
                for member in object.members {
                    names.insert(member.name)
                    collect(member.value)
                }
            case .array(let elements): for element in elements { collect(element) }
            default: break
            }
        }
        for text in Self.forms + Self.examples.map(\.1) { collect(try CairnJSON(parsing: Array(text.utf8))) }
        let untried = RuleGrammar.members.filter { $0.value != "read only" && $0.object != "file" }.map(\.name)
            .filter { !names.contains($0) }
        #expect(untried == [])
    }

    /// What is refused, and with what words.
    static let refusals: [(String, String)] = [
        ("3", "expected a rule, got 3"),
        ("{}", #"expected a rule with "do", got none"#),
        (
            #"{"att": "order", "do": {"drop": {}}}"#,
            #"/att: "att" is no member of a rule; did you mean "at"?"#
        ),
        (
            #"{"at": "finalise", "do": {"drop": {}}}"#,
            #"/at: expected "directory", "newNonce", "newAccount", "newOrder", "newAuthz", "revokeCert", "keyChange", "account", "orders", "order", "finalize", "authorization", "challenge", "certificate", "issuer", "crl", "ocsp", "renewalInfo", "rateLimits", "unpause", "outOfBand", "termsOfService", "agreement" or "connection", got "finalise"; did you mean "finalize"?"#
        ),
        (#"{"at": [], "do": {"drop": {}}}"#, "/at: expected the name of an endpoint, got an empty array"),
        (#"{"every": 0, "do": {"drop": {}}}"#, "/every: expected a whole number of at least 1, got 0"),
        (#"{"after": -1, "do": {"drop": {}}}"#, "/after: expected a whole number of at least 0, got -1"),
        (#"{"probability": 1.5, "do": {"drop": {}}}"#, "/probability: expected a number from 0 to 1, got 1.5"),
        (
            #"{"each": "oder", "do": {"drop": {}}}"#,
            #"/each: expected "order", "account", "identifier", "authorization" or "connection", got "oder"; did you mean "order"?"#
        ),
        (
            #"{"until": "tomorrow", "do": {"drop": {}}}"#,
            #"/until: expected a timestamp such as "2030-01-01T00:00:00Z", or an object with "in", got "tomorrow""#
        ),
        (
            #"{"state": {}, "do": {"drop": {}}}"#,
            #"/state: expected an object with "requires" or "becomes", got an empty object"#
        ),
        (#"{"when": {}, "do": {"drop": {}}}"#, "/when: expected at least one condition, got an empty object"),
        (
            #"{"when": {"identifer": "a"}, "do": {"drop": {}}}"#,
            #"/when/identifer: "identifer" is no member of an object with conditions; did you mean "identifier"?"#
        ),
        (
            #"{"when": {"payload": {"replaces": "exists"}}, "do": {"drop": {}}}"#,
            #"/when/payload/replaces: expected a JSON Pointer such as "/replaces", got "replaces""#
        ),
        (
            #"{"when": {"payload": {"/a": "exist"}}, "do": {"drop": {}}}"#,
            #"/when/payload/~1a: expected "exists" or "absent", got "exist"; did you mean "exists"?"#
        ),
        (
            #"{"when": {"fields": {"a b": "exists"}}, "do": {"drop": {}}}"#,
            #"/when/fields/a b: expected the name of a header field, got "a b""#
        ),
        (#"{"do": []}"#, "/do: expected an action, or an array of actions, got an empty array"),
        (#"{"do": {"problm": "x"}}"#, #"/do/problm: "problm" is no action; did you mean "problem"?"#),
        (
            #"{"do": {"html": 502, "delay": 5}}"#,
            #"/do: expected one action, got "html", "delay": each is a step of its own, or a rule of its own"#
        ),
        (
            #"{"do": {"delay": 5, "retryAftr": 3}}"#,
            #"/do/retryAftr: "retryAftr" is no member of the action "delay"; expected "delay" or "times""#
        ),
        (
            #"{"do": {"problem": "caa", "retryafter": 3}}"#,
            #"/do/retryafter: "retryafter" is no member of the action "problem"; did you mean "retryAfter"?"#
        ),
        (#"{"do": {"problem": "caa", "status": 200}}"#, "/do/status: expected a status from 400 to 599, got 200"),
        (#"{"do": {"drop": {}, "times": 0}}"#, "/do/times: expected a whole number of at least 1, got 0"),
        (#"{"do": {"drop": true}}"#, "/do/drop: expected an empty object, got true"),
        (
            #"{"do": [{"drop": {}}, {"delay": 1}]}"#,
            #"/do/0: expected "times", as another step follows, got none (a step without goes on for ever)"#
        ),
        (
            #"{"at": "finalize", "do": {"reset": "handshake"}}"#,
            #"/do: "reset" happens before there is a request: expected "connection" in "at", got "finalize""#
        ),
        (
            #"{"do": {"tlsAlert": "internalError"}}"#,
            #"/do: "tlsAlert" happens before there is a request: expected "connection" in "at", got none"#
        ),
        (
            #"{"at": "connection", "do": {"problem": "badNonce"}}"#,
            #"/do: "problem" needs a request, and at "connection" there is none yet"#
        ),
        (
            #"{"at": ["connection", "order"], "do": {"tlsAlert": "internalError"}}"#,
            #"/at: expected "connection" alone, as there is no request yet, got other endpoints too"#
        ),
        (
            #"{"at": "connection", "when": {"method": "GET"}, "do": {"tlsAlert": "internalError"}}"#,
            #"/when: expected "source" alone, as there is no request yet, got "method""#
        ),
        (
            #"{"at": "connection", "each": "order", "do": {"tlsAlert": "internalError"}}"#,
            "/each: expected no count for each order, as there is no request yet, got one"
        ),
        (
            #"{"when": {"isProblem": true}, "do": {"problem": "badNonce"}}"#,
            #"/do: "problem" comes in place of the answer: expected conditions on the request alone, got one on the answer ("isProblem", "status", "answer")"#
        ),
        (
            #"{"do": {"json": [{"insrt": "/a"}]}}"#,
            #"/do/json/0/insrt: "insrt" is no member of an edit: an object with one of "set", "insert", "remove", "rename", "shuffle", "reverse"; did you mean "insert"?"#
        ),
        (#"{"do": {"json": [{"set": "/a"}]}}"#, #"/do/json/0: expected "set" with "value", got none"#),
        (
            #"{"do": {"json": [{"remove": "a"}]}}"#,
            #"/do/json/0/remove: expected a JSON Pointer such as "/challenges/0", got "a""#
        ),
        (
            #"{"do": {"fields": {"A": "x\r\nB: y"}}}"#,
            #"/do/fields/A: expected a text without NUL, CR and LF (RFC 9110 §5.5), got "x\r\nB: y""#
        ),
        (
            #"{"do": {"loseAnswer": "reset", "status": 500}}"#,
            #"/do/status: "status" goes with "loseAnswer": "status", got "reset""#
        ),
        (
            #"{"do": {"force": "invalid", "of": "certificate"}}"#,
            #"/do/of: expected "account", "order", "authorization" or "challenge", got "certificate""#
        ),
        (
            #"{"do": {"problem": "caa", "retryAfter": {"in": 60, "as": "rfc822"}}}"#,
            #"/do/retryAfter/as: expected "date", "rfc850" or "asctime", got "rfc822"; did you mean "rfc850"?"#
        ),
        (
            #"{"do": {"delay": -1}}"#,
            #"/do/delay: expected a time from 0 on: a number of seconds, or a text such as "90s" (ms, s, m, min, h, d, w), got -1"#
        ),
        (
            #"{"do": {"delay": "5x"}}"#,
            #"/do/delay: expected a time from 0 on: a number of seconds, or a text such as "90s" (ms, s, m, min, h, d, w), got "5x""#
        ),
    ]

    @Test("What cannot be is refused with where it is, what was expected and what came", arguments: refusals)
    func refusal(text: String, sentence: String) throws {
        let json = try CairnJSON(parsing: Array(text.utf8))
        let error = #expect(throws: CairnRuleError.self) { try CairnRule(json: json) }
        #expect(error?.description == sentence)
    }

    @Test("A rule made in Swift is refused with the same words")
    func check() throws {
        let error = #expect(throws: CairnRuleError.self) { try CairnRule(.badNonce, every: 0).check() }
        #expect(error?.description == "/every: expected a whole number of at least 1, got 0")
        #expect(throws: CairnRuleError.self) { try CairnRule(.resetInHandshake, at: .finalize).check() }
        try CairnRule(.resetInHandshake).check()
    }

    @Test("A step before the last that does not say how often happens once")
    func once() {
        #expect(CairnFault.badNonce.then(.drop) == .sequence(.badNonce.times(1), .drop))
    }

    @Test("A file is a list of rules, or an object with one; an error says which of them it is")
    func file() throws {
        let rule: CairnJSON = ["do": ["drop": [:]]]
        #expect(try CairnRule.list(json: [rule, rule]) == [CairnRule(.drop), CairnRule(.drop)])
        #expect(try CairnRule.list(json: ["rules": [rule]]) == [CairnRule(.drop)])
        let error = #expect(throws: CairnRuleError.self) {
            try CairnRule.list(json: ["rules": [rule, ["do": ["dorp": [:]]]]])
        }
        #expect(error?.pointer == "/rules/1/do/dorp")
        #expect(error?.sentence == #""dorp" is no action; did you mean "drop"?"#)
        #expect(throws: CairnRuleError.self) { try CairnRule.list(json: ["rule": [rule]]) }
        #expect(throws: CairnRuleError.self) { try CairnRule.list(json: 3) }
    }

    @Test("Times can be texts, and the reason of a revocation its name")
    func texts() throws {
        func action(_ text: String) throws -> CairnRule { try CairnRule(json: CairnJSON(parsing: Array(text.utf8))) }
        #expect(try action(#"{"do": {"delay": "1.5s"}}"#) == action(#"{"do": {"delay": 1.5}}"#))
        #expect(
            try action(#"{"do": {"problem": "rateLimited", "retryAfter": "2min"}}"#)
                == action(#"{"do": {"problem": "rateLimited", "retryAfter": 120}}"#))
        #expect(
            try action(#"{"until": {"in": "1h"}, "do": {"drop": {}}}"#)
                == action(#"{"until": {"in": 3600}, "do": {"drop": {}}}"#))
        #expect(
            try action(#"{"do": {"revoke": "certificate", "reason": "keyCompromise"}}"#)
                == action(#"{"do": {"revoke": "certificate", "reason": 1}}"#))
        // The field has whole seconds.
        #expect(throws: CairnRuleError.self) { try action(#"{"do": {"status": 503, "retryAfter": "500ms"}}"#) }
        #expect(throws: CairnRuleError.self) { try action(#"{"do": {"revoke": "certificate", "reason": ""}}"#) }
    }

    @Test(
        "A problem type that is not known by its name is refused with the one that was meant; a whole URI is taken as it is"
    )
    func problemTypes() throws {
        func read(_ type: String) throws(CairnRuleError) -> CairnRule {
            try CairnRule(json: ["do": ["problem": "malformed", "subproblems": [["problem": .string(type)]]]])
        }
        let error = #expect(throws: CairnRuleError.self) { try read("unauthorised") }
        #expect(error?.pointer == "/do/subproblems/0/problem")
        #expect(error?.sentence.hasSuffix(#"got "unauthorised"; did you mean "unauthorized"?"#) == true)
        for type in ["urn:ietf:params:acme:error:mine", "https://ca.test/odd", "badNonce"] { _ = try read(type) }
        // In Swift a type is open, and what is written is read again.
        let rule = CairnRule(.problem("mine"))
        #expect(rule.json["do"]?["problem"] == "urn:ietf:params:acme:error:mine")
        #expect(try CairnRule(json: rule.json) == rule)
    }

    @Test("Of a file every rule that is wrong is told, and a rule alone is a file too")
    func files() throws {
        let rule: CairnJSON = ["do": ["drop": [:]]]
        let (rules, faults) = CairnRule.read([rule, ["do": ["drop": 1]], rule, ["att": 1, "do": ["drop": [:]]]])
        #expect(rules.count == 2)
        #expect(faults.map(\.pointer) == ["/1/do/drop", "/3/att"])
        #expect(try CairnRule.list(json: rule) == [CairnRule(json: rule)])
        let bytes = Array("[\n{\"do\": {\n\"drop\": 1}}]".utf8)
        #expect(JSONLines(bytes).line(of: "/0/do/drop", in: try CairnJSON(parsing: bytes)) == 3)
    }

    @Test("What is read back has the counters, and can be loaded again")
    func record() throws {
        var record = CairnRuleRecord(rule: CairnRule(.badNonce.times(3), at: .finalize, name: "r1"))
        (record.seen, record.matched, record.fired, record.left) = (12, 4, 3, 0)
        record.nearMiss = .init(request: 17, why: "at: newOrder, not finalize")
        let text =
            #"{"name":"r1","at":"finalize","do":{"problem":"badNonce","times":3},"seen":12,"matched":4,"fired":3,"#
            + #""left":0,"nearMiss":{"request":17,"why":"at: newOrder, not finalize"}}"#
        #expect(record.json.text() == text)
        #expect(try CairnRule(json: record.json) == record.rule)
    }

    @Test("The article lists the members that the reader knows, and shows the examples that are tested")
    func page() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../../Sources/Cairn/Cairn.docc/Rules.md")
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
        let cells = lines.filter { $0.hasPrefix("| ") }.map { line in
            line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
        }
        let members = cells.filter { $0.count == 4 }.dropFirst().map { $0.joined(separator: " | ") }
        #expect(members == RuleGrammar.members.map { "\($0.object) | `\($0.name)` | \($0.value) | \($0.meaning)" })
        let shown = cells.filter { $0.count == 3 }.dropFirst().map { String($0[2].dropFirst().dropLast()) }
        #expect(shown == Self.examples.map(\.1))
    }
}
