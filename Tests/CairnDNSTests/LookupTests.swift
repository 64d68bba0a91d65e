import CairnModel
import Testing

@testable import CairnDNS

private func table(_ records: [String: [CairnDNSRecord]] = [:], ipv4: CairnIPAddress? = nil) -> CairnDNSTable {
    let table = CairnDNSTable()
    table.defaultIPv4 = ipv4
    for (name, set) in records { table[name] = set }
    return table
}

@Suite("Names and records", .timeLimit(.minutes(5)))
struct RecordTests {
    @Test("A name is found in any case, with or without its final dot (RFC 4343)")
    func caseAndFinalDot() {
        let table = table(["WWW.Example.test.": [.a("192.0.2.1")]])
        #expect(table["www.example.TEST"] == [.a("192.0.2.1")])
        #expect(table.lookup("wWw.eXample.test", .a).records == [.a("192.0.2.1")])
        #expect(table.names == ["www.example.test"])
    }

    @Test("Setting an empty list removes the name")
    func settingNothing() {
        let table = table(["a.test": [.txt("x")]])
        table["A.test"] = []
        #expect(table.names.isEmpty)
        #expect(table.lookup("a.test", .txt).outcome == .nameError)
        #expect(table.lookup("test", .txt).outcome == .nameError)
    }

    @Test("TXT values of a wildcard and its apex can stand side by side, or one can replace the other")
    func addVersusReplace() {
        let name = "_acme-challenge.example.test"
        let table = table([name: [.caa(tag: "issue", value: ";")]])
        table.add(.txt("first"), to: name)
        table.add(.txt("second"), to: name)
        table.add(.txt("first", timeToLive: .seconds(60)), to: name)
        #expect(table.lookup(name, .txt).records.map(\.text) == ["second", "first"])
        table.replace(with: .txt("third"), at: name)
        #expect(table.lookup(name, .txt).records.map(\.text) == ["third"])
        #expect(table.lookup(name, .caa).outcome == .found)
        table.remove(.txt("third", timeToLive: .seconds(5)), from: name)
        #expect(table.lookup(name, .txt).outcome == .noData)
        table.removeAll(at: name, type: .caa)
        #expect(table.names.isEmpty)
    }

    @Test("Reset forgets records, failures and default addresses and keeps the history")
    func reset() {
        let table = table(["a.test": [.a("192.0.2.1")]], ipv4: "192.0.2.9")
        table.setFailure(.refused, for: "b.test")
        _ = table.lookup("b.test", .a)
        table.reset()
        #expect(table.names.isEmpty)
        #expect(table.lookup("a.test", .a).addresses == ["127.0.0.1"])
        #expect(table.lookup("b.test", .a).addresses == ["127.0.0.1"])
        #expect(table.queries.count == 3)
    }

    @Test(
        "The text of a type is its mnemonic or TYPE and its number (RFC 3597 §5)",
        arguments: [(CairnDNSType.txt, "TXT"), (.caa, "CAA"), (CairnDNSType(rawValue: 65_280), "TYPE65280")])
    func typeText(type: CairnDNSType, text: String) {
        #expect(type.description == text)
        #expect(CairnDNSType(text.lowercased()) == type)
        #expect(CairnDNSType("TYPE\(type.rawValue)") == type)
        #expect(CairnDNSType("\(text)x") == nil)
    }

    @Test("Escapes in names stand for octets (RFC 1035 §5.1)")
    func escapes() {
        #expect(DNSName("a\\.b.\\065\\\\.").labels == [Array("a.b".utf8), Array("A\\".utf8)])
        #expect(DNSName("a\\.b.\\000").description == "a\\.b.\\000")
        #expect(DNSName("").labels.isEmpty)
        #expect(DNSName(".").description == ".")
        #expect(DNSName("a\\999").labels == [Array("a999".utf8)])
    }

    @Test(
        "A name that no message can carry is FORMERR with the limit it breaks (RFC 1035 §2.3.4)",
        arguments: [
            ("a..test", "empty"), (".test", "empty"), (String(repeating: "a", count: 64) + ".test", "one of 64"),
            (String(repeating: "abcdefg.", count: 32), "got 257"),
        ])
    func unsoundNames(name: String, reason: String) {
        let answer = table([name: [.txt("x")]], ipv4: .loopbackV4).lookup(name, .txt)
        #expect(answer.outcome == .failed(.formatError))
        #expect(answer.description.contains(reason))
    }

    @Test("A name of 255 octets is sound")
    func longestName() {
        let name = String(repeating: "abcdefg.", count: 31) + "abcde"
        #expect(DNSName(name).flaw == nil)
        #expect(DNSName(name + "f").flaw != nil)
    }
}

