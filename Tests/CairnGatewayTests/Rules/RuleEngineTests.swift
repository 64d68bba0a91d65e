import CairnGateway
import CairnModel
import HTTPTypes
import Synchronization
import Testing

@Suite("Counting and choosing among rules", .timeLimit(.minutes(5)))
struct RuleEngineTests {
    @Test("A rule happens so many times and then lets through")
    func times() {
        let bench = RuleBench()
        let rule = bench.rules.add(.badNonce.times(3), at: .finalize)
        #expect(bench.words(2, to: .newOrder) == [nil, nil])
        #expect(bench.words(5, to: .finalize) == ["badNonce", "badNonce", "badNonce", nil, nil])
        #expect(rule.record?.seen == 7)
        #expect(rule.record?.matched == 5)
        #expect(rule.record?.fired == 3)
        #expect(rule.record?.left == 0)
        #expect(bench.rules.unfired == [])
    }

    @Test("A rule lets some pass first, and takes one in so many")
    func afterAndEvery() {
        let bench = RuleBench()
        bench.rules.add(.badNonce, after: 2, every: 3, name: "x")
        let words = bench.words(9)
        #expect(words == [nil, nil, nil, nil, "badNonce", nil, nil, "badNonce", nil])
        #expect(bench.rules["x"]?.left == nil)
    }

    @Test("A rule counts for each order alone")
    func each() {
        let bench = RuleBench()
        let rule = bench.rules.add(.unavailable(retryAfter: .seconds(30)).times(1), at: .finalize, each: .order)
        func word(_ order: String?) -> String? { bench.request(to: .finalize) { $0.order = order }.word }
        #expect([word("1"), word("1"), word("2"), word("1"), word("2")] == ["503", nil, "503", nil, nil])
        #expect(word(nil) == nil)
        #expect(rule.record?.nearMiss?.why == "each: the request is about no order")
    }

