import Cairn
import CairnReferenceClient
import Testing

@testable import CairnCommand

@Suite("The log", .timeLimit(.minutes(5)))
struct LogTests {
    private let ca: TestCA
    private let client: ReferenceClient

    init() throws {
        let ca = try TestCA.inMemory()
        self.ca = ca
        client = try ReferenceClient(directory: ca.directoryURL) { ca.respond(to: $0) }
    }

    /// The last request in the journal, as a line and its level.
    private func last(withDetails: Bool = false) throws -> (line: String, level: String) {
        let entry = try #require(ca.journal.entries.last { if case .request = $0.event { true } else { false } })
        return (JournalLog.words(for: entry, withDetails: withDetails), "\(JournalLog.level(of: entry.event))")
    }

    @Test("A request is a line that says who asked for what, and what came of it")
    func request() throws {
        try client.register()
        let account = try #require(client.kid?.split(separator: "/").last)
        let order = try client.order(["www.example.test"])
        #expect(order.response.status == 201)
        let (line, level) = try last()
        #expect(line.hasPrefix("#") && line.contains(" POST /new-order → 201, order "), "\(line)")
        #expect(line.contains(" pending, account \(account)"), "\(line)")
        #expect(level == "info")
        #expect(try last(withDetails: true).line.contains("payload {\"identifiers\":[{"))
    }

    @Test("A refusal has its type and its reason")
    func refusal() throws {
        try client.register()
        #expect(throws: ReferenceClient.Violation.self) { try client.order(["not a name"]) }
        let (line, level) = try last()
        #expect(line.contains(" → 400 ") && line.contains("\"not a name\""), "\(line)")
        #expect(level == "warning")
    }

    @Test("That there is no account is the answer to onlyReturnExisting, and no warning (RFC 8555 §7.3.1)")
    func onlyReturnExisting() throws {
        #expect(try client.register(["onlyReturnExisting": true]).status == 400)
        let (line, level) = try last()
        #expect(line.contains("accountDoesNotExist"))
        #expect(level == "info")
    }

    @Test(
        "No client can write a line of its own, whatever it sends",
        arguments: ["/a\nb", "/\u{1b}[2J", "/\u{202e}x", "/a b"])
    func forgery(path: String) throws {
        _ = ca.respond(to: try #require(CairnRequest("GET", "https://localhost\(path)")))
        let line = try last().line
        #expect(line.contains(" GET \"/"))
        #expect(
            line.unicodeScalars.allSatisfy { (0x20...0x7e).contains($0.value) || $0 == "→" || $0 == "…" }, "\(line)")
    }
}
