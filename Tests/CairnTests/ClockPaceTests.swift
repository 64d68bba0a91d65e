import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Synchronization
import Testing

@Suite("The pace of a clock", .timeLimit(.minutes(5)))
struct ClockPaceTests {
    @Test("A clock that is stopped stands where it was, and goes on from there")
    func stop() {
        let clock = TestCA.Clock(.running)
        clock.stop()
        #expect(!clock.isRunning && clock.scale == 0)
        let shown = clock.now
        #expect(clock.now == shown)
        clock.advance(by: .days(1))
        #expect(clock.now == shown + .days(1))
        clock.run()
        #expect(clock.isRunning && clock.scale == 1)
        #expect(clock.now >= shown + .days(1) && clock.now < shown + .days(2))
    }

    @Test("A clock that stands can be made to run, at any pace within its bounds")
    func scales() {
        let clock = TestCA.Clock(.standing(at: noon))
        for (asked, scale) in [(60.0, 60.0), (0, 0.000_001), (-1, 0.000_001), (1e300, 1_000_000), (.nan, 1)] {
            clock.run(scale: asked)
            #expect(clock.scale == scale)
        }
        #expect(clock.now >= noon)
    }

    @Test("At a fast pace much time passes in little, and no clock goes beyond what timestamps have")
    func fast() async throws {
        let clock = TestCA.Clock(.standing(at: noon))
        clock.run(scale: 1_000_000)
        // A day is a tenth of a second.
        try await clock.sleep(until: noon + .days(1))
        #expect(clock.now >= noon + .days(1))
        clock.set(to: "9999-12-31T23:59:59Z")
        try await clock.sleep(until: "9999-12-31T23:59:59Z")
        clock.stop()
        #expect(clock.now.rfc3339 == "9999-12-31T23:59:59Z")
    }

    @Test("Whoever sleeps wakes in time, however the pace changes meanwhile")
    func sleepers() async throws {
        let clock = TestCA.Clock(.standing(at: noon))
        let sleeper = Task {
            try await clock.sleep(until: noon + .days(10))
            return clock.now
        }
        await eventually("it sleeps") { clock.sleeperCount == 1 }
        clock.run(scale: 0.000_001)
        await eventually("it sleeps again") { clock.sleeperCount == 1 }
        clock.stop()
        await eventually("it sleeps once more") { clock.sleeperCount == 1 }
        clock.run(scale: 1_000_000)
        clock.advance(by: .days(9))
        #expect(try await sleeper.value >= noon + .days(10))
    }

    @Test("What becomes due happens by itself once the clock runs, and not while it stands")
    func alarm() async throws {
        let configuration = TestCA.Configuration.with {
            $0.clock = .standing(at: noon)
            $0.policy.lifetimes.order = .days(1)
            $0.policy.lifetimes.pendingAuthorization = .days(1)
        }
        try await withTestCA(configuration) { ca in
            let order = try await onOwnThread {
                let client = try ca.client()
                try client.register()
                return try client.order(["www.example.test"])
            }
            #expect(!ca.isAwake)
            ca.clock.run()
            #expect(ca.isAwake)
            ca.clock.stop()
            #expect(!ca.isAwake)
            #expect(ca.orders.first?.status == .pending)
            ca.clock.run(scale: 1_000_000)
            let id = CairnObjectID(url: order.url)
            let expired = await ca.journal.first { $0.statusChange.map { $0.id == id && $0.to == .invalid } ?? false }
            #expect(expired != nil)
        }
    }
}
