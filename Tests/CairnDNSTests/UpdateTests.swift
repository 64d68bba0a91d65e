import CairnModel
import Testing

@testable import CairnDNS

/// A record of a section of an update, with a class of its own.
private func entry(
    _ owner: String, _ record: CairnDNSRecord, _ recordClass: DNSMessage.RecordClass = .internet
) -> DNSMessage.ResourceRecord {
    var entry = DNSMessage.ResourceRecord(DNSName(owner), record)
    entry.recordClass = recordClass
    return entry
}

/// A set of records, or what is said about one: no data.
private func set(
    _ owner: String, _ type: CairnDNSType, _ recordClass: DNSMessage.RecordClass = .anything
) -> DNSMessage.ResourceRecord {
    entry(owner, .other(type, []), recordClass)
}

@Suite("Updates by message (RFC 2136)", .timeLimit(.minutes(5)))
struct UpdateTests {
    private let table = CairnDNSTable()
    private static let host = "_acme-challenge.example.test"

    init() {
        table.updates.acceptsUnsigned = true
        table.updates.zones = ["example.test"]
    }

    /// Sends an update; returns what was answered.
    @discardableResult
    private func update(
        _ updates: [DNSMessage.ResourceRecord], requiring prerequisites: [DNSMessage.ResourceRecord] = [],
        zone: String = "example.test", type: CairnDNSType = .soa
    ) throws -> CairnDNSResponseCode {
        var message = DNSMessage(id: 7)
        message.opcode = 5
        message.questions = [DNSMessage.Question(DNSName(zone), type)]
        (message.answers, message.authorities) = (prerequisites, updates)
        let reply = try #require(table.respond(to: try message.serialized(), transport: .udp))
        let response = try DNSMessage(parsing: reply)
        #expect(response.isResponse && response.opcode == 5 && response.id == 7)
        #expect(response.answers.isEmpty && response.authorities.isEmpty)
        return response.responseCode
    }

    private var serial: UInt32? {
        let start = table.lookup("example.test", .soa).records.first?.content
        if case .soa(let start)? = start { return start.serial }
        return nil
    }

    @Test("Records are added, each once, and the serial of the zone grows (RFC 2136 §3.4.2.2, §3.6)")
    func adding() throws {
        #expect(serial == 1)
        #expect(try update([entry(Self.host, .txt("one")), entry(Self.host, .txt("two"))]) == .noError)
        #expect(table[Self.host] == [.txt("one"), .txt("two")])
        #expect(serial == 2)
        #expect(try update([entry(Self.host, .txt("one", timeToLive: .seconds(5)))]) == .noError)
        #expect(table[Self.host] == [.txt("one", timeToLive: .seconds(5)), .txt("two")])
        #expect(serial == 3)
        #expect(try update([entry(Self.host, .txt("two"))]) == .noError)
        #expect(serial == 3, "nothing is different")
        #expect(table.lookup(Self.host, .txt).records.count == 2)
    }

    @Test("A bad service keeps the newest value alone")
    func replacing() throws {
        table.updates.additions = .replace
        table[Self.host] = [.caa(tag: "issue", value: ";")]
        try update([entry(Self.host, .txt("one"))])
        try update([entry(Self.host, .txt("two"))])
        #expect(table[Self.host] == [.caa(tag: "issue", value: ";"), .txt("two")])
    }

    @Test("A thousand records of one name are added at once; data that are written in another way are the same")
    func many() throws {
        let long = String(repeating: "x", count: 300)
        table[Self.host] = [.txt(long), .mx("MAIL.test"), .other(.a, [127, 0, 0, 1])]
        let texts = (0..<1_000).map { entry(Self.host, .txt("\($0)")) }
        let same = [
            entry(Self.host, .txt(String(long.prefix(255)), String(long.dropFirst(255)))),
            entry(Self.host, .mx("mail.test")), entry(Self.host, .a("127.0.0.1")),
        ]
        #expect(try update(texts + same + texts.prefix(9)) == .noError)
        #expect(table[Self.host].count == 1_003)
        #expect(serial == 2)
    }