    @Test("A rule for each identifier takes a request that has one left, and counts it for all of them")
    func eachIdentifier() {
        let bench = RuleBench()
        bench.rules.add(.problem(.caa).times(1), each: .identifier)
        func word(_ names: ACMEIdentifier...) -> String? {
            bench.request {
                var parts = Sight.Subject.Parts()
                parts.identifiers = names
                $0.subject = Sight.Subject { parts }
            }.word
        }
        #expect(
            [word("a.test"), word("a.test"), word("a.test", "b.test"), word("b.test")] == ["caa", nil, "caa", nil])
    }

    @Test("The steps of a sequence follow each other, one for a request, wherever they happen")
    func sequence() {
        let bench = RuleBench()
        let fault = CairnFault.badNonce.times(2).then(.delay(.seconds(5)).times(1)).then(.html(status: 502).times(1))
        let rule = bench.rules.add(fault, at: .finalize)
        let outcomes = (0..<5).map { _ in bench.request(to: .finalize) }
        #expect(outcomes.map(\.word) == ["badNonce", "badNonce", nil, "502", nil])
        let seconds: [Duration] = outcomes.map(\.delivery.pace.beforeHead)
        #expect(seconds == [.zero, .zero, .seconds(5), .zero, .zero])
        #expect(outcomes[2].firings.map(\.description) == ["\(rule.name): delay"])
        #expect(rule.record?.matched == 5)
        #expect(rule.record?.fired == 4)
    }

    @Test("The newest rule with hits left answers, unless another has a higher priority")
    func newest() {
        let bench = RuleBench()
        bench.rules.add(.status(501).times(2))
        bench.rules.add(.status(502).times(1))
        #expect(bench.words(4) == ["502", "501", "501", nil])
        bench.rules.add(.status(503), priority: 1, name: "first")
        bench.rules.add(.status(504))
        #expect(bench.words(1) == ["503"])
        bench.rules.remove("first")
        #expect(bench.words(1) == ["504"])
    }

    @Test("A problem comes with what the rule says, and a detail that names it otherwise")
    func problem() throws {
        let bench = RuleBench()
        bench.rules.add(
            .problem(
                "conflict", status: 409, detail: "no", retryAfter: .several(.seconds(3), .text("soon")),
                instance: "https://ca.test/", subproblems: [ACMEProblem(.caa, "x", identifier: "a.test")]
            ).times(1), name: "b")
        bench.rules.add(.badNonce.times(1), name: "a")
        guard case .problem(let plain, _) = bench.request().verdict else { throw Missing() }
        #expect(plain.detail == #"the rule "a" asks for this refusal"#)
        #expect(plain.status == 400)
        guard case .problem(let problem, let fields) = bench.request().verdict else { throw Missing() }
        #expect(problem.type.rawValue == "urn:ietf:params:acme:error:conflict")
        #expect((problem.status, problem.detail, problem.instance ?? "") == (409, "no", "https://ca.test/"))
        #expect(problem.subproblems.map(\.type) == [.caa])
        #expect(fields[values: .retryAfter] == ["3", "soon"])
    }

    private struct Missing: Error {}

    @Test("Answers in place of the server's have their fields and bodies")
    func answers() throws {
        let bench = RuleBench()
        bench.rules.add(
            .sequence(
                .unavailable(retryAfter: .date), .html(status: 502), .html(status: 503, text: "<p>"),
                .redirect(to: ""), .redirect(to: "/x", status: 302), .empty, .drop, .reset, .loseAnswer,
                .loseAnswerAndClose, .loseAnswer(status: 500), .loseAnswer(for: .seconds(9)).times(1)))
        var answers: [String] = []
        for _ in 0..<12 {
            switch bench.request().verdict {
            case .answer(let status, let fields, let body):
                let listed = fields.map { "\($0.name.rawName): \($0.value)" }
                let text = String(decoding: body, as: UTF8.self).split(separator: "\n").joined()
                answers.append((["\(status.code)"] + listed + [text]).filter { !$0.isEmpty }.joined(separator: " "))
            case .drop: answers.append("drop")
            case .reset: answers.append("reset")
            case .late(let duration): answers.append("late \(duration)")
            default: answers.append("?")
            }
        }
        #expect(
            answers == [
                "503 Retry-After: Sun, 22 Nov 2026 07:51:00 GMT",
                "502 Content-Type: text/html <html><head><title>502 Bad Gateway</title></head><body>"
                    + "<center><h1>502 Bad Gateway</h1></center></body></html>",
                "503 Content-Type: text/html <p>", "307 Location: https://ca.test/here", "302 Location: /x", "200",
                "drop", "reset", "reset", "drop", "500", "late 9.0 seconds",
            ])
    }

    @Test("Where rules alter, all that match do, and the newest last")
    func alter() {
        let bench = RuleBench()
        bench.rules.add(.set(.named("X"), "1"), name: "a")
        bench.rules.add(.add(.named("X"), "2"), name: "b")
        bench.rules.add(.set(.link, "x"), at: .order)
        let outcome = bench.request()
        #expect(outcome.answer.fields.map(\.value) == ["1", "2"])
        #expect(outcome.firings.map(\.description) == ["a: fields", "b: fields"])
        #expect(outcome.firings.map(\.point) == ["answer", "answer"])
    }

    @Test("What rules answer in place of the server is altered by others")
    func alteredProblem() {
        let bench = RuleBench()
        bench.rules.add(.badNonce.times(1))
        bench.rules.add(.remove(.replayNonce), where: .isProblem)
        let answer = AlteredAnswer(status: .badRequest, fields: [.replayNonce: "n"], json: nil)
        #expect(bench.request(answer: answer).answer.fields[.replayNonce] == nil)
        #expect(bench.request(answer: answer).answer.fields[.replayNonce] == "n")
    }

    @Test("A change that finds nothing to change does not count as done")
    func nothing() {
        let bench = RuleBench()
        let rule = bench.rules.add(.remove("/finalise").times(1), at: .order)
        let answer = AlteredAnswer(status: .ok, fields: [:], json: ["finalize": "x"])
        #expect(bench.request(to: .order, answer: answer).firings == [])
        #expect(rule.record?.fired == 0)
        #expect(rule.record?.left == 1)
        #expect(rule.record?.nearMiss?.why == "do: there was nothing to change")
    }

    // MARK: Chance

    private static func draws(
        _ seed: CairnSeed, before: Bool = false, after: Bool = false, name: String? = nil, probability: Double = 0.5
    ) -> String {
        let bench = RuleBench(seed: seed)
        if before { bench.rules.add(.delay(.seconds(1)), probability: 0.3) }
        bench.rules.add(.badNonce, probability: probability, name: name)
        if after { bench.rules.add(.close, probability: 0.3) }
        return bench.words(64).map { $0 == nil ? "." : "x" }.joined()
    }

    @Test("Chance follows from the seed and the rule, and no other rule moves it")
    func streams() {
        let alone = Self.draws(7)
        #expect((16...48).contains(alone.count { $0 == "x" }))
        #expect(Self.draws(7) == alone)
        #expect(Self.draws(8) != alone)
        #expect(Self.draws(7, before: true) == alone)
        #expect(Self.draws(7, after: true) == alone)
        #expect(Self.draws(7, name: "other") != alone)
        #expect(Self.draws(7, before: true, name: "other") == Self.draws(7, name: "other"))
    }

    @Test("Two rules that say the same draw apart")
    func twins() {
        let bench = RuleBench()
        let first = bench.rules.add(.delay(.seconds(1)), probability: 0.5)
        let second = bench.rules.add(.delay(.seconds(1)), probability: 0.5)
        let both = (0..<64).map { _ in bench.request().firings.map(\.rule) }
        #expect(both.contains([first.name]))
        #expect(both.contains([second.name]))
    }

    @Test("A probability of 0 touches nothing, and one of 1 everything")
    func certain() {
        #expect(!Self.draws(7, probability: 0).contains("x"))
        #expect(!Self.draws(7, probability: 1).contains("."))
    }

    @Test("A list is shuffled by the seed, another way each time")
    func shuffle() {
        func orders(_ seed: CairnSeed) -> [String] {
            let bench = RuleBench(seed: seed)
            bench.rules.add(.shuffle("/l"))
            let json: CairnJSON = ["l": [1, 2, 3, 4, 5, 6]]
            return (0..<5).map { _ in
                let answer = AlteredAnswer(status: .ok, fields: [:], json: json)
                return bench.request(answer: answer).answer.json?.text() ?? ""
            }
        }
        #expect(orders(1) == orders(1))
        #expect(orders(1) != orders(2))
        #expect(Set(orders(1)).count > 1)
    }

    // MARK: Conditions

    /// A condition, what makes it true, and what it says about a request without all that.
    static let conditions: [(CairnRule.Condition, @Sendable (inout Sight) -> Void, String)] = [
        (.dialect("draft*"), { $0.dialect = "draft2017" }, #"dialect: "rfc8555", not "draft*""#),
        (.method("GET", "HEAD"), { $0.method = "HEAD" }, #"method: "", not "GET" or "HEAD""#),
        (.path("/order/*"), { $0.path = "/order/1" }, #"path: "", not "/order/*""#),
        (.source("192.0.2.*"), { $0.source = CairnIPAddress("192.0.2.1") }, #"source: none, not "192.0.2.*""#),
        (.account("1"), { $0.account = "1" }, #"account: none, not "1""#),
        (.order("1"), { $0.order = "1" }, #"order: none, not "1""#),
        (.authorization("1"), { $0.authorization = "1" }, #"authorization: none, not "1""#),
        (.field(.userAgent), { $0.fields[.userAgent] = "x" }, "fields User-Agent: none, not any value"),
        (
            .field(.named("X"), .matches("a*")), { sight in HTTPField.Name("x").map { sight.fields[$0] = "ab" } },
            #"fields X: none, not "a*""#
        ),
        (
            .payload("/a", .exists), { $0.payload = .init(Array(#"{"a":null}"#.utf8)) },
            "payload /a: none, not any value"
        ),
        (.payload("/a", .equals(1)), { $0.payload = .init(Array(#"{"a":1}"#.utf8)) }, "payload /a: none, not 1"),
        (
            .identifier("*.A.test"),
            { sight in
                sight.subject = .init {
                    var parts = Sight.Subject.Parts()
                    parts.identifiers = ["x.test", "b.a.test"]
                    return parts
                }
            }, #"identifier: none, not "*.A.test""#
        ),
        (
            .profile("p"),
            { sight in
                sight.subject = .init {
                    var parts = Sight.Subject.Parts()
                    parts.profile = "p"
                    return parts
                }
            }, #"profile: none, not "p""#
        ),
        (
            .orderNumber(2, 3),
            { sight in
                sight.subject = .init {
                    var parts = Sight.Subject.Parts()
                    parts.orderNumber = 3
                    return parts
                }
            }, "orderNumber: none, not 2 or 3"
        ),
        (
            .orderStatus("ready"),
            { sight in
                sight.subject = .init {
                    var parts = Sight.Subject.Parts()
                    parts.orderStatus = "ready"
                    return parts
                }
            }, #"orderStatus: none, not "ready""#
        ),
        (.not(.method("")), { $0.method = "GET" }, "not: all are true"),
    ]

    @Test("A condition is true of what it says, and of nothing else it says what came instead", arguments: conditions)
    func condition(condition: CairnRule.Condition, fulfil: @Sendable (inout Sight) -> Void, why: String) {
        let bench = RuleBench()
        let rule = bench.rules.add(.badNonce, where: condition)
        #expect(bench.request().word == nil)
        #expect(rule.record?.nearMiss == .init(request: 1, why: why))
        #expect(rule.record?.matched == 0)
        #expect(bench.request(fulfil).word == "badNonce")
        #expect(rule.record?.matched == 1)
    }

    @Test("A condition can be on the answer")
    func answerConditions() {
        let bench = RuleBench()
        let rule = bench.rules.add(.close, where: .status(200), .answer("/status", .equals("valid")))
        let pending = AlteredAnswer(status: .ok, fields: [:], json: ["status": "pending"])
        #expect(!bench.request(answer: pending).aftermath.closes)
        #expect(rule.record?.nearMiss?.why == #"answer /status: "pending", not "valid""#)
        #expect(!bench.request(answer: AlteredAnswer(status: .created, fields: [:], json: nil)).aftermath.closes)
        #expect(rule.record?.nearMiss?.why == "status: 201, not 200")
        #expect(
            bench.request(answer: AlteredAnswer(status: .ok, fields: [:], json: ["status": "valid"])).aftermath.closes)
    }

    @Test("A request to another endpoint is a near miss where none came nearer")
    func nearMiss() {
        let bench = RuleBench()
        let rule = bench.rules.add(.badNonce, at: .finalize, where: .account("1"))
        #expect(rule.record?.nearMiss == nil)
        bench.request(to: .newOrder)
        #expect(rule.record?.nearMiss == .init(request: 1, why: "at: newOrder, not finalize"))
        #expect(bench.rules.unfired.map(\.rule.name) == [rule.name])
        bench.request(to: .finalize) { $0.account = "2" }
        bench.request(to: .newOrder)
        #expect(rule.record?.nearMiss == .init(request: 2, why: #"account: "2", not "1""#))
        #expect(
            rule.record?.description
                == #"r1: fired 0 times, 3 requests seen, 0 matched; request 2 came near (account: "2", not "1")"#)
    }

    @Test("A rule that need not do anything, or never can, is not missed")
    func unfired() {
        let bench = RuleBench()
        bench.rules.add(.badNonce, isOptional: true)
        bench.rules.add(.badNonce, probability: 0)
        bench.rules.add(.badNonce, at: .finalize, name: "missed")
        #expect(bench.rules.unfired.map(\.rule.name) == ["missed"])
    }

    @Test("A rule that nothing can ask about is not asked, and nothing is found out for it")
    func untouched() {
        let engine = RuleEngine(seed: 1)
        var rules = engine.attend(number: 1, to: .newOrder)
        func unknown() -> Sight {
            Issue.record("the request was looked at")
            return Sight(number: 1, now: "2026-11-22T07:50:00Z", endpoint: nil)
        }
        #expect(engine.isEmpty)
        #expect(rules.before(.routed, unknown()) == nil)
        #expect(throws: Never.self) { try engine.add(CairnRule(.badNonce, at: .finalize), at: "2026-11-22T07:50:00Z") }
        #expect(!engine.isEmpty)
        rules = engine.attend(number: 2, to: .newOrder)
        for point in [RulePoint.routed, .understood, .committed] { #expect(rules.before(point, unknown()) == nil) }
        rules = engine.attend(number: 3, to: .finalize)
        #expect(rules.before(.routed, unknown()) == nil)
        #expect(rules.asks(.understood))
        engine.removeAll()
        #expect(engine.isEmpty)
    }

    // MARK: Time and stories

    @Test("A rule ends by the clock of the CA")
    func until() {
        let bench = RuleBench()
        bench.rules.add(.badNonce, until: bench.now + .days(2), name: "at")
        bench.advance(by: .days(1))
        bench.rules.add(.unavailable(), lasting: .days(1) - .seconds(1), name: "for")
        #expect(bench.words(1) == ["503"])
        bench.advance(by: .days(1) - .seconds(1))
        #expect(bench.words(1) == ["badNonce"])
        bench.advance(by: .seconds(1))
        #expect(bench.words(1) == [nil])
    }

    @Test("A story moves on when a rule did something, and rules wait for their state")
    func story() {
        let bench = RuleBench()
        let refusal = bench.rules.add(.problem(.unauthorized), at: .order, requires: "issued", becomes: "refused")
        bench.rules.add(.pass, at: .finalize, requires: "start", becomes: "issued")
        #expect(bench.words(1, to: .order) == [nil])
        #expect(refusal.record?.nearMiss?.why == #"state: "start", not "issued""#)
        #expect(bench.words(1, to: .finalize) == [nil])
        #expect(bench.rules.state() == "issued")
        #expect(bench.words(2, to: .order) == ["unauthorized", nil])
        #expect(bench.rules.state() == "refused")
        bench.rules.setState("issued")
        #expect(bench.words(1, to: .order) == ["unauthorized"])
        bench.rules.resetCounters()
        #expect(bench.rules.state() == "start")
        #expect(bench.rules.state(of: "another") == "start")
    }

    // MARK: Names, tags, gates

    @Test("Rules go by name or tag, and one takes the place of another of its name")
    func names() {
        let bench = RuleBench()
        bench.rules.add(.status(501), name: "a", tags: ["t", "u"])
        bench.rules.add(.status(502), name: "b", tags: ["t"])
        bench.rules.add(.status(503), name: "c")
        bench.rules.add(.status(504), name: "a")
        #expect(bench.rules.all.map(\.rule.name) == ["b", "c", "a"])
        #expect(bench.words(1) == ["504"])
        #expect(bench.rules.remove("a"))
        #expect(!bench.rules.remove("a"))
        #expect(bench.rules.remove(tagged: "t") == 1)
        #expect(bench.rules.all.map(\.rule.name) == ["c"])
        bench.rules.removeAll()
        #expect(bench.rules.all == [])
    }

    @Test("Rules without a name get a number that no other has")
    func numbers() {
        let bench = RuleBench()
        bench.rules.add(.drop, name: "r2")
        #expect(["r1", "r3"] == [bench.rules.add(.drop).name, bench.rules.add(.drop).name])
    }

    @Test("A reset lets a rule count from the beginning")
    func reset() {
        let bench = RuleBench()
        let rule = bench.rules.add(.badNonce.times(1))
        #expect(bench.words(2) == ["badNonce", nil])
        bench.rules.resetCounters()
        #expect(rule.record == CairnRuleRecord(rule: rule.record?.rule ?? CairnRule(.drop)).with(left: 1))
        #expect(bench.words(2) == ["badNonce", nil])
    }

    @Test("What waits at a gate goes when it is opened, and then nothing waits any more")
    func gate() throws {
        let bench = RuleBench()
        let rule = bench.rules.add(.hold, at: .finalize)
        let released = Mutex<[Int]>([])
        let watched = Mutex(0)
        for number in 1...2 {
            guard case .hold(let gate, rule.name) = bench.request(to: .finalize).verdict else {
                Issue.record("expected a request to wait")
                return
            }
            if number == 1 { gate.whenWaiting(2) { watched.withLock { $0 += 1 } } }
            #expect(watched.withLock { $0 } == 0)
            gate.wait { released.withLock { $0.append(number) } }
        }
        #expect(watched.withLock { $0 } == 1)
        #expect(rule.waiting == 2)
        #expect(bench.request(to: .finalize, passed: [rule.name]).word == nil)
        rule.release()
        #expect(released.withLock { $0 } == [1, 2])
        #expect(bench.words(1, to: .finalize) == [nil])
        #expect(rule.record?.fired == 2)
    }

    @Test("Removing a rule lets go what waits at its gate")
    func removedGate() {
        let bench = RuleBench()
        let rule = bench.rules.add(.holdAnswer)
        guard case .hold(let gate, _) = bench.request().verdict else {
            Issue.record("expected an answer to wait")
            return
        }
        let released = Mutex(false)
        // Whoever is let go may ask the engine.
        gate.wait { released.withLock { $0 = bench.rules.all.isEmpty } }
        rule.remove()
        #expect(released.withLock { $0 })
        #expect(rule.waiting == 0)
    }

    @Test("A change of what the server holds is carried out, and older rules still answer")
    func states() {
        let bench = RuleBench()
        bench.rules.add(.badNonce)
        bench.rules.add(.changeTerms(to: "2").times(1))
        bench.rules.add(.purge(.order, .after))
        #expect(bench.words(1) == ["badNonce"])
        #expect(bench.changed == [.changeTerms(version: "2")])
        bench.rules.remove("r1")
        #expect(bench.words(1) == [nil])
        #expect(bench.changed == [.changeTerms(version: "2"), .purge(.order)])
    }

    // MARK: Connections

    @Test("What happens to connections is counted apart from requests")
    func connections() {
        let bench = RuleBench()
        let rule = bench.rules.add(.resetInHandshake.times(2).then(.handshakeFailure.times(1)), where: .source("127.*"))
        let local = CairnIPAddress("127.0.0.1")
        func connect(_ source: CairnIPAddress?) -> ConnectionVerdict? {
            bench.engine.onConnection(number: 1, from: source, at: bench.now)?.verdict
        }
        #expect(connect(CairnIPAddress("192.0.2.1")) == nil)
        let verdicts = (0..<4).map { _ in connect(local) }
        #expect(verdicts == [.reset(.handshake), .reset(.handshake), .alert(.handshakeFailure), nil])
        #expect(bench.words(1) == [nil])
        #expect(rule.record?.seen == 5)
        #expect(rule.record?.matched == 4)
        #expect(rule.record?.fired == 3)
        #expect(rule.record?.nearMiss?.why == #"source: "192.0.2.1", not "127.*""#)
        #expect(rule.record?.description.contains("5 connections seen") == true)
        #expect(rule.record?.description.contains("; connection 1 came near (source") == true)
    }

    // MARK: Worlds

    @Test("A path names a world and the path in it")
    func split() {
        #expect(RuleWorld.split("/with/a+b/dir")?.world.names == ["a", "b"])
        #expect(RuleWorld.split("/with/a+b/dir")?.path == "/dir")
        #expect(RuleWorld.split("/with/a/")?.path == "/")
        for path in ["/dir", "/with/a", "/with//dir", "/without/a/dir"] { #expect(RuleWorld.split(path) == nil) }
        #expect(RuleWorld("a+b").prefix == "/with/a+b")
    }

    @Test("Each world has the rules of its names, and counts for itself")
    func worlds() throws {
        let bench = RuleBench()
        try bench.rulesets.save([CairnRule(.badNonce.times(1))], as: "flaky")
        try bench.rulesets.save([CairnRule(.unavailable().times(1), name: "busy")], as: "slow")
        bench.rules.add(.delay(.seconds(1)), name: "everywhere")
        for world in ["flaky", "flaky+slow"] { #expect(bench.engine.enter(RuleWorld(world), at: bench.now) == nil) }
        #expect(bench.words(2) == [nil, nil])
        #expect(bench.words(2, in: "flaky") == ["badNonce", nil])
        #expect(bench.words(3, in: "flaky+slow") == ["503", "badNonce", nil])
        #expect(bench.request(in: "flaky").firings.map(\.rule) == ["everywhere"])
        let records = bench.rules.all.map { [$0.rule.name ?? "", $0.world ?? "", "\($0.seen)", "\($0.fired)"] }
        #expect(
            records == [
                ["everywhere", "", "8", "8"], ["flaky-1", "flaky", "3", "1"], ["flaky-1", "flaky+slow", "3", "1"],
                ["busy", "flaky+slow", "3", "1"],
            ])
        #expect(bench.rules.unfired == [])
    }

    @Test("A world of a name that nobody saved is none, and says which might have been meant")
    func unknownWorld() throws {
        let bench = RuleBench()
        try bench.rulesets.save([], as: "flaky")
        #expect(
            bench.engine.enter(RuleWorld("flakey"), at: bench.now)
                == #"there are no rules named "flakey"; did you mean "flaky"?"#)
        #expect(
            bench.engine.enter(RuleWorld("flaky+flaky"), at: bench.now)
                == #"expected each name once in "flaky+flaky", got "flaky" again"#)
    }

    @Test("Saving rules again lets those who are in such a world begin anew; forgetting them ends it")
    func saveAgain() throws {
        let bench = RuleBench()
        try bench.rulesets.save([CairnRule(.badNonce.times(1))], as: "flaky")
        #expect(bench.engine.enter(RuleWorld("flaky"), at: bench.now) == nil)
        #expect(bench.words(2, in: "flaky") == ["badNonce", nil])
        try bench.rulesets.save([CairnRule(.status(500).times(1))], as: "flaky")
        #expect(bench.words(2, in: "flaky") == ["500", nil])
        #expect(bench.rulesets.all.keys.sorted() == ["flaky"])
        #expect(throws: CairnRuleError.self) { try bench.rulesets.save([CairnRule(.drop, every: 0)], as: "flaky") }
        #expect(bench.rulesets.forget("flaky"))
        #expect(bench.rules.all == [])
        #expect(bench.engine.enter(RuleWorld("flaky"), at: bench.now) != nil)
    }

    @Test("A rule that cannot be is refused, and of several none is added")
    func refused() {
        let bench = RuleBench()
        let rules = [CairnRule(.drop), CairnRule(.goAway, at: .connection)]
        #expect(throws: CairnRuleError.self) { try bench.rules.add(rules) }
        #expect(bench.rules.all == [])
    }
}
