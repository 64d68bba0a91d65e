import CairnModel
import Testing

@testable import CairnDNS

/// Bytes as they are written by hand: pairs of hexadecimal digits, and text between quotation marks.
func wire(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, part) in text.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
        guard index % 2 == 0 else {
            bytes += part.utf8
            continue
        }
        let digits = part.filter { !$0.isWhitespace }
        var rest = digits[...]
        while let byte = UInt8(rest.prefix(2), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        precondition(rest.isEmpty, "no hexadecimal digits: \(rest)")
    }
    return bytes
}

@Suite("Messages written by hand", .timeLimit(.minutes(5)))
struct WireVectorTests {
    private let table: CairnDNSTable

    init() {
        table = CairnDNSTable()
        table["www.example.test"] = [.a("192.0.2.1", timeToLive: .seconds(300))]
        table["alias.example.test"] = [.cname("www.example.test")]
        table["_acme-challenge.example.test"] = [.txt("one"), .txt("two", "2")]
        table["example.test"] = [
            .caa(flags: 128, tag: "issue", value: "ca.test"), .mx(preference: 5, "mail.example.test"),
            .other(CairnDNSType(rawValue: 65_280), [0xde, 0xad]),
        ]
    }

    @Test("A time to live is 0 to 2³¹ − 1 seconds on the wire, whatever it is in the table (RFC 2181 §8)")
    func timeToLive() throws {
        for (duration, seconds) in [
            (Duration(attoseconds: .max), 0x7fff_ffff), (.seconds(Int64.max), 0x7fff_ffff), (.seconds(-1), 0),
            (Duration(attoseconds: .min), 0),
        ] {
            #expect(duration.wireSeconds == seconds)
        }
    }

    @Test("An A question has its answer with a pointer to the question's name (RFC 1035 §4.1.4)")
    func address() {
        let query = wire("1234 0100 0001 0000 0000 0000 03'www'07'example'04'test'00 0001 0001")
        let response = wire(
            """
            1234 8580 0001 0001 0000 0000 03'www'07'example'04'test'00 0001 0001
            c00c 0001 0001 0000012c 0004 c0000201
            """)
        #expect(table.respond(to: query, transport: .udp) == response)
        #expect(table.queries.last?.source == .udp)
    }

    @Test("The case of the question comes back in question and owner (RFC 4343 §4.1)")
    func mixedCase() throws {
        let query = wire("1234 0000 0001 0000 0000 0000 03'wWw'07'eXaMpLe'04'TesT'00 0001 0001")
        let response = wire(
            """
            1234 8480 0001 0001 0000 0000 03'wWw'07'eXaMpLe'04'TesT'00 0001 0001
            c00c 0001 0001 0000012c 0004 c0000201
            """)
        #expect(table.respond(to: query, transport: .tcp) == response)
        #expect(table.queries.last?.source == .tcp)
    }

    @Test("A CNAME stands before what it leads to, its target compressed (RFC 1034 §3.6.2)")
    func alias() {
        let query = wire("0001 0100 0001 0000 0000 0000 05'alias'07'example'04'test'00 0001 0001")
        let response = wire(
            """
            0001 8580 0001 0002 0000 0000 05'alias'07'example'04'test'00 0001 0001
            c00c 0005 0001 00000000 0006 03'www'c012
            c030 0001 0001 0000012c 0004 c0000201
            """)
        #expect(table.respond(to: query, transport: .udp) == response)
    }

    @Test("Two TXT records, one of two character-strings (RFC 1035 §3.3.14)")
    func text() {
        let query = wire("0001 0100 0001 0000 0000 0000 0f'_acme-challenge'07'example'04'test'00 0010 0001")
        let response = wire(
            """
            0001 8580 0001 0002 0000 0000 0f'_acme-challenge'07'example'04'test'00 0010 0001
            c00c 0010 0001 00000000 0004 03'one'
            c00c 0010 0001 00000000 0006 03'two'01'2'
            """)
        #expect(table.respond(to: query, transport: .udp) == response)
    }

