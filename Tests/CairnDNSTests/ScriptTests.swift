import CairnModel
import Synchronization
import Testing

@testable import CairnDNS

@Suite("Scripted answers", .timeLimit(.minutes(5)))
struct ScriptTests {
    /// A clock that a test moves.
    private final class Hand: Sendable {
        let now = Mutex(CairnInstant(secondsSinceEpoch: 1_000))
        func advance(by duration: Duration) { now.withLock { $0 = $0 + duration } }
    }

    private let hand: Hand
    private let table: CairnDNSTable
    private static let host = "_acme-challenge.example.test"

    init() {
        let hand = Hand()
        self.hand = hand
        table = CairnDNSTable(now: { hand.now.withLock { $0 } })
        table[Self.host] = [.txt("right")]
    }

    private func outcomes(_ count: Int, _ name: String = host, _ type: CairnDNSType = .txt) -> [CairnDNSOutcome] {
        (0..<count).map { _ in table.lookup(name, type).outcome }
    }

    /// What a client is answered.
    private func ask(
        _ name: String = host, _ type: CairnDNSType = .txt, over transport: CairnDNSTable.Transport = .udp
    ) throws -> (message: DNSMessage, delay: Duration)? {
        var query = DNSMessage(id: 1)
        query.questions = [DNSMessage.Question(DNSName(name), type)]
        guard let reply = table.reply(to: try query.serialized(), transport: transport) else { return nil }
        return (try DNSMessage(parsing: try #require(reply.messages.first)), reply.delay)
    }

    @Test("Steps follow each other, each so many times, and then the records are there")
    func steps() {
        let name = table.script(
            .timeout.times(1).then(.code(.serverFailure).times(2)).then(.answer([.txt("wrong")]).times(1)),
            for: "\(Self.host)", type: .txt)
        #expect(name == "s1")
        #expect(
            outcomes(4)
                == [.timedOut, .failed(.serverFailure), .failed(.serverFailure), .found])
        #expect(table.queries.last?.records == [.txt("wrong")])
        #expect(table.lookup(Self.host, .txt).records == [.txt("right")])
        #expect(table.queries.map(\.scripts) == [["s1"], ["s1"], ["s1"], ["s1"], []])
        let record = table.scripts[0]
        #expect((record.matched, record.fired, record.left) == (5, 4, 0))
        table.resetScripts()
        #expect(table.lookup(Self.host, .txt).outcome == .timedOut)
        #expect(table.removeScript("s1"))
        #expect(!table.removeScript("s1"))
        #expect(table.lookup(Self.host, .txt).outcome == .found)
    }

    @Test("It lets questions pass, and takes one in so many")
    func counting() {
        table.script(.code(.refused), for: "\(Self.host)", after: 1, every: 2)
        #expect(outcomes(5) == [.found, .found, .failed(.refused), .found, .failed(.refused)])
    }

    @Test("Each name, or each perspective, can have a count of its own")
    func each() {
        table["a.test"] = [.txt("x")]
        table.script(.code(.refused).times(1), type: .txt, each: .name)
        #expect(outcomes(2) == [.failed(.refused), .found])
        #expect(outcomes(2, "A.test") == [.failed(.refused), .found])
        table.removeScripts()
        table.script(.code(.refused).times(1), each: .perspective)
        for perspective in ["eu", nil] {
            #expect(table.lookup(Self.host, .txt, from: perspective).outcome == .failed(.refused))
            #expect(table.lookup(Self.host, .txt, from: perspective).outcome == .found)
        }
    }

    @Test("It is for a name or all below one, a type, sources and perspectives")
    func conditions() throws {
        table.script(.code(.refused), for: "*.example.test", type: .txt)
        #expect(outcomes(1, Self.host.uppercased()) == [.failed(.refused)])
        #expect(outcomes(1, "example.test") == [.noData])
        #expect(outcomes(1, Self.host, .a) == [.found])
        table.removeScripts()
        table.script(.code(.refused), perspectives: ["primary"])
        #expect(table.lookup(Self.host, .txt).outcome == .failed(.refused))
        #expect(table.lookup(Self.host, .txt, from: "eu").outcome == .found)
        #expect(try ask()?.message.responseCode == .noError)
        table.removeScripts()
        table.script(.code(.refused), sources: [.udp], name: "only UDP")
        #expect(try ask()?.message.responseCode == .refused)
        #expect(try ask(over: .tcp)?.message.responseCode == .noError)
        #expect(outcomes(1) == [.found])
    }

    @Test("A record is there only after some questions, or after some time")
    func propagation() {
        table.defaultIPv4 = nil
        table.script(.hide.times(2), for: "\(Self.host)", type: .txt)
        #expect(outcomes(3) == [.nameError, .nameError, .found])
        table.removeScripts()
        table.script(.hide, for: "\(Self.host)", type: .txt, lasting: .seconds(30))
        hand.advance(by: .seconds(29))
        #expect(outcomes(1) == [.nameError])
        table.add(.a("192.0.2.1"), to: Self.host)
        #expect(outcomes(1) == [.noData], "only records of the type are hidden")
        #expect(outcomes(1, Self.host, .a) == [.found])
        hand.advance(by: .seconds(1))
        #expect(outcomes(1) == [.found])
    }

    @Test("A record is there only so long after it was written; what was there before stays, and is not counted anew")
    func propagationFromWriting() throws {
        table.defaultIPv4 = nil
        hand.advance(by: .seconds(10))
        table.script(.propagation(.seconds(10)), for: "*.example.test", type: .txt)
        func texts(from perspective: String? = nil) -> [String?] {
            table.lookup(Self.host, .txt, from: perspective).records.map(\.text)
        }
        #expect(texts() == ["right"], "it was written 10 seconds ago")
        table.add(.txt("new"), to: Self.host)
        table.view("eu").add(.txt("elsewhere"), to: Self.host)
        hand.advance(by: .seconds(9))
        table.add(.txt("right"), to: Self.host)
        table[Self.host] = table[Self.host] + [.txt("newer")]
        table.replace(with: .a("192.0.2.1"), at: Self.host)
        #expect(texts() == ["right"])
        #expect(texts(from: "eu") == [])
        hand.advance(by: .seconds(1))
        #expect(texts() == ["new", "right"])
        #expect(texts(from: "eu") == ["elsewhere"])
        hand.advance(by: .seconds(9))
        #expect(texts() == ["new", "right", "newer"])
        table["*.other.example.test"] = [.txt("wild")]
        hand.advance(by: .seconds(10))
        table["a.other.example.test"] = [.txt("own")]
        #expect(table.lookup("a.other.example.test", .txt).records == [.txt("wild")])
        #expect(try ask("a.other.example.test")?.message.answers.map(\.record) == [.txt("wild")])
        table["b.example.test"] = [.txt("young")]
        #expect(outcomes(1, "b.example.test") == [.nameError])
        hand.advance(by: .seconds(10))
        #expect(table.lookup("a.other.example.test", .txt).records == [.txt("own")])
    }

    @Test("Propagation counts from when an update wrote a record, and what it did not touch stays (RFC 2136)")
    func propagationOfUpdates() throws {
        hand.advance(by: .seconds(10))
        table.updates.acceptsUnsigned = true
        table.script(.propagation(.seconds(10)))
        var message = DNSMessage(id: 1)
        message.opcode = 5
        message.questions = [DNSMessage.Question(DNSName("example.test"), .soa)]
        message.authorities = [DNSMessage.ResourceRecord(DNSName(Self.host), .txt("updated"))]
        _ = table.respond(to: try message.serialized(), transport: .udp)
        #expect(table.lookup(Self.host, .txt).records == [.txt("right")])
        hand.advance(by: .seconds(10))
        #expect(table.lookup(Self.host, .txt).records == [.txt("right"), .txt("updated")])
    }

    @Test("Counts and times as large as numbers go are no harm")
    func extremes() throws {
        table.script(.hide.times(.max).then(.timeout.times(.max)).then(.lame.times(1)), for: "a.test", name: "many")
        #expect(table.scripts.first?.left == .max)
        var script = CairnDNSScript(.pass, name: "early")
        (script.after, script.every) = (.min, 0)
        table.script(script)
        for number in 0..<40 { table.script(.delay(.seconds(Int64.max)), name: "late \(number)") }
        table.script(.propagation(.seconds(Int64.max)), until: CairnInstant(secondsSinceEpoch: .max))
        table["c.test"] = [.cname("d.test")]
        #expect(table.lookup("a.test", .a).outcome == .nameError || !table.queries.isEmpty)
        #expect(try #require(try ask("c.test", .a)).delay > .seconds(1 << 60))
    }

    @Test("The newest script answers, and those that alter all do")
    func several() throws {
        table.script(.code(.refused), name: "old")
        table.script(.code(.serverFailure).times(1), name: "new")
        table.script(.delay(.seconds(2)), name: "slow")
        table.script(.delay(.seconds(3)).times(1), name: "slower")
        #expect(try ask()?.delay == .seconds(5))
        #expect(table.queries.last?.outcome == .failed(.serverFailure))
        #expect(table.queries.last?.scripts == ["slower", "slow", "new"])
        #expect(table.queries.last?.delay == .seconds(5))
        #expect(try ask()?.delay == .seconds(2))
        #expect(table.queries.last?.outcome == .failed(.refused))
        #expect(table.scripts.map(\.fired) == [1, 1, 2, 1])
        table.script(.pass, name: "old")
        #expect(table.scripts.map(\.script.name) == ["new", "slow", "slower", "old"], "of one name there is one")
    }

    @Test("A client has no answer, one without records, or a referral; a validation finds that nobody answers")
    func answers() throws {
        table.script(.timeout, for: "a.test")
        #expect(try ask("a.test", .a) == nil)
        #expect(table.queries.last?.outcome == .timedOut)
        table.script(.truncate, for: "b.test")
        let short = try #require(try ask("b.test", .a)?.message)
        #expect(short.isTruncated && short.answers.isEmpty)
        #expect(try ask("b.test", .a, over: .tcp)?.message.answers.count == 1)
        #expect(table.lookup("b.test", .a).outcome == .found)
        table.script(.lame, for: "c.test")
        let lame = try #require(try ask("c.test", .a)?.message)
        #expect(!lame.isAuthoritative && lame.responseCode == .noError && lame.answers.isEmpty)
        #expect(lame.authorities.map(\.record.type) == [.ns] && lame.authorities.first?.owner == .root)
        #expect(table.lookup("c.test", .a).description.contains("knows nothing of it"))
        table.script(.code(CairnDNSResponseCode(rawValue: 11)), for: "d.test")
        #expect(try ask("d.test", .a)?.message.responseCode.rawValue == 11)
        table.script(.code(.nameError), for: "e.test")
        let missing = try #require(try ask("e.test", .a)?.message)
        #expect(missing.responseCode == .nameError && missing.authorities.map(\.record.type) == [.soa])
    }

    @Test("A negative answer may be kept as long as a script says (RFC 2308 §5)")
    func negativeTTL() throws {
        table.script(.negativeTTL(.seconds(900)), for: "*.example.test")
        let authority = try #require(try ask("x.example.test", .txt)?.message.authorities.first)
        #expect(authority.record.timeToLive == .seconds(900))
        guard case .soa(let start) = authority.record.content else { return #expect(Bool(false), "no SOA") }
        #expect(start.minimum == .seconds(900))
    }

    @Test("It is looked at for every name that a CNAME leads to, and can make a circle of them")
    func chains() throws {
        table["alias.test"] = [.cname("end.test")]
        table.script(.code(.refused).times(1), for: "end.test")
        #expect(outcomes(1, "alias.test", .a) == [.failed(.refused)])
        #expect(table.queries.last?.scripts == ["s1"])
        table.script(.answer([.cname("alias.test")]), for: "end.test")
        let answer = table.lookup("alias.test", .a)
        #expect(answer.outcome == .failed(.serverFailure))
        #expect(answer.description.hasSuffix("the CNAME records go round in a circle"))
    }

    @Test("Scripts are stronger than failures and records")
    func precedence() {
        table.setFailure(.refused, for: Self.host)
        table.script(.answer([.txt("scripted")]).times(1), for: "\(Self.host)")
        #expect(outcomes(2) == [.found, .failed(.refused)])
        table.view("eu")[Self.host] = [.txt("there")]
        table.script(.hide, for: "\(Self.host)", perspectives: ["eu"])
        #expect(table.lookup(Self.host, .txt, from: "eu").outcome == .noData)
    }

    @Test("A validation does not wait: a delay as long as its patience is a timeout, a shorter one is nothing")
    func patience() {
        table.script(.delay(.seconds(10)), for: "\(Self.host)")
        #expect(table.lookup(Self.host, .txt, patience: .seconds(11)).outcome == .found)
        let late = table.lookup(Self.host, .txt, patience: .seconds(10))
        #expect(late.outcome == .timedOut)
        #expect(late.records.isEmpty)
        #expect(late.description.contains("expected an answer within 10s, got one after 10s"), "\(late)")
        #expect(table.queries.last?.outcome == .timedOut)
    }

    @Test("The history has who asked, when, for what class, and why it went wrong")
    func history() throws {
        var query = DNSMessage(id: 1)
        query.questions = [DNSMessage.Question(DNSName("WWW.example.test."), .a)]
        query.questions[0].recordClass = .chaos
        let client = CairnIPEndpoint(address: "192.0.2.9", port: 53)
        _ = table.reply(to: try query.serialized(), transport: .tcp, from: client)
        let entry = try #require(table.queries.last)
        #expect(entry.name == "WWW.example.test")
        #expect((entry.questionClass, entry.client, entry.source) == (3, client, .tcp))
        #expect(entry.at == CairnInstant(secondsSinceEpoch: 1_000))
        table["loop.test"] = [.cname("loop.test")]
        _ = table.lookup("loop.test", .a)
        #expect(table.queries.last?.reason == "the CNAME records go round in a circle")
    }
}
