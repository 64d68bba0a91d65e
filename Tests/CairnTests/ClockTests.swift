import Cairn
import CairnOpenSSLJudge
import CairnReferenceClient
import CairnTesting
import Synchronization
import Testing

@Suite("The clock of a CA as a clock of the standard library", .timeLimit(.minutes(5)))
struct StandardClockTests {
    /// Who has woken, in order.
    private final class Awake: Sendable {
        let hours = Mutex<[Int]>([])
    }

    /// Code that takes any clock.
    private func wait<C: Clock>(_ duration: Duration, on clock: C) async throws -> C.Instant
    where C.Duration == Duration {
        try await clock.sleep(until: clock.now.advanced(by: duration), tolerance: nil)
        return clock.now
    }

    @Test("Instants are as far apart as they were moved")
    func instants() {
        #expect(noon.advanced(by: .hours(2)) == noon + .hours(2))
        #expect(noon.duration(to: noon - .hours(2)) == .hours(-2))
    }

    @Test("Whoever sleeps until an instant that has been sleeps not at all")
    func past() async throws {
        let clock = TestCA.Clock(.standing(at: noon))
        try await clock.sleep(until: noon, tolerance: nil)
        try await clock.sleep(for: .hours(-1))
        #expect(clock.now == noon && clock.sleeperCount == 0)
        let running = TestCA.Clock(.running)
        try await running.sleep(for: .zero)
        #expect(running.sleeperCount == 0)
    }

    @Test("Sleepers wake when a clock that stands is moved as far, and not before")
    func standing() async throws {
        let clock = TestCA.Clock(.standing(at: noon))
        let awake = Awake()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for hours in [3, 1, 2] {
                group.addTask {
                    let woken = try await wait(.hours(hours), on: clock)
                    #expect(woken >= noon + .hours(hours))
                    awake.hours.withLock { $0.append(hours) }
                }
            }
            await eventually("all sleep") { clock.sleeperCount == 3 }
            clock.advance(by: .hours(1) - .seconds(1))
            #expect(clock.sleeperCount == 3)
            clock.advance(by: .seconds(1))
            #expect(clock.sleeperCount == 2)
            await eventually("the first is awake") { awake.hours.withLock { $0 } == [1] }
            clock.set(to: noon)
            #expect(clock.sleeperCount == 2)
            clock.advance(by: .days(1))
            try await group.waitForAll()
            #expect(awake.hours.withLock { $0.sorted() } == [1, 2, 3])
        }
    }

    @Test("A sleeper that is cancelled wakes at once with an error, whether the clock stands or runs")
    func cancelled() async throws {
        for clock in [TestCA.Clock(.standing(at: noon)), TestCA.Clock(.running)] {
            let sleeper = Task { try await clock.sleep(for: .days(1)) }
            await eventually("it sleeps") { clock.sleeperCount == 1 }
            sleeper.cancel()
            await #expect(throws: CancellationError.self) { try await sleeper.value }
            #expect(clock.sleeperCount == 0)
            // One that is cancelled before it sleeps does not begin.
            let late = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await clock.sleep(for: .days(1))
            }
            await #expect(throws: CancellationError.self) { try await late.value }
        }
    }

    @Test("A clock that runs wakes its sleepers as time passes, and when it is moved")
    func running() async throws {
        let clock = TestCA.Clock(.running)
        let start = clock.now
        #expect(try await wait(.milliseconds(1), on: clock) >= start + .milliseconds(1))
        let sleeper = Task { try await clock.sleep(for: .days(1)) }
        await eventually("it sleeps") { clock.sleeperCount == 1 }
        clock.advance(by: .days(2))
        try await sleeper.value
        #expect(clock.now >= start + .days(2))
    }

    @Test("What was due has happened when a sleeper wakes")
    func order() async throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.policy.lifetimes.pendingAuthorization = .hours(1)
            })
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let sleeper = Task {
            try await ca.clock.sleep(for: .hours(1))
            return ca.journal.statusChanges.last?.to
        }
        await eventually("it sleeps") { ca.clock.sleeperCount == 1 }
        ca.clock.advance(by: .hours(1))
        #expect(try await sleeper.value == "invalid")
        #expect(try client.read(order.url).state == "invalid")
    }
}

