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

    @Test("An observer that is taken off is called no more, and the others are")
    func cancelledObservers() {
        let journal = CairnJournal(capacity: 10)
        let (first, second) = (Log(), Log())
        let observation = journal.observe { first.add($0.number) }
        journal.observe { second.add($0.number) }
        journal.record(probe("a.example.test"), at: Self.now)
        observation.cancel()
        observation.cancel()
        journal.record(probe("b.example.test"), at: Self.now)
        #expect(first.numbers == [0])
        #expect(second.numbers == [0, 1])
    }

    @Test("What was sent completes its entry once, in place, and is told to those who want to know")
    func completion() {
        let journal = CairnJournal(capacity: 2)
        let (made, sent) = (Log(), Log())
        journal.observe { made.add($0.number) }
        journal.observe(.sent) { entry in if entry.request?.sent != nil { sent.add(entry.number) } }
        let numbers = (0..<3).map { _ in journal.record(Self.request, at: Self.now) }
        #expect(journal.requests.map { $0.sent == nil } == [true, true])
        for number in [numbers[2], numbers[0], numbers[1], numbers[1]] {
            journal.complete(
                number, CairnDeliveryReport(headAt: Self.now, endedAt: Self.now, bodyBytes: number, ending: .complete))
        }
        journal.complete(
            numbers[1], CairnDeliveryReport(headAt: nil, endedAt: Self.now, bodyBytes: 9, ending: .clientWentAway))
        journal.complete(99, CairnDeliveryReport(headAt: nil, endedAt: Self.now, bodyBytes: 9, ending: .reset))
        #expect(journal.requests.map(\.sent?.bodyBytes) == [1, 2])
        #expect(made.numbers == [0, 1, 2])
        #expect(sent.numbers == [2, 1], "what was forgotten is completed no more")
    }

    private static let request = CairnJournalEvent.request(
        CairnRequestEvent(CairnRequestEvent.Facts(endpoint: .directory, method: "GET", path: "/dir", status: 200)))

    @Test("As a sequence it has what is kept, then what comes, and ends when it is finished")
    func sequence() async {
        let journal = CairnJournal(capacity: 10)
        for name in ["a", "b"] { journal.record(probe("\(name).example.test"), at: Self.now) }
        var numbers: [Int] = []
        for await entry in journal {
            numbers.append(entry.number)
            if entry.number < 5 { journal.record(probe("more.example.test"), at: Self.now) }
            if entry.number == 5 { journal.finish() }
        }
        #expect(numbers == Array(0..<numbers.count) && numbers.count > 5)
        var rest: [Int] = []
        for await entry in journal.entries(after: 4) { rest.append(entry.number) }
        #expect(rest == Array(5..<numbers.count))
    }

    @Test("A reader that is slower than the journal forgets misses what was forgotten, and no memory grows")
    func slow() async {
        let journal = CairnJournal(capacity: 3)
        var entries = journal.makeAsyncIterator()
        for _ in 0..<10 { journal.record(probe("a.example.test"), at: Self.now) }
        #expect(await entries.next()?.number == 7)
        journal.finish()
        #expect(await entries.next()?.number == 8)
        #expect(await entries.next()?.number == 9)
        #expect(await entries.next() == nil)
    }

    @Test("The first entry of a kind is found among those that are there, or waited for, by any number of tasks")
    func first() async {
        let journal = CairnJournal(capacity: 10)
        await withTaskGroup(of: Int?.self) { group in
            for wanted in [3, 3, 5] {
                group.addTask { await journal.first(where: { $0.number >= wanted && $0.request == nil })?.number }
            }
            group.addTask {
                await journal.first { $0.number == -1 }?.number
            }
            // Whoever waits has begun to; none of this is on a clock.
            while journal.waits < 4 { await Task.yield() }
            for _ in 0..<8 { journal.record(probe("a.example.test"), at: Self.now) }
            journal.finish()
            var found: [Int?] = []
            for await number in group { found.append(number) }
            #expect(found.compactMap { $0 }.sorted() == [3, 3, 5])
            #expect(found.count == 4)
        }
        #expect(journal.waits == 0)
    }

    @Test("A wait ends when its task is cancelled, before or while it waits")
    func cancelled() async {
        let journal = CairnJournal(capacity: 10)
        let task = Task { await journal.first { _ in false } == nil }
        while journal.waits == 0 { await Task.yield() }
        task.cancel()
        #expect(await task.value)
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            for await _ in journal { return false }
            return true
        }
        #expect(await early.value)
        #expect(journal.waits == 0)
    }

    @Test("Completion is looked at by whoever waits")
    func waitsForCompletion() async {
        let journal = CairnJournal(capacity: 10)
        let number = journal.record(Self.request, at: Self.now)
        let task = Task { await journal.first { $0.request?.sent?.ending == .cut }?.number }
        while journal.waits == 0 { await Task.yield() }
        journal.complete(number, CairnDeliveryReport(headAt: nil, endedAt: Self.now, bodyBytes: 0, ending: .cut))
        #expect(await task.value == number)
        journal.finish()
        var delivered: [Int] = []
        for await entry in journal.deliveries { delivered.append(entry.number) }
        #expect(delivered == [number])
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
