import CairnModel
import Testing

@testable import CairnEngine

@Suite("Token buckets", .timeLimit(.minutes(5)))
struct TokenBucketTests {
    private static let start = CivilTime(year: 2026, month: 11, day: 22, hour: 8).instant
    private let key = TokenBuckets.Key.accountsFrom("192.0.2.1")

    @Test("A full bucket gives its tokens at once, then one every period / count")
    func burst() {
        var buckets = TokenBuckets()
        let limit = CairnRateLimit(3, per: .hours(3))
        for _ in 0..<3 {
            #expect(buckets.availability(in: key, of: limit, at: Self.start) == .now)
            buckets.spend(key, of: limit, at: Self.start)
        }
        let next = Self.start + .hours(1)
        #expect(buckets.availability(in: key, of: limit, at: Self.start) == .at(next))
        #expect(buckets.availability(in: key, of: limit, at: next - .nanoseconds(1)) == .at(next))
        #expect(buckets.availability(in: key, of: limit, at: next) == .now)
        buckets.spend(key, of: limit, at: next)
        #expect(buckets.availability(in: key, of: limit, at: next) == .at(next + .hours(1)))
        // After the whole period it is full, and holds no more than that.
        let later = Self.start + .days(30)
        for _ in 0..<3 { buckets.spend(key, of: limit, at: later) }
        #expect(buckets.availability(in: key, of: limit, at: later) == .at(later + .hours(1)))
    }

    @Test("A count that does not divide the period loses no token", arguments: [1, 3, 7, 11, 1152])
    func rounding(_ count: Int) {
        var buckets = TokenBuckets()
        let limit = CairnRateLimit(count, per: .seconds(1))
        var spent = 0
        while buckets.availability(in: key, of: limit, at: Self.start) == .now, spent <= count {
            buckets.spend(key, of: limit, at: Self.start)
            spent += 1
        }
        #expect(spent == count)
    }

    @Test("An empty bucket owes nothing, however often one asks")
    func noDebt() {
        var buckets = TokenBuckets()
        let limit = CairnRateLimit(1, per: .hours(1))
        for _ in 0..<100 { buckets.spend(key, of: limit, at: Self.start) }
        #expect(buckets.availability(in: key, of: limit, at: Self.start) == .at(Self.start + .hours(1)))
    }

    @Test("A bucket lacks no more than its tokens, whatever a longer limit or a later clock has left behind")
    func leftBehind() {
        let limit = CairnRateLimit(2, per: .hours(1))
        var buckets = TokenBuckets()
        for _ in 0..<7 { buckets.spend(key, of: CairnRateLimit(7, per: .days(7)), at: Self.start) }
        #expect(buckets.availability(in: key, of: limit, at: Self.start) == .at(Self.start + .minutes(30)))
        buckets.fill(key)
        for _ in 0..<2 { buckets.spend(key, of: limit, at: Self.start + .days(365)) }
        #expect(buckets.availability(in: key, of: limit, at: Self.start) == .at(Self.start + .minutes(30)))
    }

    @Test("No tokens at all, and any number of them")
    func extremes() {
        var buckets = TokenBuckets()
        #expect(buckets.availability(in: key, of: CairnRateLimit(0, per: .hours(1)), at: Self.start) == .never)
        #expect(CairnRateLimit(-1, per: .hours(1)).count == 0)
        buckets.spend(key, of: CairnRateLimit(1, per: .seconds(Int64.max)), at: Self.start)
        for _ in 0..<100 {
            #expect(buckets.availability(in: key, of: .unlimited, at: Self.start) == .now)
            buckets.spend(key, of: .unlimited, at: Self.start)
        }
    }

    @Test("Buckets that have filled again are forgotten in time")
    func bounded() {
        var buckets = TokenBuckets()
        let limit = CairnRateLimit(1, per: .seconds(1))
        for number in 0..<10_000 {
            buckets.spend(
                .accountsFrom(.v4(UInt32(number))), of: limit, at: Self.start + .seconds(number))
        }
        #expect(buckets.count <= 64)
    }
}

@Suite("Registered domains", .timeLimit(.minutes(5)))
struct RegisteredDomainTests {
    @Test(
        "They are two labels, one more than a known suffix, an IPv4 address, or an IPv6 /64",
        arguments: [
            ("www.example.test", "example.test"), ("*.a.example.test", "example.test"),
            ("example.test", "example.test"),
            ("localhost", "localhost"), ("new.blog.example.co.uk", "example.co.uk"), ("co.uk", "co.uk"),
            ("example.co.uk", "example.co.uk"), ("a.b.c.deep.suffix.test", "c.deep.suffix.test"),
            ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ])
    func registered(_ name: ACMEIdentifier, _ domain: String) {
        var limits = CairnRateLimits()
        limits.publicSuffixes.formUnion(["suffix.test", "deep.suffix.test"])
        #expect(limits.registeredDomain(of: name) == domain)
    }
}
