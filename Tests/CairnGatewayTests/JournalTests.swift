import CairnCertificates
import CairnEngine
import CairnModel
import CairnReferenceClient
import Foundation
import Synchronization
import Testing

@Suite("What the journal tells of requests", .timeLimit(.minutes(5)))
struct JournalTests {
    @Test("Each request is an entry, with endpoint, method, path, account, payload, status and refusal")
    func requests() throws {
        let server = try TestServer()
        let client = try server.registered()
        let account = try #require(client.kid?.split(separator: "/").last.map(String.init))
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
        var bounds = Bounds()
        bounds.journalEntries = 5
        let server = try TestServer(bounds: bounds)
        let client = try server.client()
        for _ in 0..<12 { try client.send("HEAD", "https://ca.example.test/new-nonce") }
        #expect(server.engine.journal.entries.map(\.number) == Array(7..<12))
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