@Suite("Wildcards", .timeLimit(.minutes(5)))
struct WildcardTests {
    // The zone of RFC 4592 §2.2.1.
    private let zone = table([
        "example": [.soa(), .ns("ns.example.com"), .ns("ns.example.net")],
        "*.example": [.txt("this is a wildcard"), .mx("host1.example")],
        "sub.*.example": [.txt("this is not a wildcard")],
        "host1.example": [.a("192.0.2.1")],
        "_ssh._tcp.host1.example": [.other(CairnDNSType(rawValue: 33), [0, 0])],
        "_ssh._tcp.host2.example": [.other(CairnDNSType(rawValue: 33), [0, 0])],
        "subdel.example": [.ns("ns.example.com")],
    ])

    @Test(
        "The questions of RFC 4592 §2.2.1 have the answers given there",
        arguments: [
            ("host3.example", CairnDNSType.mx, CairnDNSOutcome.found), ("host3.example", .a, .noData),
            ("foo.bar.example", .txt, .found), ("host1.example", .mx, .noData), ("sub.*.example", .mx, .noData),
            ("_telnet._tcp.host1.example", CairnDNSType(rawValue: 33), .nameError), ("host2.example", .mx, .noData),
            ("ghost.*.example", .mx, .nameError),
        ])
    func exampleZone(name: String, type: CairnDNSType, outcome: CairnDNSOutcome) {
        #expect(zone.lookup(name, type).outcome == outcome)
    }

    @Test("An existing name blocks the wildcard also when default addresses are set (RFC 4592 §2.2.1)")
    func blockedByText() {
        let table = table(["*.test": [.a("192.0.2.1")], "a.test": [.txt("x")]], ipv4: .loopbackV4)
        #expect(table.lookup("b.test", .a).addresses == ["192.0.2.1"])
        #expect(table.lookup("deep.b.test", .a).addresses == ["192.0.2.1"])
        #expect(table.lookup("a.test", .a).addresses == ["127.0.0.1"])
        #expect(table.lookup("below.a.test", .a).addresses == ["127.0.0.1"])
    }

    @Test("An empty non-terminal blocks the wildcard (RFC 4592 §2.2.2)")
    func blockedByEmptyNonTerminal() {
        let table = table(["*.test": [.txt("wild")], "_acme-challenge.www.test": [.txt("x")]])
        #expect(table.lookup("www.test", .txt).outcome == .noData)
        table.removeAll(at: "_acme-challenge.www.test")
        #expect(table.lookup("www.test", .txt).records == [.txt("wild")])
    }

    @Test("A CNAME of a wildcard is followed, with the name of the question as its owner (RFC 4592 §3.3.3)")
    func wildcardAlias() {
        let table = table(["*.test": [.cname("host.example")], "host.example": [.a("192.0.2.1")]])
        let answer = table.lookup("Any.test", .a)
        #expect(answer.chain == [OwnedRecord(DNSName("Any.test"), .cname("host.example"))])
        #expect(answer.addresses == ["192.0.2.1"])
    }
}

@Suite("CNAME chains", .timeLimit(.minutes(5)))
struct ChainTests {
    @Test("A chain is followed and told in order (RFC 1034 §3.6.2)")
    func chain() {
        let table = table([
            "a.test": [.cname("b.test"), .txt("ignored")], "b.test": [.cname("C.test.")], "c.test": [.txt("end")],
        ])
        let answer = table.lookup("a.test", .txt)
        #expect(answer.records == [.txt("end")])
        #expect(answer.chain.map(\.owner.description) == ["a.test", "b.test"])
        #expect(answer.canonicalName.description == "C.test")
        #expect(table.lookup("a.test", .cname).records == [.cname("b.test")])
    }

    @Test("The outcome is that of the end of the chain (RFC 6604 §3)")
    func endOfChain() {
        let table = table(["a.test": [.cname("gone.example")], "b.test": [.cname("c.test")], "c.test": [.txt("x")]])
        let gone = table.lookup("a.test", .a)
        #expect(gone.outcome == .nameError)
        #expect(gone.chain.count == 1)
        #expect(gone.description == "NXDOMAIN looking up A for a.test (CNAME -> gone.example)")
        #expect(table.lookup("b.test", .a).outcome == .noData)
    }

    @Test("A circle is SERVFAIL")
    func circle() {
        let table = table(["a.test": [.cname("b.test")], "b.test": [.cname("A.TEST")], "c.test": [.cname("c.test")]])
        let answer = table.lookup("a.test", .a)
        #expect(answer.outcome == .failed(.serverFailure))
        #expect(answer.description.contains("circle"))
        #expect(table.lookup("c.test", .a).outcome == .failed(.serverFailure))
    }

