import Cairn
import Testing

@Suite("Client bugs: renewals and what they replace", .timeLimit(.minutes(5)))
struct RenewalTests {
    @Test("1: A certificate that is replaced already is renewed by an order without `replaces` (RFC 9773 §5)")
    func row01() throws {
        try Trial(bug: .givesUpOnRefusedReplaces, words: "409 alreadyReplaced", finding: .gaveUpOnReplaces).run {
            client, ca in
            let old = try client.obtain("www.example.test")
            _ = try client.renew(old, names: "www.example.test")
            _ = try client.renew(old, names: "www.example.test")
            try require(ca.journal.certificates.count == 3, "\(ca.journal.certificates.count) certificates")
        }
    }

    @Test("6: The window is that of the certificate that is in use, whatever its notBefore (RFC 9773 §4.2)")
    func row06() throws {
        try Trial(bug: .trustsAStaleWindow, words: "has 6 certificates", finding: .renewedTooEarly) {
            $0.authority.profiles[0].backdate = .days(1)
        }.run { client, ca in
            var certificate = try client.obtain("www.example.test")
            let window = ACMERenewalInfo(start: ca.clock.now - .hours(1), end: ca.clock.now - .minutes(30))
            try ca.suggestRenewal(window, of: ca.journal.certificates[0].serialNumber)
            for _ in 0..<5 {
                ca.clock.advance(by: .minutes(1))
                if try client.isDue(certificate) {
                    certificate = try client.renew(certificate, names: "www.example.test")
                }
            }
            let count = ca.journal.certificates.count
            try require(count == 2, "has \(count) certificates")
        }
    }

    @Test("20: Renewal information may come without Retry-After (RFC 9773 §4.3)")
    func row20() throws {
        try Trial(bug: .needsRetryAfterOfRenewalInfo, words: "unexpectedly found nil") {
            $0.policy.renewalInfo?.retryAfter = nil
        }.run { client, _ in
            try require(try !client.isDue(try client.obtain("www.example.test")), "renews at once")
        }
    }

    @Test("31: `replaces` is for CAs that offer renewal information (RFC 9773 §5)")
    func row31() throws {
        try Trial(bug: .replacesUnasked, words: "sent replaces", finding: .replacesWithoutRenewalInfo) {
            $0.policy.renewalInfo = nil
        }.run { client, ca in
            _ = try client.renew(try client.obtain("www.example.test"), names: "www.example.test")
            let orders = ca.journal.requests(to: .newOrder)
            try require(orders.allSatisfy { $0.payload?["replaces"] == nil }, "sent replaces")
        }
    }

    @Test("47: When to renew follows from the lifetime, not from a number of days (RFC 9773 §4.2)")
    func row47() throws {
        try Trial(bug: .renewsThirtyDaysBefore, words: "has 5 certificates", finding: .renewedTooEarly) {
            $0.authority.profiles[0].validity = .days(6)
        }.run { client, ca in
            var certificate = try client.obtain("www.example.test")
            for _ in 0..<4 {
                ca.clock.advance(by: .hours(6))
                if try client.isDue(certificate) {
                    certificate = try client.renew(certificate, names: "www.example.test")
                }
            }
            let count = ca.journal.certificates.count
            try require(count == 1, "has \(count) certificates")
            ca.clock.advance(by: .days(3))
            try require(try client.isDue(certificate), "renews too late")
        }
    }

    @Test("53: Whoever comes to a certificate with another account renews it without `replaces` (RFC 9773 §5)")
    func row53() throws {
        try Trial(bug: .knowsConflictsAlone, words: "40", finding: .gaveUpOnReplaces).run { client, ca in
            let old = try CorrectClient(ca).obtain("www.example.test")
            _ = try client.obtain("www.example.test", replacing: old)
        }
    }

    @Test("60: A certificate is used when it is valid by the clock of whoever uses it (RFC 5280 §4.1.2.5)")
    func row60() throws {
        try Trial(bug: .usesCertificatesAtOnce, words: "used too early").run { client, ca in
            client.delay = .hours(2)
            let certificate = try client.obtain("www.example.test")
            try client.use(certificate)
            try require(try client.now >= certificate.notBefore, "used too early")
        }
    }

    @Test(
        "1: Whatever a CA refuses `replaces` with, the order is placed without it (RFC 9773 §5)",
        arguments: [("alreadyReplaced", 409), ("conflict", 409), ("malformed", 400)])
    func row01OnDemand(_ type: String, _ status: Int) throws {
        try Trial(bug: .givesUpOnRefusedReplaces, words: type, finding: .gaveUpOnReplaces) { _ in
        } arrange: {
            $0.rules.add(.problem(type, status: status).times(1), at: .newOrder, where: .payload("/replaces", .exists))
        }.run { client, _ in _ = try client.renew(try client.obtain("www.example.test"), names: "www.example.test") }
    }
}