    @Test("A CAA record with EDNS in question and answer (RFC 8659 §4.1, RFC 6891 §6.1.1)")
    func authorization() {
        let query = wire(
            """
            0001 0120 0001 0000 0000 0001 07'example'04'test'00 0101 0001
            00 0029 1000 00 00 8000 000c 000a 0008 0102030405060708
            """)
        let response = wire(
            """
            0001 8580 0001 0001 0000 0001 07'example'04'test'00 0101 0001
            c00c 0101 0001 00000000 000e 80 05'issue''ca.test'
            00 0029 04d0 00 00 8000 0000
            """)
        #expect(table.respond(to: query, transport: .udp) == response)
    }

    @Test("A type without a name travels as raw data (RFC 3597 §3)")
    func unknownType() {
        let query = wire("0001 0000 0001 0000 0000 0000 07'example'04'test'00 ff00 0001")
        let response = wire(
            """
            0001 8480 0001 0001 0000 0000 07'example'04'test'00 ff00 0001
            c00c ff00 0001 00000000 0002 dead
            """)
        #expect(table.respond(to: query, transport: .udp) == response)
    }

    @Test("NXDOMAIN has the SOA in the authority section, for no longer than its minimum (RFC 2308 §3)")
    func nameError() {
        table.defaultIPv4 = nil
        table["example.test"] = [
            .soa(
                .init(
                    primary: "ns.example.test", mailbox: "root.example.test", serial: 9, refresh: .seconds(1),
                    retry: .seconds(2), expire: .seconds(3), minimum: .seconds(4)), timeToLive: .seconds(60))
        ]
        let query = wire("0001 0100 0001 0000 0000 0000 02'no'07'example'04'test'00 0001 0001")
        let response = wire(
            """
            0001 8583 0001 0000 0001 0000 02'no'07'example'04'test'00 0001 0001
            c00f 0006 0001 00000004 0020 02'ns'c00f 04'root'c00f 00000009 00000001 00000002 00000003 00000004
            """)
        #expect(table.respond(to: query, transport: .udp) == response)
    }

    @Test("ANY is answered with HINFO (RFC 8482 §4.2), or the CNAME of the name (§4.3)")
    func any() {
        let query = wire("0001 0000 0001 0000 0000 0000 07'example'04'test'00 00ff 0001")
        let response = wire(
            """
            0001 8480 0001 0001 0000 0000 07'example'04'test'00 00ff 0001
            c00c 000d 0001 00000000 0009 07'RFC8482'00
            """)
        #expect(table.respond(to: query, transport: .udp) == response)
        let alias = wire("0001 0000 0001 0000 0000 0000 05'alias'07'example'04'test'00 00ff 0001")
        let aliasResponse = wire(
            """
            0001 8480 0001 0001 0000 0000 05'alias'07'example'04'test'00 00ff 0001
            c00c 0005 0001 00000000 0006 03'www'c012
            """)
        #expect(table.respond(to: alias, transport: .udp) == aliasResponse)
    }

