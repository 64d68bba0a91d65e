import Cairn
import CairnManagement
import CairnTransport
import Testing

@testable import CairnCommand

@Suite("What is typed after cairn ctl", .timeLimit(.minutes(5)))
struct CtlLineTests {
    /// Method and path below `/cairn/v1` of the request that words make, and its body.
    private func request(_ words: String...) throws -> String {
        let request = try CtlInvocation(CtlLine(words)).request
        return
            "\(request.method) \(request.path.dropFirst("/cairn/v1".count)) \(String(decoding: request.body, as: UTF8.self))"
    }

    @Test("Every command is reached by its words, with what it needs")
    func everyCommand() throws {
        for command in ManagementCommand.all {
            var words = command.words + command.arguments.map { _ in "x/y" }
            words += Array(repeating: "{}", count: command.bodyWords.lowerBound)
            let invocation = try CtlInvocation(CtlLine(words))
            var path = command.path
            for name in command.arguments { path.replace("{\(name)}", with: "x%2Fy") }
            #expect(invocation.request.method == command.method, "\(command.words)")
            #expect(invocation.request.path == path, "\(command.words)")
        }
    }

    @Test("Records that are left out are not taken for none")
    func noRecords() {
        #expect(throws: UsageError.self) { try request("dns", "set", "www.example.test") }
    }

    @Test("A body with one member needs its value alone")
    func member() throws {
        #expect(try request("clock", "advance", "61d") == #"POST /clock/advance {"by":"61d"}"#)
        #expect(try request("clock", "advance", "-1h") == #"POST /clock/advance {"by":"-1h"}"#)
        #expect(try request("clock", "advance", #"{"by": 90}"#) == #"POST /clock/advance {"by":90}"#)
        #expect(try request("clock", "run") == "POST /clock/run ")
        #expect(try request("clock", "run", "60") == #"POST /clock/run {"scale":60}"#)
        #expect(try request("stories", "set", "two") == #"PUT /rules/stories {"state":"two"}"#)
        #expect(try request("stories", "set", "s", "2") == #"PUT /rules/stories/s {"state":"2"}"#)
        #expect(
            try request("accounts", "pause", "a", "one.test", "two.test")
                == #"POST /accounts/a/pauses {"identifiers":["one.test","two.test"]}"#)
    }

