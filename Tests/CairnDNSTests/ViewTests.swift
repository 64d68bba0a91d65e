import CairnModel
import Testing

@testable import CairnDNS

@Suite("Views of perspectives", .timeLimit(.minutes(5)))
struct ViewTests {
    private let table = CairnDNSTable()
    private var europe: CairnDNSView { table.view("eu") }

    private func addresses(_ name: String, from perspective: String? = nil) -> [CairnIPAddress] {
        table.lookup(name, .a, from: perspective).addresses
    }

    @Test("Records of a view are seen from its perspective alone")
    func records() {
        table["www.example.test"] = [.a("192.0.2.1")]
        europe["WWW.example.test."] = [.a("192.0.2.2")]
        #expect(addresses("www.example.test") == ["192.0.2.1"])
        #expect(addresses("www.example.test", from: "asia") == ["192.0.2.1"])
        #expect(addresses("www.example.test", from: "eu") == ["192.0.2.2"])
        #expect(europe["www.example.test"] == [.a("192.0.2.2")])
        #expect(table["www.example.test"] == [.a("192.0.2.1")])
        #expect(table.names == ["www.example.test"])
        europe["www.example.test"] = nil
        #expect(addresses("www.example.test", from: "eu") == ["192.0.2.1"])
    }

    @Test("It falls back to the table name by name, along CNAME records too")
    func fallback() {
        table["a.test"] = [.cname("b.test")]
        table["b.test"] = [.a("192.0.2.1")]
        europe["b.test"] = [.a("192.0.2.2")]
        europe["c.test"] = [.cname("a.test")]
        #expect(addresses("a.test") == ["192.0.2.1"])
        #expect(addresses("a.test", from: "eu") == ["192.0.2.2"])
        #expect(addresses("c.test", from: "eu") == ["192.0.2.2"])
        #expect(addresses("c.test") == ["127.0.0.1"])
        // The name is answered from the view alone: its other records in the table are not seen.
        table["b.test"] = [.a("192.0.2.1"), .txt("x")]
        #expect(table.lookup("b.test", .txt, from: "eu").outcome == .noData)
    }

    @Test("No records in a view are a name without records, whatever the table has")
    func hidden() {
        table.defaultIPv4 = nil
        table["www.example.test"] = [.txt("x")]
        europe["www.example.test"] = []
        europe["deep.other.test"] = [.txt("y")]
        #expect(europe["www.example.test"] == [])
        #expect(table.lookup("www.example.test", .txt, from: "eu").outcome == .noData)
        #expect(table.lookup("www.example.test", .txt).outcome == .found)
        #expect(table.lookup("other.test", .txt, from: "eu").outcome == .noData)
        #expect(table.lookup("other.test", .txt).outcome == .nameError)
    }

    @Test("Wildcards of table and view cover the names that neither has (RFC 4592 §3.3.1)")
    func wildcards() {
        table["*.test"] = [.a("192.0.2.1")]
        #expect(addresses("x.test", from: "eu") == ["192.0.2.1"])
        europe["*.test"] = [.a("192.0.2.2")]
        #expect(addresses("x.test", from: "eu") == ["192.0.2.2"])
        table["x.test"] = [.a("192.0.2.3")]
        #expect(addresses("x.test", from: "eu") == ["192.0.2.3"])
        #expect(addresses("y.test") == ["192.0.2.1"])
    }

    @Test("A failure of a view beats table and view; records of a view beat a failure of the table")
    func failures() {
        table.setFailure(.refused, for: "a.test")
        #expect(table.lookup("a.test", .a, from: "eu").outcome == .failed(.refused))
        europe["a.test"] = [.a("192.0.2.2")]
        #expect(addresses("a.test", from: "eu") == ["192.0.2.2"])
        europe.setFailure(.serverFailure, for: "a.test", type: .a)
        #expect(table.lookup("a.test", .a, from: "eu").outcome == .failed(.serverFailure))
        #expect(table.lookup("a.test", .a).outcome == .failed(.refused))
        #expect(table.lookup("a.test", .txt, from: "eu").outcome == .noData)
        europe.clearFailure(for: "a.test", type: .a)
        #expect(addresses("a.test", from: "eu") == ["192.0.2.2"])
    }

    @Test("The default addresses are the table's until a view sets its own, none included")
    func defaults() {
        table.defaultIPv4 = "192.0.2.9"
        #expect(europe.defaultIPv4 == "192.0.2.9")
        europe.defaultIPv4 = nil
        europe.defaultIPv6 = "2001:db8::1"
        #expect(europe.defaultIPv4 == nil)
        #expect(addresses("x.test", from: "eu") == [])
        #expect(table.lookup("x.test", .aaaa, from: "eu").addresses == ["2001:db8::1"])
        #expect(addresses("x.test") == ["192.0.2.9"])
        #expect(table.lookup("x.test", .aaaa).outcome == .noData)
        europe.reset()
        #expect(europe.defaultIPv4 == "192.0.2.9")
        #expect(europe.defaultIPv6 == nil)
    }