    @Test(
        "What is not answered from the table is refused by its own code",
        arguments: [
            // Opcode STATUS, without looking further.
            ("0001 1100 0001 0000 0000 0000 ff", "0001 9184 0000 0000 0000 0000"),
            // No question; two questions (RFC 9619); a question that ends too soon; octets behind the end.
            ("0001 0100 0000 0000 0000 0000", "0001 8181 0000 0000 0000 0000"),
            ("0001 0100 0002 0000 0000 0000 00 0001 0001 00 0001 0001", "0001 8181 0000 0000 0000 0000"),
            ("0001 0100 0001 0000 0000 0000 03'ww'", "0001 8181 0000 0000 0000 0000"),
            ("0001 0100 0001 0000 0000 0000 00 0001 0001 00", "0001 8181 0000 0000 0000 0000"),
            // Classes CH and ANY.
            (
                "0001 0000 0001 0000 0000 0000 01'a'00 0010 0003",
                "0001 8085 0001 0000 0000 0000 01'a'00 0010 0003"
            ),
            (
                "0001 0000 0001 0000 0000 0000 01'a'00 0001 00ff",
                "0001 8085 0001 0000 0000 0000 01'a'00 0001 00ff"
            ),
            // AXFR, and TKEY.
            (
                "0001 0000 0001 0000 0000 0000 01'a'00 00fc 0001",
                "0001 8085 0001 0000 0000 0000 01'a'00 00fc 0001"
            ),
            (
                "0001 0000 0001 0000 0000 0000 01'a'00 00f9 0001",
                "0001 8084 0001 0000 0000 0000 01'a'00 00f9 0001"
            ),
            // EDNS version 1: BADVERS is 16, its upper bits in the OPT record (RFC 6891 §6.1.3).
            (
                "0001 0000 0001 0000 0000 0001 01'a'00 0001 0001 00 0029 04d0 00 01 0000 0000",
                "0001 8080 0001 0000 0000 0001 01'a'00 0001 0001 00 0029 04d0 01 00 0000 0000"
            ),
            // Two OPT records, and one that is not of the root (RFC 6891 §6.1.1).
            (
                "0001 0000 0001 0000 0000 0002 01'a'00 0001 0001 00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000",
                "0001 8081 0000 0000 0000 0000"
            ),
            (
                "0001 0000 0001 0000 0000 0001 01'a'00 0001 0001 c00c 0029 04d0 00000000 0000",
                "0001 8081 0000 0000 0000 0000"
            ),
        ])
    func refusals(query: String, response: String) {
        #expect(CairnDNSTable().respond(to: wire(query), transport: .udp) == wire(response))
    }

    @Test("Responses and fragments of a header have no answer")
    func unanswerable() {
        #expect(table.respond(to: wire("0001 8100 0001 0000 0000 0000 00 0001 0001"), transport: .udp) == nil)
        #expect(table.respond(to: wire("0001 0100 0001 0000 0000 00"), transport: .tcp) == nil)
        #expect(table.respond(to: [], transport: .udp) == nil)
    }

    @Test(
        "Pointers that lead to themselves, forward or into the header are refused (RFC 1035 §4.1.4)",
        arguments: ["c00c", "c00e 00", "c010 0000", "c000", "01'a'c00c", "c00d", "40", "80", "01'a'c00e"])
    func pointers(name: String) {
        let query = wire("0001 0000 0001 0000 0000 0000") + wire(name) + wire("0001 0001")
        #expect(table.respond(to: query, transport: .udp) == wire("0001 8081 0000 0000 0000 0000"))
    }

    @Test("A scripted code above 15 needs EDNS, and is SERVFAIL without (RFC 6891 §6.1.3)")
    func extendedCode() {
        table.setFailure(CairnDNSResponseCode(rawValue: 23), for: "a")
        let query = wire("0001 0000 0001 0000 0000 0000 01'a'00 0001 0001")
        #expect(
            table.respond(to: query, transport: .udp) == wire("0001 8082 0001 0000 0000 0000 01'a'00 0001 0001"))
        let extended = wire("0001 0000 0001 0000 0000 0001 01'a'00 0001 0001 00 0029 0200 00000000 0000")
        #expect(
            table.respond(to: extended, transport: .udp)
                == wire("0001 8087 0001 0000 0000 0001 01'a'00 0001 0001 00 0029 04d0 01000000 0000"))
    }

    @Test("A record that cannot be written is SERVFAIL")
    func unwritable() {
        table["a"] = [.caa(tag: String(repeating: "t", count: 256), value: "")]
        table["b"] = [.ns("x..y")]
        let caa = wire("0001 0000 0001 0000 0000 0000 01'a'00 0101 0001")
        #expect(table.respond(to: caa, transport: .udp) == wire("0001 8082 0001 0000 0000 0000 01'a'00 0101 0001"))
        let ns = wire("0001 0000 0001 0000 0000 0000 01'b'00 0002 0001")
        #expect(table.respond(to: ns, transport: .udp) == wire("0001 8082 0001 0000 0000 0000 01'b'00 0002 0001"))
    }
}