    @Test("Sixteen CNAME records in a row are followed, seventeen are SERVFAIL")
    func length() {
        let table = table(["17.test": [.a("192.0.2.1")]])
        for number in 0..<17 { table["\(number).test"] = [.cname("\(number + 1).test")] }
        #expect(table.lookup("1.test", .a).addresses == ["192.0.2.1"])
        #expect(table.lookup("0.test", .a).outcome == .failed(.serverFailure))
    }

    @Test("A target that is no name is SERVFAIL")
    func unsoundTarget() {
        #expect(table(["a.test": [.cname("b..test")]]).lookup("a.test", .a).outcome == .failed(.serverFailure))
    }
}

@Suite("Negative answers", .timeLimit(.minutes(5)))
struct NegativeTests {
    @Test("An unknown name is NXDOMAIN, with the SOA of the zone (RFC 2308 §2.1)")
    func unknownName() {
        let soa = CairnDNSRecord.soa(.init(serial: 7))
        let table = table(["example.test": [soa]])
        let answer = table.lookup("a.b.example.test", .a)
        #expect(answer.outcome == .nameError)
        #expect(answer.authority == OwnedRecord(DNSName("example.test"), soa))
        #expect(table.lookup("nowhere", .a).authority?.owner == .root)
    }

    @Test("A known name without the type is NODATA (RFC 2308 §2.2)")
    func knownName() {
        let answer = table(["a.example.test": [.a("192.0.2.1")]]).lookup("a.example.test", .aaaa)
        #expect(answer.outcome == .noData)
        #expect(answer.authority == OwnedRecord(DNSName("example.test"), .soa()))
        #expect(answer.description == "no AAAA record looking up AAAA for a.example.test")
    }

    @Test("A name that only has names below it is NODATA (RFC 8020 §2)")
    func emptyNonTerminal() {
        let table = table(["a.b.example.test": [.txt("x")], "c.b.example.test": [.txt("y")]])
        for name in ["b.example.test", "example.test", "test", "."] {
            #expect(table.lookup(name, .txt).outcome == .noData, "\(name)")
        }
        table.removeAll(at: "a.b.example.test")
        #expect(table.lookup("b.example.test", .txt).outcome == .noData)
        table["c.b.example.test"] = []
        #expect(table.lookup("b.example.test", .txt).outcome == .nameError)
    }

    @Test("A name below one with records is NXDOMAIN without a wildcard")
    func belowRecords() {
        #expect(table(["a.test": [.txt("x")]]).lookup("b.a.test", .txt).outcome == .nameError)
    }

    @Test("The last two labels answer for their zone, and so does a name with a SOA of its own")
    func zones() {
        let table = table(["deep.zone.test": [.soa(.init(serial: 9))]], ipv4: .loopbackV4)
        #expect(table.lookup("example.test", .soa).records == [.soa()])
        #expect(table.lookup("www.example.test", .soa).outcome == .noData)
        #expect(table.lookup("x.deep.zone.test", .txt).authority?.owner.description == "deep.zone.test")
        #expect(table.lookup("zone.test", .soa).records == [.soa()])
    }
}

@Suite("Default addresses", .timeLimit(.minutes(5)))
struct DefaultAddressTests {
    @Test("Any name has the default addresses and no other record")
    func anyName() {
        let table = CairnDNSTable()
        #expect(table.lookup("anything.at.all", .a).addresses == ["127.0.0.1"])
        #expect(table.lookup("anything.at.all", .aaaa).outcome == .noData)
        #expect(table.lookup("anything.at.all", .txt).outcome == .noData)
        table.defaultIPv6 = .loopbackV6
        #expect(table.lookup("anything.at.all", .aaaa).addresses == ["::1"])
        table.defaultIPv4 = nil
        #expect(table.lookup("anything.at.all", .a).outcome == .noData)
    }

    @Test("Records of another type leave the default addresses in force")
    func otherTypes() {
        let table = table(["a.test": [.txt("x")], "*.wild.test": [.txt("y")]], ipv4: "192.0.2.9")
        for name in ["a.test", "test", "b.wild.test"] {
            #expect(table.lookup(name, .a).addresses == ["192.0.2.9"], "\(name)")
        }
    }

    @Test(
        "An address or a CNAME of its own takes both default addresses away",
        arguments: [CairnDNSRecord.aaaa("2001:db8::1"), .cname("nowhere.example"), .other(.a, [1])])
    func overridden(record: CairnDNSRecord) {
        let table = table(["a.test": [record], "nowhere.example": [.cname("a..b")]], ipv4: .loopbackV4)
        #expect(table.lookup("a.test", .a).addresses.isEmpty)
    }

