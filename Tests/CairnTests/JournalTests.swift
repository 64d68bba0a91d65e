import Cairn
import CairnReferenceClient
import CairnTesting
import Synchronization
import Testing

@Suite("The journal of a CA", .timeLimit(.minutes(5)))
struct JournalTests {
    @Test("It tells requests with signer, payload and refusal")
    func requests() async throws {
        try await withTestCA { ca in
            try await ca.issue("www.example.test")
            #expect(
                ca.journal.requests.map(\.endpoint) == [
                    .directory, .newNonce, .newAccount, .newOrder, .authorization, .authorization, .challenge,
                    .authorization, .finalize, .order, .certificate,
                ])
            let order = try #require(ca.journal.requests(to: .newOrder).first)
            #expect(order.method == "POST")
            #expect(order.status == 201)
            #expect(order.payload?["identifiers"]?.array?.first?["value"] == "www.example.test")
            let account = try #require(order.account)
            #expect(ca.journal.requests(to: .finalize).map(\.account) == [account])
            #expect(ca.journal.requests.allSatisfy { $0.problem == nil })
            let entries = ca.journal.entries
            #expect(entries.map(\.number) == Array(0..<entries.count))
        }
    }

    @Test("It tells refusals with their problem, and paths that lead nowhere")
    func refusals() throws {
        let ca = try TestCA.inMemory()
        let client = try ca.client()
        _ = try client.send("GET", "https://localhost/nowhere")
        try client.register([:])
        #expect(ca.journal.requests.map(\.endpoint) == [nil, .directory, .newNonce, .newAccount])
        #expect(ca.journal.requests.first?.status == 404)
        #expect(ca.journal.requests.last?.problem?.type == .userActionRequired)
    }

    @Test("It tells what validations looked at")
    func probes() throws {
        let ca = try TestCA.inMemory()
        ca.dns["www.example.test"] = [.a("127.0.0.7")]
        ca.responder.onProbe { probe in
            guard probe.path?.hasPrefix("/.well-known/") == true else { return nil }
            return .response(status: 302, location: "http://other.example.test/elsewhere")
        }
        ca.responder.onProbe { $0.host == "other.example.test" ? .response(status: 403, body: Array("no".utf8)) : nil }
        let client = try ca.client()
        #expect(throws: ReferenceClient.Violation.self) {
            try client.obtain(["www.example.test"], by: "http-01") { _ in }
        }
        let probe = try #require(ca.journal.probes.first)
        #expect(probe.challenge == .http01)
        #expect(probe.identifier.value == "www.example.test")
        #expect(probe.problem?.type == .unauthorized)
        #expect(probe.steps.map(\.host) == ["www.example.test", "other.example.test"])
        #expect(probe.steps.map(\.addressUsed) == [CairnIPAddress("127.0.0.7"), .loopbackV4])
        #expect(probe.steps.map(\.port) == [5002, 5002])
        #expect(probe.steps.map(\.status) == [302, 403])
        #expect(probe.steps.last?.url == "http://other.example.test/elsewhere")
    }

    @Test("It tells every status of every object (RFC 8555 §7.1.6)")
    func statuses() throws {
        let ca = try TestCA.inMemory()
        ca.validation.standard = .approve
        _ = try ca.client().obtain(["www.example.test"], by: "http-01") { _ in }
        func changes(_ subject: CairnStatusEvent.Subject) -> [String] {
            ca.journal.statusChanges(of: subject).map { "\($0.from ?? "new") → \($0.to)" }
        }
        #expect(changes(.account) == ["new → valid"])
        #expect(changes(.order) == ["new → pending", "pending → ready", "ready → processing", "processing → valid"])
        #expect(changes(.authorization) == ["new → pending", "pending → valid"])
        #expect(changes(.challenge).suffix(2) == ["pending → processing", "processing → valid"])
        #expect(ca.journal.certificates.map { $0.identifiers.map(\.value) } == [["www.example.test"]])
    }

    @Test("Observers are called with every entry from then on, in order, and may use the CA")
    func observers() throws {
        let ca = try TestCA.inMemory()
        try ca.client().register()
        let seen = Mutex<[Int]>([])
        let first = ca.journal.entries.count
        ca.journal.observe { entry in
            seen.withLock { $0.append(entry.number) }
            if case .probe(let probe) = entry.event { ca.dns["seen.\(probe.identifier.value)"] = [.txt("yes")] }
        }
        ca.validation.standard = .approve
        _ = try ca.client().obtain(["www.example.test"], by: "http-01") { _ in }
        #expect(seen.withLock { $0 } == Array(first..<ca.journal.entries.count))
        #expect(ca.dns["seen.www.example.test"] == [.txt("yes")])
    }

    @Test("It prints as a conversation, a line an entry, whatever a client sends")
    func printed() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        ca.validation["www.example.test"] = .approve
        let client = try ca.client()
        _ = try client.obtain(["www.example.test"], by: "http-01") { _ in }
        _ = try? client.send("GET", "https://localhost/a\u{1b}[31m\nb")
        let lines = ca.journal.description.split(separator: "\n")
        #expect(lines.count == ca.journal.entries.count)
        #expect(lines.first == "#0 2031-06-03T12:00:00Z GET /dir → 200, by reference")
        #expect(lines.contains { $0.hasSuffix(" http-01 for www.example.test succeeded") })
        #expect(lines.contains { $0.contains(" order ") && $0.hasSuffix(": pending → ready") })
        #expect(lines.contains { $0.contains(" issued ") && $0.hasSuffix(" for www.example.test") })
        #expect(!ca.journal.description.contains("\u{1b}"))
    }

    @Test("A CA prints as where it is, with its seed, what its clock shows, and how much it has done")
    func printedCA() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.seed = 7
            })
        #expect(
            "\(ca)" == "CA without sockets, seed 7, clock standing at 2031-06-03T12:00:00Z, 0 requests, 0 certificates")
        try ca.client().register()
        #expect("\(ca)".hasSuffix(", 3 requests, 0 certificates"))
    }

    @Test("It keeps as much as it is told to")
    func bounds() throws {
        let ca = try TestCA.inMemory(.with { $0.bounds.journalEntries = 5 })
        try ca.client().register()
        let client = try ca.client()
        for _ in 0..<9 { _ = try client.send("GET", ca.directoryURL) }
        #expect(ca.journal.entries.count == 5)
        let last = try #require(ca.journal.entries.last).number
        ca.journal.clear()
        #expect(ca.journal.entries.isEmpty)
        _ = try client.send("GET", ca.directoryURL)
        #expect(ca.journal.entries.map(\.number) == [last + 1])
    }
}