    @Test("A CNAME stands alone: it is not put beside other records, nor they beside it (RFC 2136 §3.4.2.2)")
    func aliases() throws {
        table["a.example.test"] = [.txt("x")]
        table["b.example.test"] = [.cname("old.test")]
        try update([
            entry("a.example.test", .cname("c.test")), entry("b.example.test", .txt("x")),
            entry("b.example.test", .cname("new.test")),
        ])
        #expect(table["a.example.test"] == [.txt("x")])
        #expect(table["b.example.test"] == [.cname("new.test")])
    }

    @Test("A record, a set, or a whole name is removed (RFC 2136 §3.4.2.3, §3.4.2.4)")
    func removing() throws {
        let one = CairnDNSRecord.txt("one", timeToLive: .seconds(9))
        table[Self.host] = [one, .txt("two"), .a("192.0.2.1"), .ns("NS.example.test.")]
        #expect(try update([entry(Self.host, .txt("one"), .nothing)]) == .noError)
        #expect(table[Self.host] == [.txt("two"), .a("192.0.2.1"), .ns("NS.example.test.")])
        try update([entry(Self.host, .ns("ns.EXAMPLE.test"), .nothing)])
        #expect(table[Self.host] == [.txt("two"), .a("192.0.2.1")])
        try update([set(Self.host, .txt)])
        #expect(table[Self.host] == [.a("192.0.2.1")])
        try update([set(Self.host, .any)])
        #expect(table.names.isEmpty)
        #expect(serial == 5)
        #expect(table.updateHistory.last?.changes == [.removeAll(at: Self.host, type: nil)])
    }

    @Test("A zone keeps its SOA and its last NS records, and takes a later SOA (RFC 2136 §3.4.2)")
    func apex() throws {
        let start = CairnDNSRecord.StartOfAuthority(serial: 10)
        table["example.test"] = [.soa(start), .ns("a.test"), .txt("x")]
        try update([set("example.test", .any)])
        #expect(table["example.test"].map(\.type) == [.soa, .ns])
        try update([set("example.test", .soa), entry("example.test", .ns("a.test"), .nothing)])
        #expect(table["example.test"].map(\.type) == [.soa, .ns])
        #expect(serial == 11)
        var (earlier, later) = (start, start)
        (earlier.serial, later.serial) = (9, 4_000_000_000)
        try update([entry("example.test", .soa(earlier))])
        #expect(serial == 11)
        later.serial = 20
        try update([entry("example.test", .soa(later))])
        #expect(serial == 20, "it has a number of its own (RFC 2136 §3.6)")
    }

    @Test("What has to be there or not is looked at first, and nothing is changed if it is not so (RFC 2136 §3.2)")
    func prerequisites() throws {
        table[Self.host] = [.txt("one"), .txt("two")]
        let change = [entry("new.example.test", .txt("x"))]
        let cases: [([DNSMessage.ResourceRecord], CairnDNSResponseCode)] = [
            ([set("no.example.test", .any)], .nameError),
            ([set("no.example.test", .any, .nothing)], .noError),
            ([set(Self.host, .any)], .noError),
            ([set(Self.host, .any, .nothing)], .nameExists),
            ([set(Self.host, .a)], .recordsMissing),
            ([set(Self.host, .a, .nothing)], .noError),
            ([set(Self.host, .txt)], .noError),
            ([set(Self.host, .txt, .nothing)], .recordsExist),
            ([set("example.test", .soa), set("example.test", .any)], .noError),
            ([entry(Self.host, .txt("two")), entry(Self.host, .txt("one"))], .noError),
            ([entry(Self.host, .txt("one"))], .recordsMissing),
            ([entry(Self.host, .txt("one")), entry(Self.host, .txt("three"))], .recordsMissing),
            ([set("elsewhere.test", .any)], .notInZone),
            ([entry(Self.host, .txt("one", timeToLive: .seconds(1)))], .formatError),
            ([entry(Self.host, .txt("one"), .nothing)], .formatError),
            ([entry(Self.host, .txt("one"), .chaos)], .formatError),
        ]
        for (prerequisites, code) in cases {
            table["new.example.test"] = []
            #expect(try update(change, requiring: prerequisites) == code, "\(prerequisites)")
            #expect(table["new.example.test"].isEmpty == (code != .noError), "\(prerequisites)")
        }
    }

