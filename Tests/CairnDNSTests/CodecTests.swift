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

    mutating func name() -> String {
        let words = ["a", "www", "Example", "example", "test", "_acme-challenge", "x-1", "*"]
        return (0...upTo(4)).map { _ in words[upTo(words.count - 1)] }.joined(separator: ".")
    }

    mutating func record() -> CairnDNSRecord {
        let content: CairnDNSRecord.Content =
            switch upTo(9) {
            case 0: .address(.v4(UInt32(truncatingIfNeeded: next())))
            case 1: .address(.v6(UInt128(next()) << 64 | UInt128(next())))
            case 2: .txt((0...upTo(3)).map { _ in String(repeating: "ö", count: upTo(127)) })
            case 3: .cname(name())
            case 4: .ns(name())
            case 5: .ptr(name())
            case 6: .mx(preference: UInt16(upTo(65_535)), exchange: name())
            case 7: .soa(.init(primary: name(), mailbox: name(), serial: UInt32(upTo(1 << 31))))
            case 8: .caa(flags: UInt8(upTo(255)), tag: name(), value: name())
            default: .other(CairnDNSType(rawValue: UInt16(300 + upTo(60_000))), (0..<upTo(40)).map { UInt8($0) })
            }
        return CairnDNSRecord(content, timeToLive: .seconds(upTo(100_000)))
    }

    mutating func message() -> DNSMessage {
        var message = DNSMessage(id: UInt16(truncatingIfNeeded: next()))
        (message.isResponse, message.isAuthoritative) = (upTo(1) == 0, upTo(1) == 0)
        (message.isTruncated, message.recursionDesired) = (upTo(1) == 0, upTo(1) == 0)
        (message.isAuthenticData, message.checkingDisabled) = (upTo(1) == 0, upTo(1) == 0)
        message.questions = (0..<upTo(2)).map { _ in .init(DNSName(name()), CairnDNSType(rawValue: UInt16(upTo(300)))) }
        message.answers = (0..<upTo(4)).map { _ in .init(DNSName(name()), record()) }
        message.authorities = (0..<upTo(2)).map { _ in .init(DNSName(name()), record()) }
        message.additionals = (0..<upTo(2)).map { _ in .init(DNSName(name()), record()) }
        message.responseCode = CairnDNSResponseCode(rawValue: UInt16(upTo(15)))
        if upTo(1) == 0 {
            var edns = DNSMessage.EDNS(payloadSize: UInt16(upTo(65_535)))
            (edns.wantsDNSSEC, edns.version) = (upTo(1) == 0, UInt8(upTo(1)))
            message.edns = edns
            message.responseCode = CairnDNSResponseCode(rawValue: UInt16(upTo(4095)))
        }
        return message
    }
}

/// A message with its names in lower case: compression may give a name the case of an earlier one (RFC 4343 §4.1).
private func folded(_ message: DNSMessage) -> DNSMessage {
    func folded(_ section: [DNSMessage.ResourceRecord]) -> [DNSMessage.ResourceRecord] {
        section.map { resource in
            var resource = resource
            resource.owner = resource.owner.key
            switch resource.record.content {
            case .cname(let name): resource.record.content = .cname(name.lowercased())
            case .ns(let name): resource.record.content = .ns(name.lowercased())
            case .ptr(let name): resource.record.content = .ptr(name.lowercased())
            case .mx(let preference, let name):
                resource.record.content = .mx(preference: preference, exchange: name.lowercased())
            case .soa(var start):
                (start.primary, start.mailbox) = (start.primary.lowercased(), start.mailbox.lowercased())
                resource.record.content = .soa(start)
            default: break
            }
            return resource
        }
    }
    var message = message
    for index in message.questions.indices { message.questions[index].name = message.questions[index].name.key }
    message.answers = folded(message.answers)
    message.authorities = folded(message.authorities)
    message.additionals = folded(message.additionals)
    return message
}

private func question(_ name: String, _ type: CairnDNSType, payloadSize: UInt16? = nil) throws -> [UInt8] {
    var query = DNSMessage(id: 7)
    query.recursionDesired = true
    query.questions = [.init(DNSName(name), type)]
    query.edns = payloadSize.map { DNSMessage.EDNS(payloadSize: $0) }
    return try query.serialized()
}

@Suite("The message codec", .timeLimit(.minutes(5)))
struct CodecTests {
    @Test("What is written is read back the same (RFC 1035 §4)", arguments: 0..<500)
    func roundTrip(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let message = dice.message()
        #expect(folded(try DNSMessage(parsing: message.serialized())) == folded(message))
    }

    @Test(
        "CAA records of any tag, flags and octets travel as they are (RFC 8659 §4.1)",
        arguments: [
            CairnDNSRecord.caa(flags: 255, tag: "Future", value: ""), .caa(tag: "issue", value: "%%%%%"),
            .caa(tag: "", value: "x"), .other(.caa, [128, 5] + Array("issue".utf8) + [0xff]),
        ])
    func certificationAuthorities(record: CairnDNSRecord) throws {
        let table = CairnDNSTable()
        table["a.test"] = [record]
        let answer = try #require(table.respond(to: question("a.test", .caa), transport: .udp))
        #expect(try DNSMessage(parsing: answer).answers.map(\.record) == [record])
    }

