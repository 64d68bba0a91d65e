import Cairn
import Testing

@Suite("Client bugs: orders that are slow, and states that clients do not expect", .timeLimit(.minutes(5)))
struct ProcessingTests {
    @Test("8: `processing` is no failure (RFC 8555 §7.4)")
    func row08() throws {
        try Trial(bug: .takesProcessingAsFailure, words: "the order is processing", finding: .neverDownloaded) {
            $0.policy.progress.issuance = .afterPolls(3)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("9: An order is finalized when it is `ready`, not when its authorizations are `valid` (RFC 8555 §7.4)")
    func row09() throws {
        try Trial(bug: .finalizesWithoutLookingAtTheOrder, words: "orderNotReady", finding: .finalizedBeforeReady) {
            $0.policy.progress.readiness = .afterPolls(2)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("19: `invalid` is final (RFC 8555 §7.1.6)")
    func row19() throws {
        try Trial(bug: .pollsAfterTheEnd, words: "polled after the end", finding: .polledAfterTheEnd) { _ in
        } arrange: {
            $0.validation["www.example.test"] = .deny(ACMEProblem(.unauthorized, "not yours"))
        }.run { client, ca in
            do {
                _ = try client.obtain("www.example.test")
            } catch is CorrectClient.Failure {}
            let reads = ca.journal.requests(to: .authorization).filter { $0.object?.status == .invalid }
            try require(reads.count <= 2, "polled after the end: \(reads.count) times")
        }
    }

    @Test("26: An authorization that is `valid` from the start has nothing to answer (RFC 8555 §7.5.1)")
    func row26() throws {
        try Trial(
            bug: .answersValidAuthorizations, words: "answered 2 challenges", finding: .answeredValidAuthorization
        ) {
            $0.policy.authorizationReuse = .always
        }.run { client, ca in
            _ = try client.obtain("www.example.test")
            _ = try client.obtain("www.example.test")
            let answers = ca.journal.requests(to: .challenge).filter { $0.payload != nil }
            try require(answers.count == 1, "answered \(answers.count) challenges")
        }
    }

    @Test("30: What is left of a failed order is deactivated (RFC 8555 §7.5.2)")
    func row30() throws {
        try Trial(
            bug: .leavesAuthorizationsPending, words: "waited until they expired", finding: .leftAuthorizationsPending
        ) {
            $0.policy.rateLimits.pendingAuthorizationsPerAccount = 5
        } arrange: {
            $0.validation["refused.example.test"] = .deny(ACMEProblem(.unauthorized, "not yours"))
        }.run { client, ca in
            for _ in 0..<4 {
                do {
                    _ = try client.obtain("refused.example.test", "a.example.test", "b.example.test")
                } catch let failure as CorrectClient.Failure {
                    if failure.problem != "unauthorized" { throw failure }
                }
            }
            _ = try client.obtain("www.example.test")
            try require(ca.clock.now < noon + .days(1), "waited until they expired")
        }
    }

    @Test("58: An order that expired while records were on their way is placed again (RFC 8555 §7.1.6)")
    func row58() throws {
        try Trial(bug: .neverLooksAtExpires, words: "the order is invalid") {
            $0.policy.lifetimes.order = .seconds(30)
        }.run { client, _ in
            client.propagation = .minutes(1)
            _ = try client.obtain("www.example.test")
        }
    }

    @Test("16: Why an authorization failed stands on its challenge (RFC 8555 §8)")
    func row16() throws {
        try Trial(bug: .readsTheErrorOfTheOrderAlone, words: "gave no reason") { _ in
        } arrange: {
            $0.validation["www.example.test"] = .deny(ACMEProblem(.unauthorized, "not yours"))
            $0.rules.add(.remove("/error"), at: .order, isOptional: true)
        }.run { client, _ in
            do {
                _ = try client.obtain("www.example.test")
            } catch let failure as CorrectClient.Failure {
                try require(failure.problem == "unauthorized", "gave no reason: \(failure)")
            }
        }
    }

    @Test("24: An order may be `ready` a while after finalize (RFC 8555 §7.1.6)")
    func row24() throws {
        try Trial(bug: .takesReadyAfterFinalizeAsFailure, words: "the order is ready", finding: .neverDownloaded) {
            $0.policy.progress.issuance = .afterPolls(1)
        } arrange: {
            $0.rules.add(.set("/status", "ready").times(1), at: .finalize)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("54: An authorization that is dead makes an order useless, even a new one (RFC 8555 §7.1.6)")
    func row54() throws {
        try Trial(bug: .answersDeadAuthorizations, words: "answered what was dead", finding: .answeredDeadAuthorization)
        { _ in
        } arrange: {
            $0.rules.add(.set("/status", "invalid").times(1), at: .authorization)
        }.run { client, ca in
            _ = try client.obtain("www.example.test")
            try require(ca.journal.requests(to: .newOrder).count == 2, "answered what was dead")
        }
    }
}