    @Test("All of an update is looked through before any of it is done (RFC 2136 §3.4.1)")
    func scan() throws {
        let good = entry(Self.host, .txt("x"))
        let cases: [(DNSMessage.ResourceRecord, CairnDNSResponseCode)] = [
            (entry("elsewhere.test", .txt("x")), .notInZone),
            (entry("notexample.test", .txt("x")), .notInZone),
            (set(Self.host, .axfr, .internet), .formatError),
            (set(Self.host, .any, .nothing), .formatError),
            (entry(Self.host, .other(.txt, [1, 0x78]), .anything), .formatError),
            (entry(Self.host, .txt("x", timeToLive: .seconds(1)), .nothing), .formatError),
            (entry(Self.host, .txt("x"), .chaos), .formatError),
        ]
        for (bad, code) in cases {
            #expect(try update([good, bad]) == code, "\(bad)")
            #expect(table.names.isEmpty, "\(bad)")
        }
        #expect(table.updateHistory.allSatisfy { $0.reason != nil && $0.changes.isEmpty })
    }

    @Test("The zone section has one zone of this server (RFC 2136 §3.1)")
    func zones() throws {
        let change = [entry("a.other.test", .txt("x"))]
        #expect(try update(change, zone: "other.test") == .notAuthoritative)
        #expect(try update([], zone: "www.example.test") == .notAuthoritative)
        #expect(try update([], zone: "example.test", type: .txt) == .formatError)
        table.updates.zones = []
        #expect(try update(change, zone: "other.test") == .noError)
        #expect(try update([], zone: "a.other.test") == .notAuthoritative)
        table["a.other.test"] = [.soa()]
        #expect(try update([], zone: "a.other.test") == .noError)
    }

    @Test("A zone ends where another begins: its names are NOTZONE (RFC 2136 §3.2.3, §3.4.1.3)")
    func cut() throws {
        table["sub.example.test"] = [.soa()]
        for owner in ["sub.example.test", "a.sub.example.test"] {
            #expect(try update([entry(owner, .txt("x"))]) == .notInZone)
            #expect(try update([], requiring: [set(owner, .any)]) == .notInZone)
        }
        #expect(try update([entry("a.example.test", .txt("x"))]) == .noError)
        table.updates.zones = ["example.test", "other.example.test"]
        #expect(try update([entry("a.other.example.test", .txt("x"))]) == .notInZone)
        #expect(try update([entry("a.other.example.test", .txt("x"))], zone: "other.example.test") == .noError)
    }

    @Test("An update that gives the zone a later serial number has that, and not the one after it (RFC 2136 §3.6)")
    func ownSerial() throws {
        table["example.test"] = [.soa(.init(serial: 5))]
        #expect(try update([entry("example.test", .soa(.init(serial: 9))), entry(Self.host, .txt("x"))]) == .noError)
        #expect(serial == 9)
        #expect(try update([entry("example.test", .soa(.init(serial: 8))), entry(Self.host, .txt("y"))]) == .noError)
        #expect(serial == 10)
    }

    @Test("An update with an EDNS version above 0 is BADVERS, and changes nothing (RFC 6891 §6.1.3)")
    func version() throws {
        var message = DNSMessage(id: 7)
        message.opcode = 5
        message.questions = [DNSMessage.Question(DNSName("example.test"), .soa)]
        message.authorities = [entry(Self.host, .txt("x"))]
        var edns = DNSMessage.EDNS(payloadSize: 1232)
        edns.version = 1
        message.edns = edns
        let reply = try #require(table.respond(to: try message.serialized(), transport: .udp))
        #expect(try DNSMessage(parsing: reply).responseCode == .badVersion)
        #expect(table.names.isEmpty)
        #expect(table.updateHistory.last?.responseCode == .badVersion)
    }

    @Test("Without keys and without leave, every update is REFUSED (RFC 2136 §3.3)")
    func off() throws {
        table.updates = CairnDNSUpdates()
        #expect(try update([entry(Self.host, .txt("x"))]) == .refused)
        #expect(table.updateHistory.last?.reason == "updates are turned off: \"dns.updates\" allows none")
        table.updates.keys = [CairnTSIGKey(name: "k", secret: [1])]
        #expect(try update([entry(Self.host, .txt("x"))]) == .refused)
        #expect(table.names.isEmpty)
    }