    @Test("No mutation of a message crashes the reader, and every answer can be read", arguments: 0..<200)
    func mutations(seed: UInt64) throws {
        var dice = Dice(state: 0xca1 &+ seed)
        let table = CairnDNSTable()
        table["*.example.test"] = [.cname("www.example.test"), .mx("a.test")]
        for _ in 0..<20 {
            var message = dice.message()
            message.isResponse = false
            var bytes = try message.serialized()
            for _ in 0...dice.upTo(6) {
                let place = dice.upTo(bytes.count - 1)
                switch dice.upTo(4) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: dice.next())
                case 1: bytes[place] ^= 1 << UInt8(dice.upTo(7))
                case 2: bytes.removeLast(min(bytes.count - 1, dice.upTo(9)))
                case 3: bytes.insert(0xc0, at: place)
                default: bytes += bytes.suffix(dice.upTo(20))
                }
            }
            guard let answer = table.respond(to: bytes, transport: .udp) else {
                #expect(bytes.count < 12 || bytes[2] & 0x80 != 0)
                continue
            }
            let response = try DNSMessage(parsing: answer)
            #expect(response.isResponse)
            #expect(Array(answer.prefix(2)) == Array(bytes.prefix(2)))
        }
    }

    @Test("Bytes without any sense never crash the reader, and what is said to them can be read")
    func noise() throws {
        var dice = Dice(state: 1)
        let table = CairnDNSTable()
        var answered = 0
        for length in 0..<600 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
            // The same behind a header that asks one question.
            for query in [bytes, wire("0001 0100 0001 0000 0000 0001") + bytes] {
                guard let answer = table.respond(to: query, transport: .tcp) else { continue }
                answered += 1
                #expect(try DNSMessage(parsing: answer).id == UInt16(query[0]) << 8 | UInt16(query[1]))
            }
        }
        #expect(answered >= 600)
    }

    @Test("A name may take 127 pointers and no more", arguments: [(126, true), (127, false), (199, false)])
    func pointerChain(index: Int, isSound: Bool) throws {
        // The data of the first record begin at octet 28: an empty name, a filler, then pointers, each to the one before.
        var bytes = wire("0001 0000 0001 0002 0000 0000 00 0001 0001 00 ff00 0001 00000000 0192 00 00")
        func pointer(to target: Int) -> [UInt8] { [0xc0 | UInt8(target >> 8), UInt8(truncatingIfNeeded: target)] }
        bytes += pointer(to: 28)
        for index in 1..<200 { bytes += pointer(to: 30 + 2 * (index - 1)) }
        // The owner of the second record adds one more pointer to those it leads to.
        bytes += pointer(to: 30 + 2 * (index - 1)) + wire("ff00 0001 00000000 0000")
        let message = Result { try DNSMessage(parsing: bytes) }
        #expect((try? message.get().answers.last?.owner) == (isSound ? .root : nil))
        if !isSound { #expect(throws: DNSMessageError.self) { try message.get() } }
    }

    @Test("A TXT string of more than 255 octets is split, and read as one (RFC 1035 §3.3)")
    func longText() throws {
        let table = CairnDNSTable()
        let long = String(repeating: "x", count: 600)
        table["a.test"] = [.txt(long)]
        let answer = try #require(table.respond(to: try question("a.test", .txt), transport: .tcp))
        let record = try #require(try DNSMessage(parsing: answer).answers.first?.record)
        #expect(record.content == .txt([255, 255, 90].map { String(repeating: "x", count: $0) }))
        #expect(record.text == long)
    }

    @Test("An empty TXT record is one empty string (RFC 1035 §3.3.14)")
    func emptyText() throws {
        let table = CairnDNSTable()
        table["a.test"] = [CairnDNSRecord(.txt([]))]
        let answer = try #require(table.respond(to: try question("a.test", .txt), transport: .udp))
        #expect(try DNSMessage(parsing: answer).answers.first?.record.content == .txt([""]))
    }

    @Test("TXT data that are not UTF-8 are kept as they are")
    func binaryText() throws {
        let table = CairnDNSTable()
        table["a.test"] = [.other(.txt, [2, 0xff, 0xfe])]
        let answer = try #require(table.respond(to: try question("a.test", .txt), transport: .udp))
        #expect(try DNSMessage(parsing: answer).answers.first?.record.content == .other(.txt, [2, 0xff, 0xfe]))
    }

    @Test(
        "A datagram holds 512 octets, or what EDNS says if that is more; beyond it TC is set (RFC 2181 §9, RFC 6891 §6.2.5)",
        // Header, question and record take 36 octets, OPT takes 11.
        arguments: [
            (UInt16?.none, 476, false), (nil, 477, true), (100, 465, false), (100, 466, true), (512, 466, true),
            (1232, 1185, false), (1232, 1186, true),
        ])
    func truncation(payloadSize: UInt16?, length: Int, isTruncated: Bool) throws {
        let table = CairnDNSTable()
        let data = [UInt8](repeating: 1, count: length)
        table["a.test"] = [.other(CairnDNSType(rawValue: 65_280), data)]
        let query = try question("a.test", CairnDNSType(rawValue: 65_280), payloadSize: payloadSize)
        let datagram = try #require(table.respond(to: query, transport: .udp))
        let response = try DNSMessage(parsing: datagram)
        #expect(response.isTruncated == isTruncated)
        #expect(response.answers.isEmpty == isTruncated)
        #expect(response.questions.count == 1)
        #expect((response.edns != nil) == (payloadSize != nil))
        #expect(datagram.count <= max(512, Int(payloadSize ?? 0)))
        let stream = try #require(table.respond(to: query, transport: .tcp))
        #expect(
            try DNSMessage(parsing: stream).answers.first?.record.content
                == .other(CairnDNSType(rawValue: 65_280), data))
    }

    @Test(
        "A TXT record of 60,000 octets is truncated in a datagram, and whole in a stream (RFC 1035 §4.2)",
        arguments: [UInt16?.none, 1232, 4096, 65_535])
    func longText(payloadSize: UInt16?) throws {
        let table = CairnDNSTable()
        let text = String(repeating: "x", count: 60_000)
        table["a.test"] = [.txt(text)]
        let query = try question("a.test", .txt, payloadSize: payloadSize)
        let datagram = try DNSMessage(parsing: try #require(table.respond(to: query, transport: .udp)))
        #expect(datagram.isTruncated)
        #expect(datagram.responseCode == .noError)
        #expect(datagram.answers.isEmpty)
        let stream = try DNSMessage(parsing: try #require(table.respond(to: query, transport: .tcp)))
        #expect(stream.answers.first?.record.text == text)
    }

    @Test("No datagram has more than 4096 octets, whatever a client offers", arguments: [0, 1])
    func longestDatagram(excess: Int) throws {
        let table = CairnDNSTable()
        // Header, question, record and OPT take 47 octets.
        table["a.test"] = [.other(CairnDNSType(rawValue: 65_280), [UInt8](repeating: 1, count: 4096 - 47 + excess))]
        let query = try question("a.test", CairnDNSType(rawValue: 65_280), payloadSize: 65_535)
        let datagram = try #require(table.respond(to: query, transport: .udp))
        #expect(try DNSMessage(parsing: datagram).isTruncated == (excess == 1))
        if excess == 0 { #expect(datagram.count == 4096) }
    }

    @Test("A name that is written beyond the reach of pointers is written again (RFC 1035 §4.1.4)")
    func beyondPointers() throws {
        var message = DNSMessage(id: 1)
        let filler = CairnDNSRecord.other(CairnDNSType(rawValue: 65_280), [UInt8](repeating: 1, count: 1000))
        message.answers = (0..<20).map { .init(DNSName("n\($0).a.test"), filler) }
        // These names come after octet 0x4000, to which no pointer of 14 bits leads.
        message.answers += (0..<5).map { _ in .init(DNSName("far.elsewhere.example"), filler) }
        let octets = try message.serialized()
        #expect(octets.count > 0x4000 + 5000)
        #expect(try DNSMessage(parsing: octets) == message)
        let last = DNSName("far.elsewhere.example").labels[1]
        #expect(octets.firstRange(of: last).map { $0.lowerBound >= 0x4000 } == true)
        #expect(octets.ranges(of: last).count == 5)
    }

    @Test("Names on both sides of octet 0x4000 are read as they were written", arguments: 0x3ff0...0x4010)
    func aroundPointerLimit(place: Int) throws {
        var message = DNSMessage(id: 1)
        // The header has 12 octets; root, type, class, time to live and length take 11.
        message.answers = [
            .init(.root, .other(CairnDNSType(rawValue: 65_280), [UInt8](repeating: 1, count: place - 23)))
        ]
        message.answers += (0..<3).map { _ in .init(DNSName("x.y.test"), .txt("z")) }
        #expect(try DNSMessage(parsing: message.serialized()) == message)
    }

    @Test("What no stream can carry is SERVFAIL, and truncated in a datagram")
    func tooLongForAStream() throws {
        let table = CairnDNSTable()
        table["a.test"] = (0..<3).map { .other(.srv, [UInt8](repeating: $0, count: 30_000)) }
        let answer = try #require(table.respond(to: try question("a.test", .srv), transport: .tcp))
        let response = try DNSMessage(parsing: answer)
        #expect(response.responseCode == .serverFailure)
        #expect(response.answers.isEmpty)
        let datagram = try #require(table.respond(to: try question("a.test", .srv), transport: .udp))
        #expect(try DNSMessage(parsing: datagram).isTruncated)
    }
}
