import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Foundation
import HTTPTypes
import Synchronization
import Testing

@Suite("What the journal tells of requests", .timeLimit(.minutes(5)))
struct JournalTests {
    @Test("Each request is an entry, with endpoint, method, path, account, payload, status and refusal")
    func requests() throws {
        let server = try TestServer()
        let client = try server.registered()
        let account = CairnObjectID(url: try #require(client.kid))
        let order = try client.order(["www.example.test"])
        try client.read(order.url)
        try client.post(order.finalize, ["csr": ""])
        try client.send("GET", "https://ca.example.test/nowhere?x=y")
        try client.send("PUT", "https://ca.example.test/new-order")
        let requests = server.engine.journal.requests
        #expect(
            requests.map { $0.endpoint?.rawValue ?? "-" } == [
                "directory", "newNonce", "newAccount", "newOrder", "order", "finalize", "-", "newOrder",
            ])
        #expect(requests.map(\.method) == ["GET", "HEAD", "POST", "POST", "POST", "POST", "GET", "PUT"])
        #expect(requests.map(\.status) == [200, 200, 201, 201, 200, 403, 404, 405])
        #expect(requests.map(\.account) == [nil, nil, account, account, account, account, nil, nil])
        #expect(requests[2].payload?["termsOfServiceAgreed"] == true)
        #expect(requests[3].payload?["identifiers"]?.array?.count == 1)
        #expect(requests[4].payload == nil)
        #expect(requests[5].problem?.type == .orderNotReady)
        #expect(requests[6].path == "/nowhere?x=y")
        #expect(requests.filter { $0.problem != nil }.count == 3)
        #expect(server.engine.journal.requests(to: .newOrder).count == 2)
    }

