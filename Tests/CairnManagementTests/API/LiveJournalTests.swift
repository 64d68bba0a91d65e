import Cairn
import CairnManagement
import CairnOpenSSLJudge
import CairnTesting
import Foundation
import HTTPTypes
import Testing

/// Server-sent events as a client without a library of its own sees them, over real TLS.
@Suite("The journal, live", .timeLimit(.minutes(5)))
struct LiveJournalTests {
    enum Version: CaseIterable, Sendable { case http1, http2 }

    /// One event (HTML §9.2.6).
    struct Event: Equatable, Sendable {
        var id: String?
        var name: String?
        var data = ""
    }

    /// A connection on which the journal is followed.
    private final class Follower {
        private let wire: Wire?
        private let http2: WireHTTP2?
        private var stream = 0
        /// What came over HTTP/1.1, head and all.
        private(set) var raw = ""

        init(_ version: Version, to endpoint: CairnIPEndpoint, of ca: TestCA) throws {
            let demands = Wire.Demands(roots: ca.trustRoots.map(\.pem).joined())
            wire = version == .http1 ? try Wire(to: "\(endpoint)", demands: demands) : nil
            http2 = version == .http2 ? try WireHTTP2(at: "\(endpoint)", demands: demands) : nil
        }

        func follow(
            _ query: String = "", method: String = "GET", fields: [(name: String, value: String)] = [],
            httpVersion: String = "HTTP/1.1"
        ) throws {
            let path = "/cairn/v1/journal\(query)"
            let fields = [(name: "accept", value: "text/event-stream")] + fields
            stream = try http2?.send(method, path, fields: fields) ?? 0
            let lines = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
            try wire?.write(Array("\(method) \(path) \(httpVersion)\r\nHost: localhost\r\n\(lines)\r\n".utf8))
        }

        /// The text of all events, once it is enough or the body has ended.
        func text(until isEnough: (String) -> Bool) throws -> String {
            if let http2 { return try http2.response(to: stream) { isEnough($0.text) }.text }
            while true {
                let body = try Self.body(of: raw)
                if isEnough(body.text) || body.hasEnded { return body.text }
                let bytes = try #require(wire).read()
                guard !bytes.isEmpty else { return body.text }
                raw += String(decoding: bytes, as: UTF8.self)
            }
        }

        func events(_ count: Int) throws -> [Event] {
            LiveJournalTests.events(try text { LiveJournalTests.events($0).count >= count })
        }

        /// How the body ended: with its last chunk, or with the end of its stream.
        func endsInGoodOrder() throws -> Bool {
            _ = try text { _ in false }
            if let http2 { return try http2.response(to: stream).ending == .complete }
            return try Self.body(of: raw).hasEnded
        }

        func head() throws -> (status: Int?, body: String) {
            if let http2 {
                let response = try http2.response(to: stream)
                return (response.status, response.text)
            }
            while !raw.contains("\r\n\r\n") { raw += String(decoding: try #require(wire).read(), as: UTF8.self) }
            let parts = raw.components(separatedBy: "\r\n\r\n")
            return (raw.split(separator: " ").dropFirst().first.flatMap { Int($0) }, parts[1])
        }

        func forgetWhatCame() { raw = "" }

        /// The chunks that are there (RFC 9112 §7.1).
        private static func body(of raw: String) throws -> (text: String, hasEnded: Bool) {
            guard let gap = raw.range(of: "\r\n\r\n") else { return ("", false) }
            guard raw[..<gap.lowerBound].contains("Transfer-Encoding: chunked") else {
                return (String(raw[gap.upperBound...]), false)
            }
            var (text, rest) = ("", raw[gap.upperBound...].utf8[...])
            while let line = rest.firstIndex(of: 13), let size = Int(String(Substring(rest[..<line])), radix: 16) {
                if size == 0 { return (text, true) }
                let chunk = rest[line...].dropFirst(2)
                guard chunk.count >= size + 2 else { break }
                text += String(Substring(chunk.prefix(size)))
                rest = chunk.dropFirst(size + 2)
            }
            return (text, false)
        }
    }

    private static func events(_ text: String) -> [Event] {
        text.components(separatedBy: "\n\n").dropLast().compactMap { block in
            var event = Event()
            for line in block.split(separator: "\n") {
                let value = String(line.drop { $0 != ":" }.dropFirst(2))
                switch line.prefix(while: { $0 != ":" }) {
                case "id": event.id = value
                case "event": event.name = value
                case "data": event.data += value
                default: break
                }
            }
            return event == Event() ? nil : event
        }
    }

    private static func following(
        _ configuration: TestCA.Configuration = TestCA.Configuration(),
        _ body: @escaping @Sendable (TestCA, CairnIPEndpoint) throws -> Void
    ) async throws {
        try await withTestCA(configuration) { ca in
            let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0)
            try await onOwnThread { try body(ca, endpoint) }
        }
    }

    private static func ask(_ ca: TestCA, _ path: String = "/dir") {
        _ = ca.respond(
            to: CairnRequest(HTTPRequest(method: .get, scheme: "https", authority: "localhost", path: path)))
    }