    @Test("Names below arpa and the root have no default address but exist")
    func reverseNames() {
        let table = CairnDNSTable()
        for name in ["1.0.0.127.in-addr.arpa", CairnIPAddress.loopbackV6.reverseName, "."] {
            #expect(table.lookup(name, .ptr).outcome == .noData, "\(name)")
            #expect(table.lookup(name, .a).outcome == .noData, "\(name)")
        }
        table["1.0.0.127.in-addr.arpa"] = [.ptr("localhost")]
        #expect(table.lookup("1.0.0.127.in-addr.arpa", .ptr).records == [.ptr("localhost")])
    }

    @Test("A CNAME leads to a default address")
    func behindAlias() {
        #expect(
            table(["a.test": [.cname("b.test")]], ipv4: .loopbackV4).lookup("a.test", .a).addresses == ["127.0.0.1"])
    }
}

@Suite("Scripted failures", .timeLimit(.minutes(5)))
struct FailureTests {
    @Test("A failure strikes a name for one type or for all, and is taken back")
    func nameAndType() {
        let table = CairnDNSTable()
        table.setFailure(.serverFailure, for: "a.test", type: .caa)
        #expect(table.lookup("A.test.", .caa).outcome == .failed(.serverFailure))
        #expect(table.lookup("a.test", .a).outcome == .found)
        table.setFailure(.refused, for: "a.test")
        #expect(table.lookup("a.test", .caa).outcome == .failed(.serverFailure))
        #expect(table.lookup("a.test", .a).outcome == .failed(.refused))
        #expect(table.lookup("b.a.test", .a).outcome == .found)
        table.clearFailure(for: "a.test", type: .caa)
        #expect(table.lookup("a.test", .caa).outcome == .failed(.refused))
        table.clearFailure(for: "a.test")
        #expect(table.lookup("a.test", .a).outcome == .found)
    }

    @Test("A failure strikes at the end of a CNAME chain")
    func behindAlias() {
        let table = table(["a.test": [.cname("b.test")]])
        table.setFailure(.serverFailure, for: "b.test")
        let answer = table.lookup("a.test", .txt)
        #expect(answer.description == "SERVFAIL looking up TXT for a.test (CNAME -> b.test)")
    }

    @Test("NXDOMAIN makes a name nonexistent though it has records and default addresses")
    func nameError() {
        let table = table(["a.example.test": [.a("192.0.2.1")]], ipv4: .loopbackV4)
        table.setFailure(.nameError, for: "a.example.test")
        let answer = table.lookup("a.example.test", .a)
        #expect(answer.outcome == .nameError)
        #expect(answer.authority?.owner.description == "example.test")
        table.setFailure(.noError, for: "a.example.test")
        #expect(table.lookup("a.example.test", .a).outcome == .noData)
    }

    @Test("A failure below an asterisk strikes every name there that has none of its own")
    func wholeSubtree() {
        let table = CairnDNSTable()
        table.setFailure(.nameError, for: "*.test")
        table.setFailure(.refused, for: "b.test")
        #expect(table.lookup("x.y.test", .a).outcome == .nameError)
        #expect(table.lookup("b.test", .a).outcome == .failed(.refused))
        #expect(table.lookup("test", .a).outcome == .found)
    }
}

@Suite("History", .timeLimit(.minutes(5)))
struct HistoryTests {
    @Test("Every question is kept with where it came from and what came of it")
    func entries() {
        let table = table(["a.test": [.a("192.0.2.1")]])
        _ = table.lookup("A.test", .a)
        _ = table.lookup("b.test", .caa)
        #expect(
            table.queries == [
                CairnDNSQuery(
                    number: 1, at: CairnInstant(secondsSinceEpoch: 0), name: "A.test", type: .a, source: .validation,
                    outcome: .found,
                    records: [.a("192.0.2.1")]),
                CairnDNSQuery(
                    number: 2, at: CairnInstant(secondsSinceEpoch: 0), name: "b.test", type: .caa, source: .validation,
                    outcome: .nameError, records: []),
            ])
        #expect(table.queries(for: "a.TEST.").map(\.number) == [1])
    }

    @Test("The oldest are dropped beyond the limit, and the numbers go on after clearing")
    func limit() {
        let table = CairnDNSTable(queryLimit: 3)
        for number in 1...5 { _ = table.lookup("\(number).test", .a) }
        #expect(table.queries.map(\.number) == [3, 4, 5])
        table.clearQueries()
        _ = table.lookup("6.test", .a)
        #expect(table.queries.map(\.number) == [6])
        let forgetful = CairnDNSTable(queryLimit: 0)
        _ = forgetful.lookup("a.test", .a)
        #expect(forgetful.queries.isEmpty)
    }
}