    @Test("The only member that a body needs can be an option, too")
    func namedMember() throws {
        #expect(try request("clock", "advance", "--by", "61d") == #"POST /clock/advance {"by":"61d"}"#)
        #expect(try request("stories", "set", "s", "--state=2") == #"PUT /rules/stories/s {"state":"2"}"#)
        #expect(
            try request("accounts", "pause", "a", "--identifiers", "one.test")
                == #"POST /accounts/a/pauses {"identifiers":["one.test"]}"#)
        #expect(
            try request("grants", "add", "--scope", #"{"domain": "a.test"}"#, "--external-account-key", "k")
                == #"POST /grants {"scope":{"domain":"a.test"},"externalAccountKey":"k"}"#)
        #expect(throws: UsageError.self) { try request("clock", "advance", "61d", "--by", "61d") }
    }

    @Test("Where one form alone is possible that is what was expected")
    func expectation() {
        let error = #expect(throws: UsageError.self) { try request("clock", "advance") }
        #expect(error?.description == "expected cairn ctl clock advance BY")
    }

    @Test("A record need not be quoted, and several can be")
    func records() throws {
        #expect(
            try request("dns", "set", "a.test", "CAA", "0", "issue", "ca.test")
                == #"PUT /dns/records/a.test ["CAA 0 issue ca.test"]"#)
        #expect(
            try request("dns", "set", "a.test", "A 127.0.0.1", "TXT x")
                == #"PUT /dns/records/a.test ["A 127.0.0.1","TXT x"]"#)
    }

    @Test("Members of a larger body and parameters of the query are options")
    func options() throws {
        #expect(
            try request("grants", "add", "--external-account-key", "k", "--scope", "a.test")
                == #"POST /grants {"externalAccountKey":"k","scope":"a.test"}"#)
        #expect(
            try request("grants", "add", "a.test", "--external-account-key=k")
                == #"POST /grants {"scope":"a.test","externalAccountKey":"k"}"#)
        #expect(
            try request("grants", "add", #"{"domain": "a.test"}"#) == #"POST /grants {"scope":{"domain":"a.test"}}"#)
        #expect(try request("grants", "add", #"{"scope": "a.test"}"#) == #"POST /grants {"scope":"a.test"}"#)
        #expect(try request("keys", "issue") == "POST /externalAccountKeys {}")
        #expect(
            try request("journal", "--after=3", "--kind", "request") == "GET /journal?after=3&kind=request ")
    }

    @Test("What is no JSON is a text")
    func values() throws {
        let (setting, path) = ("policy.lifetimes.order", "PUT /settings/policy.lifetimes.order")
        #expect(try request("settings", "set", setting, "1h") == #"\#(path) "1h""#)
        #expect(try request("settings", "set", setting, "3") == "\(path) 3")
        // A text that looks like a number is one all the same where a text is expected.
        let version = "policy.termsOfService.version"
        #expect(try request("settings", "set", version, "2") == #"PUT /settings/\#(version) "2""#)
        #expect(try request("settings", "set", setting, "null") == "\(path) null")
    }

    @Test("A shell is offered the words that can follow, and options")
    func completion() {
        func offered(_ line: String...) -> [String] { Completion.offer(line).candidates.map(\.word) }
        #expect(offered("ctl", "clo") == ["clock"])
        #expect(offered("ctl", "clock", "") == ["show", "advance", "set", "stop", "run"])
        #expect(offered("ctl", "--json", "clock", "s") == ["show", "set", "stop"])
        #expect(offered("ctl", "journal", "--f") == ["--follow"])
        #expect(offered("ctl", "orders", "--f") == [])
        #expect(offered("ctl", "help", "clo") == ["clock"])
        #expect(offered("ctl", "he") == ["help"])
    }

    @Test("A shell is offered settings and presets, whatever options stand before")
    func names() {
        func offered(_ line: String...) -> [String] { Completion.offer(line).candidates.map(\.word) }
        #expect(offered("ctl", "settings", "set", "policy.lifetimes.o") == ["policy.lifetimes.order"])
        #expect(offered("ctl", "settings", "set", "listener.p") == [])
        #expect(offered("ctl", "settings", "get", "listener.po") == ["listener.port"])
        #expect(offered("ctl", "presets", "use", "crlf") == ["crlfChain"])
        #expect(offered("ctl", "dns", "--perspective", "eu", "clear-f") == ["clear-failure"])
        #expect(offered("ctl", "--url", "https://localhost:1", "clock", "adv") == ["advance"])
        #expect(offered("ctl", "--cacert", "") == [])
        #expect(offered("ctl", "rules", "add", "--ur") == ["--url"])
    }

    @Test("What is wrong is said once with its place, however the sentence has that")
    func places() {
        func sentence(_ detail: String, _ pointer: String) -> String {
            let body: CairnJSON = ["detail": .string(detail), "pointer": .string(pointer)]
            return "\(CtlOutput.refusal(400, Array(body.text().utf8)))"
        }
        #expect(sentence("[0]: expected a record", "/0") == "[0]: expected a record")
        #expect(sentence("list[0].name: expected", "/list/0/name") == "list[0].name: expected")
        #expect(sentence("/do/delay: expected", "/do/delay") == "/do/delay: expected")
        #expect(sentence("there is none", "/id") == "there is none (at /id)")
    }

    @Test("Help on a command says what its words and options can be")
    func explanations() throws {
        #expect(try CtlHelp.text(["dns", "scripts", "add"]).contains("DO: what it does; an object with code, timeout"))
        #expect(try CtlHelp.text(["settings", "set"]).contains("VALUE is what the setting expects"))
        #expect(try CtlHelp.text(["rules", "add"]).contains("\"cairn help rules\""))
        #expect(try CtlHelp.text(["certificates", "revoke"]).contains("keyCompromise"))
    }

    @Test("Help is had on words that are quoted, too")
    func quotedHelp() throws {
        #expect(try CtlHelp.text(["dns scripts"]) == CtlHelp.text(["dns", "scripts"]))
    }

    @Test("Lists of objects are tables, and what a terminal would obey is escaped")
    func output() throws {
        let json: CairnJSON = [["name": "a", "n": 1], ["name": "bcd\u{1b}[2J", "n": .null]]
        #expect(CtlOutput.lines(of: json) == ["name          n", "a             1", #"bcd\u{1b}[2J  -"#])
        let rules: CairnJSON = ["rules": [["name": "r1", "do": ["problem": "badNonce"], "pem": "a\nb"]]]
        #expect(
            CtlOutput.lines(of: ["issuer": 0, "number": 3, "entries": []]) == [
                "issuer: 0", "number: 3", "entries: none",
            ])
        #expect(CtlOutput.lines(of: ["entries": []]) == [])
        #expect(
            CtlOutput.lines(of: [
                "rules": [["name": "r1", "nearMiss": ["request": 17, "why": "at: newOrder, not finalize"]]]
            ])
                == ["name  nearMiss", "r1    #17: at: newOrder, not finalize"])
        #expect(CtlOutput.lines(of: ["scripts": [["name": "s"]]]) == ["name", "s"])
        #expect(CtlOutput.lines(of: rules) == ["name  do", #"r1    {"problem":"badNonce"}"#])
        #expect(
            CtlOutput.lines(of: ["one": ["two": [["a", "b"]]], "three": []]) == ["one:", "  two: a, b", "three: none"])
    }
}