    @Test("Entries come as they are made, each with its number, its kind and its JSON", arguments: Version.allCases)
    func live(version: Version) async throws {
        try await Self.following { ca, endpoint in
            Self.ask(ca)
            let follower = try Follower(version, to: endpoint, of: ca)
            try follower.follow()
            #expect(try follower.events(1).map(\.id) == ["0"])
            Self.ask(ca, "/nowhere")
            let events = try follower.events(2)
            #expect(events.map(\.id) == ["0", "1"] && events.map(\.name) == ["request", "request"])
            for (event, entry) in zip(events, ca.journal.entries) {
                let data = try CairnJSON(parsing: Array(event.data.utf8))
                for member in ["number", "at", "event", "url", "answer"] {
                    #expect(data[member] == entry.json[member], "\(member)")
                }
            }
        }
    }

    @Test(
        "A client that comes back goes on after the event that it got last (HTML §9.2.4)", arguments: Version.allCases)
    func lastEvent(version: Version) async throws {
        try await Self.following { ca, endpoint in
            for _ in 0..<5 { Self.ask(ca) }
            // The last of them is the number of another CA.
            for (query, last, expected) in [
                ("?limit=2", "2", ["3", "4"]), ("?limit=2&after=1", nil, ["2", "3"]),
                ("?limit=1&after=1", "3", ["4"]), ("?limit=2", "70", ["0", "1"]),
                ("?limit=1&after=\(Int.max)", nil, ["0"]), ("?limit=1", "\(Int.max)", ["0"]),
            ] {
                let follower = try Follower(version, to: endpoint, of: ca)
                try follower.follow(query, fields: last.map { [(name: "last-event-id", value: $0)] } ?? [])
                #expect(try follower.endsInGoodOrder())
                let text = try follower.text { _ in false }
                #expect(Self.events(text).map(\.id) == expected, "\(query)")
            }
        }
    }

    @Test("The journal is filtered live as it is in pages")
    func filtered() async throws {
        try await Self.following { ca, endpoint in
            let follower = try Follower(.http1, to: endpoint, of: ca)
            try follower.follow("?endpoint=directory&kind=request&limit=2")
            for path in ["/dir", "/new-nonce", "/nowhere", "/dir"] { Self.ask(ca, path) }
            let text = try follower.text { _ in false }
            #expect(Self.events(text).map(\.id) == ["0", "3"])
        }
    }

    @Test("What the journal forgot before it was read is said", arguments: Version.allCases)
    func gap(version: Version) async throws {
        var configuration = TestCA.Configuration()
        configuration.bounds.journalEntries = 2
        try await Self.following(configuration) { ca, endpoint in
            for _ in 0..<10 { Self.ask(ca) }
            let follower = try Follower(version, to: endpoint, of: ca)
            try follower.follow("?after=0&limit=2")
            let events = Self.events(try follower.text { _ in false })
            #expect(events.map(\.name) == ["gap", "request", "request"])
            #expect(events.map(\.id) == [nil, "8", "9"])
            #expect(events.first?.data == #"{"missed":7}"#)
        }
    }

    @Test(
        "HEAD gets the header fields alone, and the connection goes on (RFC 9110 §9.3.2)", arguments: Version.allCases)
    func head(version: Version) async throws {
        try await Self.following { ca, endpoint in
            Self.ask(ca)
            let follower = try Follower(version, to: endpoint, of: ca)
            try follower.follow(method: "HEAD")
            let head = try follower.head()
            #expect(head.status == 200 && head.body.isEmpty)
            if version == .http1 { #expect(follower.raw.contains("Content-Type: text/event-stream\r\n")) }
            follower.forgetWhatCame()
            try follower.follow("?limit=1")
            #expect(try follower.events(1).map(\.id) == ["0"])
        }
    }

    @Test("HTTP/1.0, which knows no chunks, gets events until the connection ends (RFC 9112 §6.3)")
    func old() async throws {
        try await Self.following { ca, endpoint in
            Self.ask(ca)
            let follower = try Follower(.http1, to: endpoint, of: ca)
            try follower.follow("?limit=1", httpVersion: "HTTP/1.0")
            let text = try follower.text { _ in false }
            #expect(Self.events(text).map(\.id) == ["0"])
            #expect(!follower.raw.contains("chunked") && follower.raw.contains("Connection: close\r\n"))
        }
    }

    @Test("It ends in good order when the CA stops", arguments: Version.allCases)
    func stops(version: Version) async throws {
        let ca = try await TestCA.start()
        let endpoint = try await ca.startManagement(on: [.loopbackV4], port: 0)
        Self.ask(ca)
        try await confirmation { ended in
            async let shutdown: Void = {
                // Not before somebody follows: the first event is a request to the CA of the thread below.
                _ = await ca.journal.first { $0.request?.path == "/now" }
                await ca.shutdown()
            }()
            try await onOwnThread {
                let follower = try Follower(version, to: endpoint, of: ca)
                try follower.follow()
                #expect(try follower.events(1).map(\.id) == ["0"])
                Self.ask(ca, "/now")
                #expect(try follower.endsInGoodOrder())
                ended()
            }
            await shutdown
        }
    }

    @Test("A number that is none is refused")
    func refused() throws {
        let managed = try Managed()
        var head = HTTPRequest(
            method: .get, scheme: "https", authority: "localhost", path: "/cairn/v1/journal",
            headerFields: [.accept: "text/event-stream"])
        head.headerFields[HTTPField.Name("Last-Event-ID")!] = "x"
        let delivery = managed.management.respond(to: CairnRequest(head))
        #expect(delivery.head.status == .badRequest)
        let detail = try CairnJSON(parsing: delivery.body)["detail"]
        #expect(detail == #"Last-Event-ID: expected the number of an entry, got "x""#)
    }
}
