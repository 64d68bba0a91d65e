import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import Testing

#if DEBUG
    private let isCounted = true
#else
    private let isCounted = false
#endif

@Suite(
    "What a request costs: how often the lock of the engine is taken", .timeLimit(.minutes(5)),
    .enabled(if: isCounted, "a release build does not count"))
struct LockTests {
    /// Expects `body` to take it that often.
    private func expectLocks(
        _ expected: Int, _ server: TestServer, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () throws -> Void
    ) rethrows {
        #if DEBUG
            let before = server.engine.lockCount
            try body()
            let count = server.engine.lockCount - before
            #expect(count == expected, sourceLocation: sourceLocation)
        #else
            Issue.record("a release build does not count", sourceLocation: sourceLocation)
        #endif
    }

    @Test("A newOrder takes it twice: once to open and once to commit (§7.4)")
    func newOrder() throws {
        let server = try TestServer()
        let client = try server.registered()
        try expectLocks(2, server) {
            let answer = try client.newOrder([("dns", "www.example.test"), ("dns", "example.test")])
            #expect(answer.status == 201)
        }
    }

    @Test("A finalize takes it twice, CSR, CAA records and signature included (§7.4)")
    func finalize() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.readyOrder(["www.example.test"])
        // Long enough for the CAA records to be looked at once more.
        server.advance(by: .hours(8))
        let request = try csr(["www.example.test"])
        try expectLocks(2, server) {
            let answer = try client.finalize(order, csr: request)
            #expect(answer.state == "valid")
        }
    }

    @Test("A finalize that is refused takes it once, for what is known when it comes in (§7.4)")
    func refusedFinalize() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        let request = try csr(["www.example.test"])
        try expectLocks(1, server) {
            let answer = try client.finalize(order, csr: request)
            expectRefusal(answer, 403, "orderNotReady", "§7.4")
        }
    }

    @Test("A read takes it twice, and once where nothing is told but the policy (§6.3, §7.1.1)")
    func reads() throws {
        let server = try TestServer()
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        try expectLocks(2, server) {
            let answer = try client.read(order.url)
            #expect(answer.status == 200)
        }
        try expectLocks(1, server) {
            let answer = try client.send("GET", "https://ca.example.test/dir")
            #expect(answer.status == 200)
        }
    }
}
