import CairnModel
import Testing

@testable import CairnDNS

/// A small repeatable stream of numbers (SplitMix64), so that a failing case can be had again.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func upTo(_ limit: Int) -> Int { Int.random(in: 0...limit, using: &self) }

    /// The bytes with some of them changed, missing, or there twice.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...upTo(4) where !bytes.isEmpty {
            let place = upTo(bytes.count - 1)
            switch upTo(6) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes[place] ^= 1 << UInt8(upTo(7))
            case 2: bytes.removeLast(upTo(min(bytes.count, 40)))
            case 3: bytes.insert(contentsOf: [0xc0, UInt8(upTo(255))], at: place)
            case 4: bytes[place] = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff][upTo(7)]
            case 5: bytes.removeSubrange(place..<min(bytes.count, place + upTo(12)))
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 20)], at: upTo(bytes.count))
            }
        }
        return bytes
    }
}

/// Messages of every kind that a server of zones takes: signed and not.
private enum Messages {
    static let now = CairnInstant(secondsSinceEpoch: 1_700_000_000)
    static let key = CairnTSIGKey(name: "acme", secret: Array("0123456789abcdef0123456789abcdef".utf8))

    /// A table that is open for everything, with scripts of every kind.
    static func table() -> CairnDNSTable {
        let table = CairnDNSTable(now: { now })
        table.updates.keys = [key]
        table.updates.acceptsUnsigned = true
        table.updates.transfers = .open
        table["example.test"] = [.soa(), .ns("ns.example.test")]
        table["*.example.test"] = [.cname("www.example.test"), .mx("mail.example.test")]
        table["www.example.test"] = [.a("192.0.2.1"), .txt(String(repeating: "x", count: 700))]
        table.script(.delay(.seconds(1)).times(9).then(.truncate), each: .name)
        table.script(.propagation(.seconds(5)).times(3).then(.negativeTTL(.seconds(5))), each: .name)
        table.script(.hide.times(2).then(.lame.times(2)).then(.pass), for: "*.example.test", every: 3)
        return table
    }

    static let all: [[UInt8]] = [
        query(.txt), query(.any, payloadSize: 1232), query(.axfr), query(.ixfr), signed(query(.a)),
        signed(query(.axfr)),
        update, signed(update),
    ]

    private static func query(_ type: CairnDNSType, payloadSize: UInt16? = nil) -> [UInt8] {
        var message = DNSMessage(id: 0x1234)
        message.questions = [.init(DNSName(type == .axfr ? "example.test" : "www.example.test"), type)]
        message.edns = payloadSize.map { DNSMessage.EDNS(payloadSize: $0) }
        return bytes(of: message)
    }

    private static var update: [UInt8] {
        var message = DNSMessage(id: 0x1234)
        message.opcode = 5
        message.questions = [.init(DNSName("example.test"), .soa)]
        func entry(_ record: CairnDNSRecord, _ recordClass: DNSMessage.RecordClass) -> DNSMessage.ResourceRecord {
            var entry = DNSMessage.ResourceRecord(DNSName("a.example.test"), record)
            entry.recordClass = recordClass
            return entry
        }
        message.answers = [entry(.other(.txt, []), .nothing), entry(.other(.any, []), .nothing)]
        message.authorities = [
            entry(.txt("one"), .internet), entry(.mx("mail.example.test"), .internet), entry(.soa(), .internet),
            entry(.txt("two"), .nothing), entry(.other(.a, []), .anything),
            entry(.caa(tag: "issue", value: ";"), .internet),
        ]
        return bytes(of: message)
    }

    private static func bytes(of message: DNSMessage) -> [UInt8] { (try? message.serialized()) ?? [] }

    /// The message as the key signs it.
    static func signed(_ message: [UInt8]) -> [UInt8] {
        var record = TSIGRecord(
            keyName: DNSName(key.name), algorithm: DNSName(key.algorithm.rawValue),
            time: UInt64(now.secondsSinceEpoch), fudge: 300, originalID: 0x1234)
        record.mac = key.mac(of: message + record.variables(timersOnly: false))
        return record.appended(to: message)
    }
}

@Suite("Messages that are not as they should be", .timeLimit(.minutes(5)))
struct MutationTests {
    /// What may be said of every answer, whatever was asked.
    private func check(_ bytes: [UInt8], _ table: CairnDNSTable, over transport: CairnDNSTable.Transport) throws {
        let before = table.names.map { table[$0] }
        let updates = table.updateHistory.count
        let reply = table.reply(to: bytes, transport: transport)
        if let last = table.updateHistory.last, table.updateHistory.count > updates, last.responseCode != .noError {
            #expect(table.names.map { table[$0] } == before, "a refused update changes nothing")
            #expect(last.reason != nil)
        }
        guard let reply else { return }
        let whole = (try? DNSMessage(parsing: bytes)) ?? DNSMessage(id: 0)
        for message in reply.messages {
            #expect(Array(message.prefix(2)) == Array(bytes.prefix(2)))
            let response = try DNSMessage(parsing: message)
            #expect(response.isResponse && response.opcode == bytes[2] >> 3 & 0xf)
            guard transport == .udp, response.opcode == 0, response.signature == nil else { continue }
            #expect(message.count <= max(512, min(4096, Int(whole.edns?.payloadSize ?? 512))))
        }
    }

    @Test(
        "The messages are good as they are, and cut off anywhere they are FORMERR or nothing", arguments: Messages.all)
    func prefixes(_ message: [UInt8]) throws {
        for transport in [CairnDNSTable.Transport.udp, .tcp, .https(agent: nil)] {
            let table = Messages.table()
            table.removeScripts()
            for length in 0..<message.count {
                let part = Array(message.prefix(length))
                try check(part, table, over: transport)
                let code = try table.respond(to: part, transport: transport).map {
                    try DNSMessage(parsing: $0).responseCode
                }
                #expect(code == (length < 12 ? nil : .formatError), "\(length)")
            }
            let answer = try #require(table.respond(to: message, transport: transport))
            #expect([.noError, .refused].contains(try DNSMessage(parsing: answer).responseCode))
        }
    }

    @Test("No mutation crashes the server, and every answer is one to the question", arguments: 0..<100)
    func mutations(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let table = Messages.table()
        for _ in 0..<40 {
            var bytes = dice.mutated(Messages.all[dice.upTo(Messages.all.count - 1)])
            // Half of them are signed when all is done, so that what they say is looked at.
            if dice.upTo(1) == 0, bytes.count >= 12 { bytes = Messages.signed(bytes) }
            try check(bytes, table, over: dice.upTo(1) == 0 ? .udp : .tcp)
        }
    }

    @Test("A time to live with the highest bit set is none (RFC 2181 §8)")
    func timeToLive() throws {
        let message = wire("0001 8000 0000 0001 0000 0000 01'a'00 0001 0001 80000000 0004 7f000001")
        #expect(try DNSMessage(parsing: message).answers.map(\.record.timeToLive) == [.zero])
    }
}
