import CairnEngine
import CairnModel
import Synchronization
import Testing

@Suite("Journal", .timeLimit(.minutes(5)))
struct JournalTests {
    private static let now = CairnInstant(secondsSinceEpoch: 1_800_000_000)

    private func probe(_ name: String) -> CairnJournalEvent {
        .probe(CairnProbeEvent(challenge: .http01, identifier: .dns(name), problem: nil, steps: [Self.step(name)]))
    }

    private static func step(_ name: String) -> CairnProbeEvent.Step {
        var step = CairnProbeEvent.Step(host: name, port: 5002)
        (step.addressesResolved, step.addressUsed) = ([.loopbackV4], .loopbackV4)
        return step
    }

    @Test("Entries are numbered in the order in which they came")
    func numbers() {
        let journal = CairnJournal(capacity: 10)
        for number in 0..<4 { journal.record(probe("n\(number).example.test"), at: Self.now + .seconds(number)) }
        #expect(journal.entries.map(\.number) == [0, 1, 2, 3])
        #expect(journal.entries.map(\.at) == (0..<4).map { Self.now + .seconds($0) })
        #expect(journal.probes.map(\.identifier.value) == (0..<4).map { "n\($0).example.test" })
        #expect(journal.probes.first?.steps == [Self.step("n0.example.test")])
        #expect(journal.requests.isEmpty)
    }

    @Test("Only so many are kept, the newest, and a gap shows it", arguments: [0, -1, 1, 3, 10])
    func capacity(_ capacity: Int) {
        let journal = CairnJournal(capacity: capacity)
        for number in 0..<7 { journal.record(probe("n\(number).example.test"), at: Self.now) }
        #expect(journal.entries.map(\.number) == Array((0..<7).suffix(max(0, capacity))))
    }

    @Test("Clearing forgets entries, not numbers")
    func clear() {
        let journal = CairnJournal(capacity: 10)
        journal.record(probe("a.example.test"), at: Self.now)
        journal.clear()
        #expect(journal.entries.isEmpty)
        journal.record(probe("b.example.test"), at: Self.now)
        #expect(journal.entries.map(\.number) == [1])
    }

    @Test("Every observer is told of every later entry, once and in order, even of those that are not kept")
    func observers() {
        let journal = CairnJournal(capacity: 0)
        let (first, second) = (Log(), Log())
        journal.record(probe("before.example.test"), at: Self.now)
        journal.observe { first.add($0.number) }
        journal.record(probe("a.example.test"), at: Self.now)
        journal.observe { second.add($0.number) }
        journal.record(probe("b.example.test"), at: Self.now)
        #expect(first.numbers == [1, 2])
        #expect(second.numbers == [2])
        #expect(journal.entries.isEmpty)
    }

    @Test("An observer may write to the journal itself")
    func reentrant() {
        let journal = CairnJournal(capacity: 10)
        journal.observe { [probe] entry in
            if entry.number == 0 { journal.record(probe("echo.example.test"), at: entry.at) }
        }
        journal.record(probe("a.example.test"), at: Self.now)
        #expect(journal.probes.map(\.identifier.value) == ["a.example.test", "echo.example.test"])
    }
}

private final class Log: Sendable {
    private let storage = Mutex<[Int]>([])

    var numbers: [Int] { storage.withLock { $0 } }

    func add(_ number: Int) { storage.withLock { $0.append(number) } }
}
