import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import HTTPTypes
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct RuleEffectTests {
    let ca: RuledServer
    let client: ReferenceClient

    init() throws {
        ca = try RuledServer()
        client = try ca.registered()
    }

    private func order() throws -> ReferenceClient.Placed { try client.order(["www.example.test"]) }

    private func ready() throws -> ReferenceClient.Placed { try client.readyOrder(["www.example.test"]) }

    private func finalize(_ order: ReferenceClient.Placed) throws -> CairnDelivery {
        let csr = try csr(["www.example.test"])
        return ca.answer { _ = try client.finalize(order, csr: csr) }
    }

    private func newOrder(_ members: [String: Any] = [:]) -> CairnDelivery {
        ca.answer { _ = try client.order(["www.example.test"], members) }
    }

    // MARK: In place of the server

    @Test("Three bad nonces come in a row at finalize, then none, and each brings a good one (RFC 8555 §6.5)")
    func badNonces() throws {
        let rule = ca.rules.add(.badNonce.times(3), at: .finalize)
        let order = try ready()
        for _ in 0..<3 {
            let answer = try finalize(order)
            #expect(answer.status == 400 && answer.problem == "badNonce" && answer[.replayNonce] != nil)
            #expect(ca.firings == ["r1: problem"])
        }
        #expect(try finalize(order).json["status"] == "valid")
        #expect(ca.firings.isEmpty)
        #expect(rule.record?.fired == 3 && rule.record?.matched == 4)
    }

    @Test("Every twentieth request has a bad nonce, whatever it is for")
    func everyTwentieth() throws {
        ca.rules.add(.badNonce, every: 20)
        let problems = (1...60).filter { _ in newOrder().problem == "badNonce" }
        #expect(problems == [20, 40, 60])
    }

    @Test("Chance takes about one in twenty requests, the same ones by the same seed")
    func chance() throws {
        func refused(_ seed: CairnSeed) throws -> [Int] {
            let ca = try RuledServer(seed: seed)
            let client = try ca.registered()
            ca.rules.add(.badNonce, probability: 0.05)
            return (1...400).filter { _ in
                ca.answer { _ = try client.order(["www.example.test"]) }.problem == "badNonce"
            }
        }
        let (first, again, other) = (try refused(7), try refused(7), try refused(8))
        #expect(first == again && first != other)
        #expect((5...40).contains(first.count))
    }

    @Test("The first finalize of each order finds the CA overloaded, and its nonce stays good (RFC 9110 §15.6.4)")
    func overloaded() throws {
        ca.rules.add(.unavailable(retryAfter: .seconds(30)).times(1), at: .finalize, each: .order)
        for _ in 0..<2 {
            let order = try client.readyOrder(["www.example.test"])
            let answer = try finalize(order)
            #expect(answer.status == 503 && answer[.retryAfter] == "30" && answer.body.isEmpty)
            #expect(answer[.replayNonce] == nil)
            #expect(try finalize(order).json["status"] == "valid")
        }
    }

    @Test("Limits come with dates of two styles, then a proxy's page")
    func sequence() throws {
        ca.rules.add(
            .sequence(
                .rateLimited(retryAfter: .date).times(1), .rateLimited(retryAfter: .obsoleteDate).times(1),
                .html(status: 502).times(1)), at: .newOrder)
        let (first, second, third) = (newOrder(), newOrder(), newOrder())
        #expect(first.status == 429 && first[.retryAfter]?.hasSuffix(" GMT") == true)
        #expect(first[.retryAfter]?.hasPrefix("Sun, ") == true)
        #expect(second.status == 429 && second[.retryAfter]?.hasPrefix("Sunday, ") == true)
        #expect(third.status == 502 && third[.contentType] == "text/html" && third.text.contains("502 Bad Gateway"))
        #expect(newOrder().status == 201)
    }

    @Test("Garbage comes in Retry-After, once and no other")
    func garbage() throws {
        ca.rules.add(.rateLimited(retryAfter: .text("soon")), at: .newOrder)
        #expect(newOrder().head.headerFields[values: .retryAfter] == ["soon"])
    }

    @Test("The answer to a finalize is lost, and the order is valid")
    func lostAnswer() throws {
        ca.rules.add(.loseAnswer.times(1), at: .finalize)
        let order = try ready()
        #expect(try finalize(order).ending == .reset(afterBodyBytes: nil))
        #expect(ca.firings == ["r1: loseAnswer"])
        #expect(try client.read(order.url).state == "valid")
    }

    @Test(
        "A request can be carried out and its answer closed on, replaced, or late",
        arguments: [
            (CairnFault.loseAnswerAndClose, 201, CairnDelivery.Ending.cut(afterBodyBytes: nil), Duration.zero),
            (.loseAnswer(status: 500), 500, .complete, .zero),
            (.loseAnswer(for: .seconds(9)), 201, .complete, .seconds(9)),
        ])
    func otherLosses(fault: CairnFault, status: Int, ending: CairnDelivery.Ending, delay: Duration) throws {
        ca.rules.add(fault, at: .newOrder)
        let answer = newOrder()
        #expect(answer.status == status && answer.ending == ending && answer.pace.beforeHead == delay)
        #expect(ca.server.engine.census.orders == 1)
    }

    @Test("An order that replaces is refused with the old type, once, and one that does not is not (RFC 9773 §5)")
    func conflict() throws {
        ca.rules.add(
            .problem("conflict", status: 409).times(1), at: .newOrder, where: .payload("/replaces", .exists))
        #expect(newOrder().status == 201)
        let answer = newOrder(["replaces": "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"])
        #expect(answer.status == 409 && answer.problem == "conflict")
        #expect(newOrder(["replaces": "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"]).problem != "conflict")
    }

    @Test("What a rule asks for goes out to the letter, whichever server the CA resembles")
    func personality() throws {
        let server = try TestServer(configuration: GatewayConfiguration(personality: .boulder))
        let client = try server.registered()
        client.tolerances = Set(ReferenceClient.Tolerance.allCases)
        try CairnRules(server.gateway.rules) { server.now }.add(
            CairnRule(.problem("conflict", status: 409, detail: "no", instance: "https://ca.test/why")))
        let answer = try client.post(try client.endpoint("newOrder"), ["identifiers": []])
        #expect(answer.status == 409 && answer.problem == "conflict")
        #expect(answer.detail == "no" && answer.json["instance"] as? String == "https://ca.test/why")
    }

    @Test("A connection is closed or reset before a request is looked at, and the journal has it once")
    func dropped() throws {
        ca.rules.add(.drop.times(1).then(.reset).times(1), at: .newOrder)
        let before = ca.journal.requests.count
        #expect(newOrder().ending == .cut(afterBodyBytes: nil))
        #expect(newOrder().ending == .reset(afterBodyBytes: nil))
        #expect(newOrder().status == 201)
        let requests = ca.journal.requests.dropFirst(before).filter { $0.endpoint == .newOrder }
        #expect(requests.map { $0.rules.map(\.action) } == [["drop"], ["reset"], []])
        #expect(requests.map(\.status) == [0, 0, 201])
        #expect("\(requests.first.map { "\($0)" } ?? "")".contains("→ nothing"))
    }

    @Test("A redirect leads elsewhere, or back to where it comes from")
    func redirects() throws {
        ca.rules.add(.redirect(to: "/elsewhere").times(1).then(.redirect(to: "")).times(1), at: .newOrder)
        let first = newOrder()
        #expect(first.status == 307 && first[.location] == "/elsewhere")
        #expect(newOrder()[.location] == "https://ca.example.test/new-order")
    }

    @Test("Maintenance lasts until its rule is removed, and holds for paths that lead nowhere too")
    func maintenance() throws {
        let maintenance = ca.rules.add(.unavailable(), name: "maintenance")
        #expect(newOrder().status == 503)
        let nowhere = CairnRequest(
            HTTPRequest(method: .get, scheme: "https", authority: "ca.example.test", path: "/nowhere"))
        #expect(ca.respond(to: nowhere).status == 503)
        maintenance.remove()
        #expect(ca.respond(to: nowhere).status == 404)
        #expect(newOrder().status == 201)
    }

    @Test("A rule is for some names alone, and for two days")
    func identifiers() throws {
        ca.rules.add(.badNonce, where: .identifier("*.example.test"), lasting: .days(2))
        #expect(newOrder().problem == "badNonce")
        #expect(ca.answer { _ = try client.order(["www.example.org"]) }.status == 201)
        ca.server.advance(by: .days(2))
        #expect(newOrder().status == 201)
    }

    @Test("A rule knows the order, its status and its number at its URLs")
    func orders() throws {
        let order = try ready()
        ca.rules.add(.badNonce, where: .orderStatus("ready"), .orderNumber(1))
        #expect(try finalize(order).problem == "badNonce")
        let other = try client.readyOrder(["www.example.test"])
        #expect(try finalize(other).json["status"] == "valid")
    }

    // MARK: On the answer

    @Test("Errors come without a nonce, and what is none has its own (RFC 8555 §6.5)")
    func noNonceOnErrors() throws {
        ca.rules.add(.remove(.replayNonce), where: .isProblem)
        let problem = ca.answer { _ = try client.order([]) }
        #expect(problem.status == 400 && problem[.replayNonce] == nil)
        #expect(newOrder()[.replayNonce] != nil)
    }

    @Test("The directory brings a nonce, and it is a good one")
    func nonceOnTheDirectory() throws {
        ca.rules.add(.addNonce, at: .directory)
        let directory = ca.respond(
            to: CairnRequest(HTTPRequest(method: .get, scheme: "https", authority: "ca.example.test", path: "/dir")))
        let nonce = try #require(directory[.replayNonce])
        #expect(ca.server.engine.spendNonce(nonce))
    }

    @Test("An answer brings a nonce that is spent, none but an empty one, or two (RFC 8555 §6.5)")
    func otherNonces() throws {
        ca.rules.add(.usedNonce.times(1).then(.blankNonce).then(.twoNonces).then(.nonce("!")), at: .newNonce)
        let request = CairnRequest(
            HTTPRequest(method: .head, scheme: "https", authority: "ca.example.test", path: "/new-nonce"))
        let nonces = (0..<4).map { _ in ca.respond(to: request).head.headerFields[values: .replayNonce] }
        #expect(nonces.map(\.count) == [1, 1, 2, 1] && nonces[1] == [""] && nonces[3] == ["!"])
        #expect(!ca.server.engine.spendNonce(nonces[0][0]))
        #expect(nonces[2].allSatisfy { ca.server.engine.spendNonce($0) })
    }

    @Test("Retry-After is missing from renewal information (RFC 9773 §4.3.2)")
    func noRetryAfter() throws {
        let path = "/renewal-info/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"
        let request = CairnRequest(
            HTTPRequest(method: .get, scheme: "https", authority: "ca.example.test", path: path))
        ca.rules.add(.set(.retryAfter, "1", "2").times(1).then(.remove(.retryAfter)), at: .renewalInfo)
        #expect(ca.respond(to: request).head.headerFields[values: .retryAfter] == ["1", "2"])
        #expect(ca.respond(to: request)[.retryAfter] == nil)
    }

    @Test("An unknown challenge comes first in the list")
    func unknownChallenge() throws {
        ca.rules.add(
            .insert(["type": "x-new-01", "status": "pending", "url": "https://ca.test/x"], at: "/challenges/0"),
            at: .authorization)
        let order = try order()
        let answer = ca.answer { _ = try client.read(order.authorizations[0]) }
        #expect(answer.json["challenges"]?.array?.first?["type"] == "x-new-01")
        #expect(answer.json["challenges"]?.array?.count ?? 0 > 1)
    }

    @Test("A member is missing, another is empty, and the rest of the order is as ever")
    func members() throws {
        ca.rules.add(.edit(.remove("/finalize"), .set("/error", [:])), at: .order)
        let order = try order()
        let answer = ca.answer { _ = try client.read(order.url) }
        #expect(answer.json["finalize"] == nil && answer.json["error"] == [:] && answer.json["status"] == "pending")
    }

    @Test("A list comes in another order, by the seed")
    func shuffled() throws {
        let names = (1...9).map { "n\($0).example.test" }
        let order = try client.order(names)
        ca.rules.add(.shuffle("/authorizations"), at: .order)
        let shuffled = ca.answer { _ = try client.read(order.url) }.json["authorizations"]?.array?.compactMap(\.string)
        #expect(shuffled != order.authorizations && shuffled.map(Set.init) == Set(order.authorizations))
    }

    @Test("JSON is compact with escaped slashes, and means the same")
    func compact() throws {
        ca.rules.add(.json(style: .init(escapesSlashes: true)))
        let answer = newOrder()
        #expect(answer.text.contains(#"https:\/\/ca.example.test\/"#) && !answer.text.contains("\n"))
        #expect(answer.json["status"] == "pending")
    }

    @Test("The chain comes with CRLF (RFC 7468 §3)")
    func chain() throws {
        let order = try ready()
        _ = try finalize(order)
        ca.rules.add(.pem(lineEnd: .crlf), at: .certificate)
        let url = try #require(try client.read(order.url).json["certificate"] as? String)
        let answer = ca.answer { _ = try client.read(url) }
        let lines = answer.body.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count > 20 && lines.allSatisfy { $0.last == UInt8(ascii: "\r") })
    }

    @Test("A media type has a parameter or another case, and is still there once")
    func mediaTypes() throws {
        ca.rules.add(.mediaType(adding: "charset=utf-8").times(1).then(.mediaType(.upper)), at: .newOrder)
        #expect(newOrder()[.contentType] == "application/json; charset=utf-8")
        #expect(newOrder()[.contentType] == "APPLICATION/JSON")
    }

    @Test("All rules that alter an answer do, and the journal names them in their order")
    func together() throws {
        ca.rules.add(.set("/x", 1), at: .newOrder, name: "older")
        ca.rules.add(.set("/x", 2), at: .newOrder, name: "newer")
        ca.rules.add(.setStatus(200), at: .newOrder, name: "status")
        let answer = newOrder()
        #expect(answer.status == 200 && answer.json["x"] == 2)
        #expect(ca.firings == ["older: json", "newer: json", "status: setStatus"])
        let entry = try #require(ca.journal.entries.last { $0.request != nil })
        #expect(entry.json["rules"]?.array?.first == ["rule": "older", "action": "json", "point": "answer"])
        #expect(entry.json["rules"]?.array?.count == 3)
        #expect("\(entry)".contains("by rule older: json, rule newer: json, rule status: setStatus"))
    }

    // MARK: On the way

    @Test("An answer is delayed, dribbled, cut or the last of its connection, and that is data")
    func wire() throws {
        ca.rules.add(.delay(.seconds(5)), at: .newOrder)
        ca.rules.add(.dribble(bytes: 10, every: .milliseconds(200)), at: .newOrder)
        ca.rules.add(.cut(after: 100), at: .newOrder)
        ca.rules.add(.goAway, at: .newOrder, after: 2)
        let first = newOrder()
        #expect(first.pace.beforeHead == .seconds(5))
        #expect(first.pace.dribble == .init(bytes: 10, every: .milliseconds(200)))
        #expect(first.ending == .cut(afterBodyBytes: 100) && first.persistence == .persistent)
        _ = newOrder()
        #expect(newOrder().persistence == .announcedLast)
    }

    // MARK: Gates

    @Test("A held request waits at the gate, and goes on from there with its nonce")
    func held() throws {
        let gate = ca.rules.add(.hold, at: .newOrder)
        let answer = newOrder()
        #expect(answer.isHeld && answer.body.isEmpty)
        #expect(ca.server.engine.census.orders == 0)
        let later = Mutex<CairnDelivery?>(nil)
        answer.whenReleased { delivery in later.withLock { $0 = delivery } }
        #expect(gate.waiting == 1 && later.withLock { $0 == nil })
        gate.release()
        #expect(later.withLock { $0?.status } == 201)
        #expect(ca.server.engine.census.orders == 1)
        #expect(ca.firings == ["r1: hold"])
        #expect(newOrder().status == 201)
    }

    @Test("Who waits at which gate can be read, whether as a request or with its answer")
    func waiting() throws {
        ca.rules.add(.hold, at: .newOrder, name: "before")
        ca.rules.add(.holdAnswer, at: .directory, name: "after")
        #expect(ca.rules.held == [])
        newOrder().whenReleased { _ in }
        ca.respond(to: CairnRequest(HTTPRequest(method: .get, scheme: "https", authority: "a", path: "/dir?x=1")))
            .whenReleased { _ in }
        let (request, answer) = (try #require(ca.rules.held.first), try #require(ca.rules.held.last))
        #expect(ca.rules.held.count == 2)
        #expect((request.rule, request.endpoint, request.isCarriedOut) == ("before", .newOrder, false))
        #expect((request.method, request.path) == ("POST", "/new-order") && request.since == ca.server.now)
        #expect((answer.rule, answer.endpoint, answer.isCarriedOut) == ("after", .directory, true))
        #expect(answer.path == "/dir?x=1" && answer.account == nil)
        #expect(answer.request > request.request && answer.request == ca.journal.requests.last?.number)
        #expect(
            answer.description
                == "after: the answer to request \(answer.request), GET /dir?x=1, since \(ca.server.now)")
        ca.rules.release("before")
        #expect(ca.rules.held == [answer])
        ca.rules.removeAll()
        #expect(ca.rules.held == [])
    }

    @Test("A request that is held for what it says goes on with what it said, and is verified once")
    func heldWhenUnderstood() throws {
        let gate = ca.rules.add(.hold, at: .newOrder, where: .identifier("www.example.test"))
        let answer = newOrder()
        let later = Mutex<CairnDelivery?>(nil)
        answer.whenReleased { delivery in later.withLock { $0 = delivery } }
        gate.release()
        #expect(later.withLock { $0?.status } == 201)
    }

    @Test("Rules that have let a held request pass do not count it again, and those behind it are asked")
    func heldOnce() throws {
        let older = ca.rules.add(.badNonce.times(1), at: .newOrder)
        let gate = ca.rules.add(.hold, at: .newOrder)
        let newer = ca.rules.add(.unavailable(), at: .newOrder, after: 5)
        let answer = newOrder()
        let later = Mutex<CairnDelivery?>(nil)
        answer.whenReleased { delivery in later.withLock { $0 = delivery } }
        gate.release()
        #expect(later.withLock { $0?.problem } == "badNonce")
        #expect(older.record?.matched == 1 && newer.record?.matched == 1 && newer.record?.seen == 1)
        #expect(ca.firings == ["r2: hold", "r1: problem"])
    }

    @Test("A held answer waits after the request was carried out")
    func heldAnswer() throws {
        let gate = ca.rules.add(.holdAnswer, at: .newOrder)
        let answer = newOrder()
        #expect(answer.isHeld && ca.server.engine.census.orders == 1)
        let later = Mutex<CairnDelivery?>(nil)
        answer.whenReleased { delivery in later.withLock { $0 = delivery } }
        gate.remove()
        #expect(later.withLock { $0?.status } == 201 && later.withLock { $0?.isHeld } == false)
    }

    // MARK: Worlds

    @Test("The rules of a world are for the clients whose directory is below its prefix, and so are all links")
    func worlds() throws {
        try ca.rulesets.save([CairnRule(.badNonce.times(1), at: .newOrder)], as: "flaky")
        try ca.rulesets.save([CairnRule(.set("/x", 1), at: .newOrder)], as: "odd")
        let inside = try ca.registered(in: "flaky+odd")
        #expect(ca.answer { _ = try inside.order(["www.example.test"]) }.problem == "badNonce")
        let order = ca.answer { _ = try inside.order(["www.example.test"]) }
        #expect(order.status == 201 && order.json["x"] == 1)
        let prefix = "https://ca.example.test/with/flaky+odd/"
        #expect(order[.location]?.hasPrefix("\(prefix)order/") == true)
        #expect(order.json["finalize"]?.string?.hasPrefix(prefix) == true)
        #expect(newOrder().json["x"] == nil)
        #expect(ca.journal.requests.dropLast().last?.path == "/with/flaky+odd/new-order")
    }

    @Test("Rules that are removed are so where they were added, and worlds get theirs anew")
    func removedFromWorlds() throws {
        try ca.rulesets.save([CairnRule(.badNonce, at: .newOrder)], as: "flaky")
        let inside = try ca.registered(in: "flaky")
        ca.rules.removeAll()
        #expect(ca.answer { _ = try inside.order(["www.example.test"]) }.problem == "badNonce")
        for name in ["", "a+b", "a/b", "ü", "a%2Fb"] {
            #expect(throws: CairnRuleError.self) { try ca.rulesets.save([], as: name) }
        }
    }

    @Test("A world that nobody saved is none, and the nearest name is told")
    func unknownWorld() throws {
        try ca.rulesets.save([CairnRule(.badNonce)], as: "flaky")
        let answer = ca.respond(
            to: CairnRequest(
                HTTPRequest(method: .get, scheme: "https", authority: "ca.example.test", path: "/with/flakey/dir")))
        #expect(answer.status == 404 && answer.problem == "malformed")
        #expect(answer.json["detail"]?.string?.contains(#"did you mean "flaky"?"#) == true)
    }
}