    @Test("Changes come before the request that made them, then what followed, in order and numbered from 0")
    func sequence() throws {
        let server = try TestServer()
        let client = try server.registered()
        let before = server.engine.journal.entries.count
        let order = try client.order(["www.example.test"])
        try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        try client.finalize(order, csr: try csr(["www.example.test"]))
        let entries = server.engine.journal.entries
        #expect(entries.map(\.number) == Array(0..<entries.count))
        #expect(entries.allSatisfy { $0.at == server.now })
        let story = entries.dropFirst(before).map { entry in
            switch entry.event {
            case .request(let event): "\(event.endpoint ?? .directory)"
            case .status(let event): "\(event.subject) \(event.from ?? "-") \(event.to)"
            case .revoked(let serial, _): "revoked \(serial)"
            case .issued(let certificate): "issued \(certificate.identifiers)"
            case .agreed(let account, _): "agreed \(account)"
            case .probe: "probe"
            case .finding: "finding"
            case .connection: "connection"
            case .refusedSetting: "refused setting"
            }
        }
        #expect(
            story == [
                "authorization - pending", "order - pending", "newOrder", "authorization",
                "challenge pending processing", "challenge",
                "challenge processing valid", "authorization pending valid", "order pending ready",
                "order ready processing", "issued [www.example.test]", "certificate - valid",
                "order processing valid", "finalize",
            ])
    }

    @Test("Each tells its story: number, client, account, object and its status, reason")
    func story() throws {
        let server = try TestServer(approving: false)
        let client = try server.registered()
        let account = CairnObjectID(url: try #require(client.kid))
        let order = try client.order(["www.example.test"])
        let id = CairnObjectID(url: order.url)
        let challenge = try client.challenge("http-01", of: order.authorizations[0]).url
        try client.respond(to: challenge)
        try client.post(order.finalize, ["csr": ""])
        let requests = server.engine.journal.requests
        #expect(requests.map(\.number) == Array(1...requests.count))
        #expect(requests.allSatisfy { $0.client == "reference" })
        #expect(requests.dropFirst(2).allSatisfy { $0.account == account })
        #expect(requests[2].object == CairnRequestEvent.ShownObject(.account, account, "valid"))
        #expect(requests[3].object == CairnRequestEvent.ShownObject(.order, id, "pending"))
        #expect(requests[4].object?.subject == .authorization)
        #expect(requests[5].object?.subject == .challenge)
        #expect(requests[5].object.map { challenge.hasSuffix("/\($0.id)") } == true)
        // As the client sees it, whatever goes on behind it.
        #expect(requests[5].object?.status == "pending")
        #expect(requests[6].object == nil)
        #expect(
            requests[3].description == "POST /new-order → 201, order \(id) pending, account \(account), by reference")
        #expect(requests[6].description.contains("/finalize → 403 (orderNotReady: expected"))
    }

    @Test("A name of a client, a path and a method break no line and fill no page, and are kept as they came")
    func shown() throws {
        let server = try TestServer()
        let path = "/\u{85}forged\u{202e}" + String(repeating: "x", count: 60_000)
        var head = HTTPRequest(method: .get, scheme: "https", authority: "ca.example.test", path: path)
        head.headerFields[.userAgent] = String(repeating: "a", count: 10_000)
        let delivery = server.gateway.respond(to: CairnRequest(head))
        #expect(delivery.head.status == .notFound)
        #expect(delivery.body.count < 1_000)
        let event = try #require(server.engine.journal.requests.last)
        #expect(event.path == head.path)
        #expect(event.client?.utf8.count == 200)
        #expect(event.description.unicodeScalars.allSatisfy { (" "..."~").contains($0) || $0 == "…" || $0 == "→" })
        #expect(event.description.utf8.count < 1_000)
        #expect(event.description.contains("\"/\\u{85}forged\\u{202e}xxx"))
        let broken = CairnRequestEvent(
            CairnRequestEvent.Facts(endpoint: nil, method: "G\r", path: "/\n\u{1b}[2J", status: 404))
        #expect(broken.description == "\"G\\r\" \"/\\n\\u{1b}[2J\" → 404")
    }

    @Test("An entry has what came and what was answered: header fields, protected header, payload, body (§6.2)")
    func exchanges() throws {
        let server = try TestServer()
        let client = try server.registered()
        let event = try #require(server.engine.journal.requests(to: .newAccount).last)
        #expect(event.url == "https://ca.example.test/new-account")
        #expect(event.dialect == "RFC 8555")
        #expect(event.protectedHeader?["alg"] == "ES256")
        #expect(event.protectedHeader?["url"]?.string == event.url)
        #expect(event.nonce == event.protectedHeader?["nonce"]?.string)
        #expect(event.headerFields["content-type"] == "application/jose+json")
        #expect(event.headerFields.contains { $0.name == "Content-Type" })
        #expect(event.headerFields["Content-Length"] == nil)
        #expect(event.payload?["termsOfServiceAgreed"] == true)
        #expect(event.body.first == UInt8(ascii: "{"))
        #expect(event.answer.status == 201)
        #expect(event.answer.headerFields["Location"] == client.kid)
        #expect(event.answer.headerFields["Replay-Nonce"] != nil)
        #expect(event.answer.json?["status"] == "valid")
        #expect(event.sent == nil, "nobody has told what was sent")
    }

    @Test("A request that is refused has what came, too: a bad signature, a broken JWS, the new key of a keyChange")
    func refused() throws {
        let server = try TestServer()
        let client = try server.registered()
        try client.post(try #require(client.kid), ["contact": []], signedBy: AccountKey())
        let unsigned = try #require(server.engine.journal.requests.last)
        #expect(unsigned.account == nil)
        #expect(unsigned.payload?["contact"] == [])
        try client.post(try #require(client.kid), nil) { $0.body = .init("what?".utf8) }
        let broken = try #require(server.engine.journal.requests.last)
        #expect(broken.protectedHeader == nil)
        #expect(broken.payload == nil)
        #expect(broken.body == Array("what?".utf8))
        try client.changeKey(to: AccountKey())
        let change = try #require(server.engine.journal.requests(to: .keyChange).last)
        #expect(change.payload?["account"]?.string == client.kid)
    }

    @Test("A refusal that a request asks for tells of no mistake (§7.3.1)")
    func asked() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.register(["onlyReturnExisting": true])
        #expect(server.engine.journal.requests.last?.problem?.type == .accountDoesNotExist)
        #expect(server.engine.journal.requests.last?.isRefusedAsAsked == true)
        try client.register([:])
        #expect(server.engine.journal.requests.last?.isRefusedAsAsked == false)
    }

    @Test("A request that is refused before its signature is verified is nobody's")
    func nobody() throws {
        let server = try TestServer()
        let client = try server.registered()
        try client.post(try #require(client.kid), nil) { $0.body = .init("{}".utf8) }
        let last = try #require(server.engine.journal.requests.last)
        #expect(last.account == nil)
        #expect(last.status == 400)
        try client.post(try #require(client.kid), nil, signedBy: AccountKey())
        #expect(server.engine.journal.requests.last?.account == nil)
    }

    @Test("The journal forgets its oldest entries, and their numbers stay theirs")
    func bounded() throws {
        var bounds = CairnBounds()
        bounds.journalEntries = 5
        let server = try TestServer(bounds: bounds)
        let client = try server.client()
        for _ in 0..<12 { try client.send("HEAD", "https://ca.example.test/new-nonce") }
        #expect(server.engine.journal.entries.map(\.number) == Array(7..<12))
    }

    @Test("It forgets its oldest entries, too, when they take up too much, and keeps what a client sent as it came")
    func boundedBytes() throws {
        var bounds = CairnBounds()
        bounds.journalBytes = 300_000
        let server = try TestServer(bounds: bounds)
        let client = try server.registered()
        let junk = Array(repeating: ["": 0], count: 2_000)
        for _ in 0..<40 {
            #expect(try client.post(try #require(client.kid), ["junk": junk]).status == 200)
            #expect(server.engine.journal.size <= 300_000)
        }
        let payload = try #require(server.engine.journal.requests.last?.payload)
        #expect(payload["junk"]?.array?.count == 2_000)
        // A few bytes for each of what was sent, not the tens that a tree of it takes.
        #expect(server.engine.journal.entries.count >= 10)
        #expect(server.engine.journal.entries.last?.number ?? 0 > 40)
        for _ in 0..<40 { try client.send("GET", "https://ca.example.test/" + String(repeating: "x", count: 60_000)) }
        #expect(server.engine.journal.size <= 300_000)
        #expect(server.engine.journal.entries.count < 10)
        server.engine.journal.clear()
        #expect(server.engine.journal.size == 0)
    }

    @Test("The newest entry is kept, however large it is")
    func newest() throws {
        var bounds = CairnBounds()
        bounds.journalBytes = 0
        let server = try TestServer(bounds: bounds)
        let client = try server.client()
        for _ in 0..<3 { try client.send("HEAD", "https://ca.example.test/new-nonce") }
        #expect(server.engine.journal.entries.map(\.number) == [2])
    }

    @Test("An observer sees every entry when it is there, and may use the CA")
    func observers() throws {
        let server = try TestServer()
        let seen = Mutex<[Int]>([])
        let journal = server.engine.journal
        journal.observe { entry in
            seen.withLock { $0.append(entry.number) }
            #expect(journal.entries.last.map { $0.number >= entry.number } == true)
            // The engine's lock is free: a command from here does not wait for ever.
            _ = server.engine.census
        }
        let client = try server.registered()
        #expect(try client.issue(["www.example.test"]).state == "valid")
        #expect(seen.withLock { $0 } == journal.entries.map(\.number))
    }
}