@Suite("The clock of a CA", .timeLimit(.minutes(5)))
struct ClockTests {
    @Test("A clock that stands moves only when it is told to")
    func standing() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        #expect(ca.clock.now == noon)
        try ca.client().register()
        #expect(ca.clock.now == noon)
        ca.clock.advance(by: .days(61))
        #expect(ca.clock.now == noon + .days(61))
        ca.clock.set(to: noon)
        #expect(ca.clock.now == noon)
    }

    @Test("A clock that runs goes on by itself, from where it was set")
    func running() async throws {
        let ca = try TestCA.inMemory()
        let before = ca.clock.now
        await eventually("the clock goes on") { ca.clock.now > before }
        ca.clock.set(to: noon)
        #expect(ca.clock.now >= noon)
        await eventually("the clock goes on from there") { ca.clock.now > noon }
        ca.clock.advance(by: .hours(1))
        #expect(ca.clock.now > noon + .hours(1))
    }

    @Test("A pending authorization expires, and with it its order, before the move returns (RFC 8555 §7.1.6)")
    func authorizationExpires() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.policy.lifetimes.pendingAuthorization = .hours(1)
            })
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let authorization = try #require(order.authorizations.first)
        #expect(try client.read(authorization).json["expires"] as? String == "2031-06-03T13:00:00Z")
        ca.clock.advance(by: .hours(1) - .seconds(1))
        #expect(try client.read(authorization).state == "pending")
        ca.clock.advance(by: .seconds(1))
        // It is the move that changes the status, not the reading.
        #expect(ca.journal.statusChanges.suffix(2).map(\.to) == ["expired", "invalid"])
        #expect(try client.read(authorization).state == "expired")
        #expect(try client.read(order.url).state == "invalid")
    }

    @Test("A ready order expires (RFC 8555 §7.1.3)")
    func orderExpires() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.policy.lifetimes.order = .hours(2)
            })
        ca.validation.standard = .approve
        let client = try ca.client()
        try client.register()
        let order = try client.order(["www.example.test"])
        let authorization = try #require(order.authorizations.first)
        try client.respond(to: client.challenge("http-01", of: authorization).url)
        #expect(try client.read(order.url).state == "ready")
        ca.clock.advance(by: .hours(2))
        #expect(try client.read(order.url).state == "invalid")
        #expect(try client.read(authorization).state == "valid")
    }

    @Test("A valid authorization expires later than a pending one (RFC 8555 §7.1.6)")
    func validAuthorizationExpires() throws {
        let ca = try TestCA.inMemory(.with { $0.clock = .standing(at: noon) })
        ca.validation.standard = .approve
        let client = try ca.client()
        try client.register()
        let authorization = try #require(client.order(["www.example.test"]).authorizations.first)
        try client.respond(to: client.challenge("http-01", of: authorization).url)
        ca.clock.advance(by: .days(30) - .seconds(1))
        #expect(try client.read(authorization).state == "valid")
        ca.clock.advance(by: .seconds(1))
        #expect(try client.read(authorization).state == "expired")
    }

    @Test("Retries without a wait happen at their time too, when the clock is moved far (RFC 8555 §8.2)")
    func retries() throws {
        let ca = try TestCA.inMemory(
            .with {
                $0.clock = .standing(at: noon)
                $0.policy.validationRetries = [.zero, .zero, .seconds(5), .zero]
            })
        let client = try ca.client()
        try client.register()
        let authorization = try #require(client.order(["www.example.test"]).authorizations.first)
        try client.respond(to: client.challenge("http-01", of: authorization).url)
        ca.clock.advance(by: .hours(1))
        let failed = ca.journal.entries.filter { if case .probe = $0.event { true } else { false } }
        #expect(failed.map { $0.at - noon } == [.zero, .zero, .zero, .seconds(5), .seconds(5)])
        #expect(try client.read(authorization).state == "invalid")
    }

    @Test("A move gives up on what comes again and again at one instant, and ends where it was to end")
    func endless() {
        let clock = TestCA.Clock(.standing(at: noon))
        let count = Mutex(0)
        clock.attach(
            TestCA.Clock.Follower(
                // Only a move that never gives up comes as far as this.
                nextDue: { count.withLock { $0 < 100_000 ? noon + .hours(1) : nil } },
                catchUp: { count.withLock { $0 += 1 } }))
        clock.advance(by: .hours(2))
        #expect(clock.now == noon + .hours(2))
        #expect(count.withLock { $0 } <= 1_100)
    }

    @Test("What comes at ever later instants is all done, however much it is")
    func long() {
        let clock = TestCA.Clock(.standing(at: noon))
        let count = Mutex(0)
        clock.attach(
            TestCA.Clock.Follower(
                nextDue: { count.withLock { $0 < 5_000 ? noon + .seconds(1 + $0) : nil } },
                catchUp: { count.withLock { $0 = min($0 + 1, 5_000) } }))
        clock.advance(by: .hours(2))
        #expect(count.withLock { $0 } == 5_000)
    }

    @Test("Certificates are dated by the clock, and clients connect whatever it shows")
    func dates() async throws {
        try await withTestCA(.with { $0.clock = .standing(at: noon) }) { ca in
            let pem = try await ca.issue("www.example.test")
            let leaf = try #require(try OpenSSLCertificate.certificates(inPEM: pem).first)
            let seconds = Int(noon.secondsSinceEpoch)
            #expect(try leaf.notBefore == seconds - 3600)
            #expect(try leaf.notAfter == seconds - 3600 + 90 * 86_400 - 1)
        }
    }
}