    @Test("Records are added in a view beside its own, and the table's are seen again when they are gone")
    func additions() {
        table["a.test"] = [.txt("table")]
        europe.add(.txt("one"), to: "a.test")
        europe.add(.caa(tag: "issue", value: ";"), to: "a.test")
        europe.add(.txt("one"), to: "A.test")
        #expect(europe["a.test"] == [.caa(tag: "issue", value: ";"), .txt("one")])
        europe.removeAll(at: "a.test", type: .caa)
        #expect(table.lookup("a.test", .txt, from: "eu").records == [.txt("one")])
        europe.removeAll(at: "a.test", type: .txt)
        #expect(table.lookup("a.test", .txt, from: "eu").records == [.txt("table")])
        europe["a.test"] = []
        europe.removeAll(at: "a.test")
        #expect(europe["a.test"] == nil)
    }

    @Test("The history says from which perspective a question came")
    func history() {
        _ = table.lookup("a.test", .a)
        _ = table.lookup("a.test", .caa, from: "eu")
        #expect(table.queries.map(\.perspective) == [nil, "eu"])
        #expect(table.queries.last?.description == "#2 validation from eu a.test CAA: NODATA")
    }

    @Test("Resetting the table forgets its views")
    func reset() {
        europe["a.test"] = [.a("192.0.2.2")]
        table.reset()
        #expect(addresses("a.test", from: "eu") == ["127.0.0.1"])
    }
}

@Suite("The records of a name", .timeLimit(.minutes(5)))
struct RecordSetTests {
    private static let now = CairnInstant(secondsSinceEpoch: 1_000)
    private func record(_ number: Int) -> CairnDNSRecord { .txt("\(number)") }

    @Test(
        "Records keep the order in which they came, however many there are and whichever go",
        arguments: [3, 16, 17, 200])
    func order(count: Int) {
        var set = RecordSet()
        var expected: [CairnDNSRecord] = []
        for number in 0..<count {
            set.add(record(number), at: Self.now)
            expected.append(record(number))
        }
        #expect(set.records == expected)
        for number in 0..<count where number % 3 != 0 {
            set.remove(record(number).content)
            expected.removeAll { $0 == record(number) }
            #expect(set.records == expected)
        }
        set.remove(record(-1).content)
        set.add(record(0), at: Self.now)
        expected = Array(expected.dropFirst()) + [record(0)]
        #expect(set.records == expected)
        set.removeAll { $0.type == .txt }
        #expect(set.isEmpty)
        #expect(set.records.isEmpty)
    }

    @Test("A record that comes again with another time to live takes its place (RFC 2181 §5)", arguments: [1, 40])
    func replaced(count: Int) {
        var set = RecordSet((0..<count).map(record), writtenAt: Self.now)
        set.add(.txt("0", timeToLive: .seconds(60)), at: Self.now)
        #expect(set.records.count == count)
        #expect(set.records.last?.timeToLive == .seconds(60))
    }

    @Test("Data that differ in their octets differ, whatever Unicode holds equivalent")
    func octets() {
        let table = CairnDNSTable()
        for text in ["\u{e9}", "e\u{301}", "\u{e9}"] {
            table.add(.txt(text), to: "a.test")
            table.add(.caa(tag: "issue", value: text), to: "a.test")
            table.add(.caa(tag: text, value: "x"), to: "a.test")
        }
        #expect(table["a.test"].count == 6)
    }

    @Test("50,000 addresses are added one by one, put again and removed")
    func many() {
        let table = CairnDNSTable()
        let records = (0..<50_000).map { CairnDNSRecord.address(.v4(0x7f00_0000 | UInt32($0))) }
        for record in records { table.add(record, to: "a.test") }
        table.add(records, to: "a.test")
        #expect(table["a.test"] == records)
        for record in records.dropLast() { table.remove(record, from: "a.test") }
        #expect(table["a.test"] == records.suffix(1))
    }

    @Test("A name of 50,000 labels can be set, and answers FORMERR (RFC 1035 §2.3.4)")
    func manyLabels() {
        let table = CairnDNSTable()
        let name = String(repeating: "a.", count: 50_000) + "test"
        table[name] = [.a("127.0.0.1")]
        #expect(table[name] == [.a("127.0.0.1")])
        #expect(table.lookup(name, .a).responseCode == .formatError)
        table[name] = []
        #expect(table.names.isEmpty)
    }
}