    @Test("Clients find the zone of a name by asking upwards for its SOA")
    func walk() throws {
        table.updates.zones = ["sub.example.test"]
        table.defaultIPv4 = nil
        func zone(_ name: String) throws -> (found: Bool, authority: String?) {
            var message = DNSMessage(id: 1)
            message.questions = [DNSMessage.Question(DNSName(name), .soa)]
            let bytes = try #require(table.respond(to: try message.serialized(), transport: .udp))
            let response = try DNSMessage(parsing: bytes)
            #expect(response.isAuthoritative)
            return (response.answers.first?.owner == DNSName(name), response.authorities.first?.owner.description)
        }
        #expect(try zone("_acme-challenge.www.sub.example.test") == (false, "sub.example.test"))
        #expect(try zone("sub.example.test") == (true, nil))
        #expect(try zone("example.test") == (false, "."))
        table.updates.zones = []
        #expect(try zone("_acme-challenge.www.sub.example.test") == (false, "example.test"))
        #expect(try zone("example.test") == (true, nil))
        #expect(table.lookup("example.test", .a).outcome == .noData)
    }

    @Test("Bytes that are no update are FORMERR, and in the history")
    func broken() throws {
        let bytes = wire("0007 2800 0001 0000 0001 0000 07'example'04'test'00 0006 0001 00 0001 0001")
        let response = try DNSMessage(parsing: try #require(table.respond(to: bytes, transport: .tcp)))
        #expect(response.responseCode == .formatError)
        #expect(table.updateHistory.map(\.responseCode) == [.formatError])
        #expect(table.updateHistory.last?.reason?.contains("expected an octet") == true)
    }
}

@Suite("Transfers of zones (RFC 5936)", .timeLimit(.minutes(5)))
struct TransferTests {
    private let table = CairnDNSTable()

    init() {
        table["example.test"] = [.ns("ns.example.test"), .txt("apex")]
        table["b.example.test"] = [.a("192.0.2.2")]
        table["a.example.test"] = [.a("192.0.2.1"), .txt("x")]
        table["sub.example.test"] = [.soa()]
        table["deep.sub.example.test"] = [.txt("below a cut")]
        table["other.test"] = [.txt("y")]
    }

    private func transfer(
        _ zone: String, transport: CairnDNSTable.Transport = .tcp
    ) throws -> (code: CairnDNSResponseCode, messages: [DNSMessage]) {
        var query = DNSMessage(id: 1)
        query.questions = [DNSMessage.Question(DNSName(zone), .axfr)]
        let reply = try #require(table.reply(to: try query.serialized(), transport: transport))
        let messages = try reply.messages.map { try DNSMessage(parsing: $0) }
        return (try #require(messages.first).responseCode, messages)
    }

    @Test("The zone is between two SOA records, without what lies in zones below (RFC 5936 §2.2)")
    func whole() throws {
        table.updates.transfers = .open
        let records = try transfer("example.test").messages.flatMap(\.answers)
        #expect(records.first == records.last)
        #expect(
            records.map { "\($0.owner) \($0.record.type)" } == [
                "example.test SOA", "a.example.test A", "a.example.test TXT", "b.example.test A", "example.test NS",
                "example.test TXT", "example.test SOA",
            ])
        #expect(table.queries.last?.type == .axfr)
        #expect(table.queries.last?.outcome == .found)
    }

    @Test("It is refused by default, without a key where one is wanted, over UDP, and where there is no such zone")
    func refused() throws {
        #expect(try transfer("example.test").code == .refused)
        table.updates.transfers = .signed
        #expect(try transfer("example.test").code == .refused)
        table.updates.transfers = .open
        #expect(try transfer("example.test", transport: .udp).code == .refused)
        #expect(try transfer("a.example.test").code == .notAuthoritative)
    }

    @Test("A long zone takes several messages, of which the first has the question (RFC 5936 §2.2.1)")
    func long() throws {
        table.updates.transfers = .open
        for number in 0..<1_000 { table["n\(number).example.test"] = [.txt(String(repeating: "x", count: 100))] }
        table["huge.example.test"] = [.txt(String(repeating: "y", count: 40_000))]
        let messages = try transfer("example.test").messages
        #expect(messages.count > 5)
        #expect(messages.map(\.questions.count) == [1] + [Int](repeating: 0, count: messages.count - 1))
        #expect(messages.flatMap(\.answers).count == 1_008)
        #expect(messages.allSatisfy { $0.isAuthoritative })
    }
}
