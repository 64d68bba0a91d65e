import CairnModel
import Testing

@testable import CairnDNS

@Suite("The records of a name", .timeLimit(.minutes(5)))
struct RecordSetTests {
    private func record(_ number: Int) -> CairnDNSRecord { .txt("\(number)") }

    @Test(
        "Records keep the order in which they came, however many there are and whichever go",
        arguments: [3, 16, 17, 200])
    func order(count: Int) {
        var set = RecordSet()
        var expected: [CairnDNSRecord] = []
        for number in 0..<count {
            set.add(record(number))
            expected.append(record(number))
        }
        #expect(set.records == expected)
        for number in 0..<count where number % 3 != 0 {
            set.remove(record(number).content)
            expected.removeAll { $0 == record(number) }
            #expect(set.records == expected)
        }
        set.remove(record(-1).content)
        set.add(record(0))
        expected = Array(expected.dropFirst()) + [record(0)]
        #expect(set.records == expected)
        set.removeAll { $0.type == .txt }
        #expect(set.isEmpty)
        #expect(set.records.isEmpty)
    }

    @Test("A record that comes again with another time to live takes its place (RFC 2181 §5)", arguments: [1, 40])
    func replaced(count: Int) {
        var set = RecordSet((0..<count).map(record))
        set.add(.txt("0", timeToLive: .seconds(60)))
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
