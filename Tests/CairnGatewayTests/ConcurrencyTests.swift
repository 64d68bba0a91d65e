import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import HTTPTypes
import Synchronization
import Testing

@Suite("Many requests at once", .timeLimit(.minutes(5)))
struct ConcurrencyTests {
    @Test("Every order ends valid, and no nonce is handed out twice (§6.5)")
    func orders() async throws {
        let server = try TestServer()
        let nonces = NonceLog()
        let (clients, orders) = (8, 6)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<clients {
                group.addTask {
                    let client = try ReferenceClient { request in
                        let delivery = server.gateway.respond(to: request)
                        if let nonce = delivery.head.headerFields[.replayNonce] {
                            nonces.add(nonce)
                        }
                        return delivery
                    }
                    try client.register()
                    for round in 0..<orders {
                        let response = try client.issue(["n\(round).c\(number).example.test", "shared.example.test"])
                        #expect(response.state == "valid")
                        #expect(try client.certificate(of: response).status == 200)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(Set(nonces.all).count == nonces.all.count)
        let census = server.engine.census
        #expect(census.accounts == clients)
        #expect(census.orders == clients * orders)
        #expect(census.certificates == clients * orders)
        try checkJournal(server.engine.journal)
    }

    @Test("A limit holds, however many ask at once (§6.6)")
    func limits() async throws {
        let server = try TestServer()
        server.engine.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(25, per: .hours(3))
        server.engine.policy.rateLimits.pendingAuthorizationsPerAccount = 1000
        let key = try AccountKey()
        let placed = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let client = try server.registered(key: key)
                    return try (0..<8).filter { _ in
                        try client.newOrder([("dns", "www.example.test")]).status == 201
                    }.count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(placed == 25)
        #expect(server.engine.census.orders == 25)
    }

    /// The journal shows every object going through its states in their order, without gaps.
    private func checkJournal(_ journal: CairnJournal) throws {
        #expect(journal.entries.map(\.number) == Array(0..<journal.entries.count))
        var statuses: [String: ACMEStatus] = [:]
        for change in journal.statusChanges {
            let object = "\(change.subject) \(change.id)"
            if change.subject != .challenge || statuses[object] != nil {
                #expect(statuses[object] == change.from, "\(object)")
            }
            statuses[object] = change.to
        }
        #expect(statuses.filter { $0.key.hasPrefix("order") }.values.allSatisfy { $0 == "valid" })
    }

    @Test("A nonce that many requests carry is spent by one of them (§6.5)")
    func nonce() async throws {
        let engine = try TestServer().engine
        for _ in 0..<200 {
            let nonce = engine.issueNonce()
            let spent = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { engine.spendNonce(nonce) } }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(spent == 1)
        }
    }

    @Test("A key that asks for an account many times at once gets one (§7.3.1, §11.1)")
    func account() async throws {
        let server = try TestServer()
        let key = try AccountKey()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 { group.addTask { try server.client(key: key).register().status } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.sorted() == [200, 200, 200, 200, 200, 200, 200, 201])
        #expect(server.engine.census.accounts == 1)
    }

    @Test("An authorization that is given up while the certificate is signed takes the order with it (§7.1.6)")
    func meanwhile() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        let authorization = try #require(Authorization.ID(order.authorizations[0].split(separator: "/").last ?? ""))
        let account = try #require(Account.ID(client.kid?.split(separator: "/").last ?? ""))
        let (engine, now) = (server.engine, server.now)
        // Long enough for the CAA records to be looked at once more, which is before the certificate is signed.
        server.advance(by: .hours(8))
        server.onCAA {
            #expect(throws: Never.self) { try engine.deactivate(authorization, by: account, at: now + .hours(8)) }
        }
        let refusal = try client.finalize(order, csr: try csr(["www.example.test"]))
        expectRefusal(refusal, 403, "orderNotReady", "§7.4")
        let after = try client.read(order.url)
        #expect(after.state == "invalid")
        #expect((after.error?["detail"] as? String)?.contains("was deactivated") == true)
        #expect(engine.census.certificates == 0)
        #expect(!engine.journal.entries.contains { if case .issued = $0.event { true } else { false } })
    }

    @Test("An authorization that is given up while its order is finalized leaves an order that makes sense (§7.1.6)")
    func race() async throws {
        let server = try TestServer()
        for _ in 0..<30 {
            let client = try server.registered()
            let order = try client.readyOrder(["www.example.test"])
            let request = try csr(["www.example.test"])
            let id = try #require(Order.ID(order.url.split(separator: "/").last ?? ""))
            let authorization = try #require(Authorization.ID(order.authorizations[0].split(separator: "/").last ?? ""))
            let account = try #require(Account.ID(client.kid?.split(separator: "/").last ?? ""))
            let (engine, now) = (server.engine, server.now)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try? engine.finalize(
                        id, with: SentCSR(derEncoded: request, accountURL: ""), by: account, at: now)
                }
                group.addTask { _ = try? engine.deactivate(authorization, by: account, at: now) }
            }
            let after = try client.read(order.url)
            #expect(after.state == "valid" || after.state == "invalid")
            #expect((after.json["certificate"] != nil) == (after.state == "valid"))
            #expect((after.error != nil) == (after.state == "invalid"))
        }
        let valid = server.engine.journal.statusChanges.filter { $0.subject == .order && $0.to == "valid" }.count
        #expect(server.engine.census.certificates == valid)
        let issued = server.engine.journal.entries.filter { if case .issued = $0.event { true } else { false } }.count
        #expect(issued == valid)
    }
}

/// Every nonce that any client was given.
private final class NonceLog: Sendable {
    private let nonces = Mutex<[String]>([])

    var all: [String] { nonces.withLock { $0 } }

    func add(_ nonce: String) { nonces.withLock { $0.append(nonce) } }
}
