import Cairn
import Testing

@Suite("Client bugs: what is tried again, when, and what is not", .timeLimit(.minutes(5)))
struct RetryTests {
    @Test("2: A limit that is exceeded is a reason to wait (RFC 8555 §6.6)")
    func row02() throws {
        try Trial(bug: .takesTransientErrorsAsFinal, words: "rateLimited", finding: .gaveUpTooSoon) {
            $0.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(1, per: .hours(3))
        }.run { client, ca in
            _ = try client.obtain("a.example.test")
            _ = try client.obtain("b.example.test")
            try require(ca.clock.now >= noon + .hours(3), "did not wait")
        }
    }

    @Test("3: An order that the CA has forgotten is no reason to give up a renewal (RFC 8555 §7.1.3)")
    func row03() throws {
        try Trial(bug: .trustsAnOldOrder, words: "404") {
            $0.bounds.finishedOrders = 1
        }.run { client, _ in
            let old = try client.obtain("a.example.test")
            _ = try client.obtain("b.example.test")
            _ = try client.renew(old, names: "a.example.test")
        }
    }

    @Test("5: What is refused for good is not asked for again (RFC 8555 §6.7)")
    func row05() throws {
        try Trial(bug: .retriesFatalRefusals, words: "placed the order 12 times", finding: .retriedFatalRefusal) {
            $0.policy.blockedNames = ["bank.test"]
        }.run { client, ca in
            client.run("bank.test")
            let count = ca.journal.requests(to: .newOrder).count
            try require(count == 1, "placed the order \(count) times")
        }
    }

    @Test("11: A long Retry-After is a long wait and no failure (RFC 9110 §10.2.3)")
    func row11() throws {
        try Trial(bug: .quitsOnLongWaits, words: "Retry-After is too long") {
            $0.retryAfter = .days(1)
            $0.policy.progress.issuance = .after(.hours(20))
        }.run { client, ca in
            _ = try client.obtain("www.example.test")
            try require(ca.clock.now >= noon + .hours(20), "did not wait")
        }
    }

    @Test("12: Retry-After may be a date (RFC 9110 §10.2.3)")
    func row12() throws {
        try Trial(bug: .readsRetryAfterAsANumber, words: "Retry-After is no number") {
            $0.retryAfterForm = .httpDate
            $0.policy.progress.issuance = .after(.seconds(10))
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("32: New terms are for a person to read, and then the request is made again (RFC 8555 §7.3.3)")
    func row32() throws {
        try Trial(bug: .ignoresNewTerms, words: "userActionRequired").run { client, ca in
            _ = try client.obtain("a.example.test")
            ca.policy.termsOfService?.version = "2"
            client.human = { page in
                try require(page.hasPrefix("https://localhost/"), "showed \(page)")
                try ca.accounts.agreeToTerms(CairnObjectID(url: client.kid ?? ""))
            }
            _ = try client.obtain("b.example.test")
        }
    }

    @Test("33: An account that the CA does not know is made there (RFC 8555 §7.3)", arguments: [false, true])
    func row33(_ isRevoked: Bool) throws {
        try Trial(bug: .keepsAForeignAccount, words: isRevoked ? "unauthorized" : "accountDoesNotExist").run {
            client, ca in
            if isRevoked {
                try client.register()
                try ca.accounts.revoke(CairnObjectID(url: client.kid ?? ""))
            } else {
                let other = try CorrectClient(TestCA.inMemory())
                try other.register()
                (client.key, client.kid) = (other.key, other.kid)
            }
            _ = try client.obtain("www.example.test")
        }
    }

    @Test("39: Polls are as far apart as Retry-After says (RFC 8555 §7.4, §7.5.1)")
    func row39() throws {
        try Trial(bug: .ignoresRetryAfter, words: "polled too fast", finding: .polledTooFast) {
            $0.retryAfter = .seconds(10)
            $0.policy.progress.issuance = .afterPolls(4)
        }.run { client, ca in
            _ = try client.obtain("www.example.test")
            let reads = ca.journal.entries.filter { $0.request?.object?.status == .processing }
            try require(reads.count == 5, "expected 4 polls and the answer before, got \(reads.count)")
            for (one, next) in zip(reads, reads.dropFirst()) {
                try require(next.at - one.at >= .seconds(10), "polled too fast, after \(next.at - one.at)")
            }
        }
    }

    @Test("2: An error of the server is a reason to wait, whatever it looks like (RFC 9110 §15.6)")
    func row02AtFinalize() throws {
        try Trial(bug: .takesTransientErrorsAsFinal, words: "503", finding: .gaveUpTooSoon) { _ in
        } arrange: {
            $0.rules.add(
                .unavailable(retryAfter: .seconds(30)).times(1).then(.html(status: 502).times(1)), at: .finalize,
                each: .order)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("4: A directory that is down for a while is asked again (RFC 9110 §15.6)")
    func row04() throws {
        try Trial(bug: .diesOnADirectoryInHTML, words: "unexpected <", finding: .gaveUpTooSoon) { _ in
        } arrange: {
            $0.rules.add(.html(status: 502).times(2), at: .directory)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("10: When the answer to finalize is lost, the order tells what came of it (RFC 8555 §7.4)")
    func row10() async throws {
        try await Trial(bug: .finalizesAgainAfterALostAnswer, words: "orderNotReady", finding: .neverDownloaded) { _ in
        } arrange: {
            $0.rules.add(.loseAnswer.times(1), at: .finalize)
        }.runOverTheWire { client, _ in _ = try client.obtain("www.example.test") }
    }

    private static let forms: [CairnRetryAfter] = [
        .date, .obsoleteDate, .asctime, .date(in: .seconds(-60)), .text("soon"), .several(.text("soon"), .seconds(5)),
    ]

    @Test("12: Retry-After may be any date, and nonsense is none (RFC 9110 §5.6.7, §10.2.3)", arguments: forms)
    func row12InEveryForm(_ form: CairnRetryAfter) throws {
        try Trial(bug: .readsRetryAfterAsANumber, words: "Retry-After is no number", finding: .gaveUpTooSoon) { _ in
        } arrange: {
            $0.rules.add(.rateLimited(retryAfter: form).times(1), at: .newOrder)
        }.run { client, _ in _ = try client.obtain("www.example.test") }
    }

    @Test("29: A finalize that takes minutes is no reason to start anew (RFC 8555 §7.4)")
    func row29() throws {
        try Trial(bug: .startsAnewAfterATimeOut, words: "finalize took too long", finding: .neverDownloaded) { _ in
        } arrange: {
            $0.rules.add(.delay(.minutes(5)).times(1), at: .finalize)
        }.run { client, ca in
            _ = try client.obtain("www.example.test")
            try require(ca.journal.certificates.count == 1, "\(ca.journal.certificates.count) certificates")
        }
    }

    @Test(
        "48: A profile that is refused, by whatever type, is left out (draft-ietf-acme-profiles §4)",
        arguments: ["unauthorized", "malformed"])
    func row48(_ type: String) throws {
        try Trial(bug: .knowsOneRefusalOfProfiles, words: type) {
            $0.authority.profiles.append(CairnCertificateProfile(name: "short", description: "six days"))
        } arrange: {
            $0.rules.add(.problem(type, status: 403), at: .newOrder, where: .payload("/profile", .exists))
        }.run { client, _ in _ = try client.obtain("www.example.test", profile: "short") }
    }
}
