import CairnEngine
import CairnModel
import CairnReferenceClient
import Testing

/// Clients differ in what they read while they wait, and none may wait for ever (RFC 8555 §7.4, §7.5.1).
@Suite("Whatever a client polls", .timeLimit(.minutes(5)))
struct PollingTests {
    /// What a client does to find out whether something has happened.
    enum Habit: CaseIterable {
        case readsOrder, readsAuthorization, readsChallenge, respondsAgain, finalizesAgain
    }

    /// A client, its order, and what it does while it waits.
    private struct Waiting {
        let client: ReferenceClient
        let order: ReferenceClient.Placed
        let challenge: String
        let csr: [UInt8]

        /// Does it once, and then looks without being seen.
        func poll(_ habit: Habit) throws {
            switch habit {
            case .readsOrder: try client.read(order.url)
            case .readsAuthorization: try client.read(order.authorizations[0])
            case .readsChallenge: try client.read(challenge)
            case .respondsAgain: try client.respond(to: challenge)
            case .finalizesAgain: try client.finalize(order, csr: csr)
            }
        }
    }

    private func waiting(_ server: TestServer) throws -> Waiting {
        let client = try server.registered()
        let order = try client.order(["www.example.test"])
        return Waiting(
            client: client, order: order, challenge: try client.challenge("http-01", of: order.authorizations[0]).url,
            csr: try csr(["www.example.test"]))
    }

    /// How often a client has to poll until nothing is held back; `nil` if that never helps.
    private func polls(_ habit: Habit, _ waiting: Waiting, _ server: TestServer) throws -> Int? {
        for count in 0..<20 {
            if server.engine.held.isEmpty { return count }
            try waiting.poll(habit)
        }
        return nil
    }

    @Test(
        "A validation ends by reads of the order, the authorization or the challenge alone (§7.5.1)",
        arguments: [Habit.readsOrder, .readsAuthorization, .readsChallenge, .respondsAgain, .finalizesAgain], [0, 1, 3])
    func validation(_ habit: Habit, _ held: Int) throws {
        let server = try TestServer()
        server.engine.policy.progress.validation = .afterPolls(held)
        let waiting = try waiting(server)
        try waiting.client.respond(to: waiting.challenge)
        #expect(try polls(habit, waiting, server) == held + 1)
        #expect(server.engine.journal.statusChanges.contains { $0.subject == .challenge && $0.to == "valid" })
    }

    @Test(
        "An order becomes ready by reads of any of them, and by a finalize that comes too early (§7.1.6)",
        arguments: [Habit.readsOrder, .readsAuthorization, .readsChallenge, .finalizesAgain], [0, 1, 3])
    func readiness(_ habit: Habit, _ held: Int) throws {
        let server = try TestServer()
        server.engine.policy.progress.readiness = .afterPolls(held)
        let waiting = try waiting(server)
        try waiting.client.respond(to: waiting.challenge)
        #expect(try polls(habit, waiting, server) == held + 1)
        let order = try waiting.client.read(waiting.order.url).state
        #expect(order == (habit == .finalizesAgain ? "valid" : "ready"))
    }

    @Test(
        "A certificate is issued by reads of any of them (§7.4)",
        arguments: [Habit.readsOrder, .readsAuthorization, .readsChallenge], [0, 1, 3])
    func issuance(_ habit: Habit, _ held: Int) throws {
        let server = try TestServer()
        server.engine.policy.progress.issuance = .afterPolls(held)
        let waiting = try waiting(server)
        try waiting.client.respond(to: waiting.challenge)
        try waiting.client.finalize(waiting.order, csr: waiting.csr)
        #expect(try polls(habit, waiting, server) == held + 1)
        #expect(try waiting.client.read(waiting.order.url).state == "valid")
    }

    @Test(
        "All held back at once, each step ends whatever is polled (§7.1.6, §7.4, §7.5.1)",
        arguments: [Habit.readsOrder, .readsAuthorization, .readsChallenge],
        [Habit.readsOrder, .readsAuthorization, .readsChallenge, .finalizesAgain])
    func everything(_ first: Habit, _ second: Habit) throws {
        for showsProcessing in [true, false] {
            let server = try TestServer()
            server.engine.policy.showsProcessing = showsProcessing
            server.engine.policy.progress.validation = .afterPolls(2)
            server.engine.policy.progress.readiness = .afterPolls(2)
            server.engine.policy.progress.issuance = .afterPolls(2)
            let waiting = try waiting(server)
            try waiting.client.respond(to: waiting.challenge)
            // The validation, and then the order: none of the reads counts twice.
            #expect(try polls(first, waiting, server) == 6)
            if second != .finalizesAgain { try waiting.client.finalize(waiting.order, csr: waiting.csr) }
            let habit = second == .finalizesAgain ? .readsOrder : second
            if second == .finalizesAgain { try waiting.poll(.finalizesAgain) }
            #expect(try polls(habit, waiting, server) == 3)
            #expect(try waiting.client.read(waiting.order.url).state == "valid")
        }
    }

    @Test("A read of one order counts for no other, and that of one challenge for no other (§7.5.1)")
    func apart() throws {
        let server = try TestServer()
        server.engine.policy.progress.validation = .afterPolls(0)
        let client = try server.registered()
        let (first, second) = (try client.order(["a.example.test"]), try client.order(["b.example.test"]))
        for order in [first, second] {
            try client.respond(to: try client.challenge("http-01", of: order.authorizations[0]).url)
        }
        #expect(server.engine.held.count == 2)
        try client.read(first.url)
        #expect(server.engine.held.count == 1)
        #expect(try client.read(second.authorizations[0]).state == "valid")
    }
}
