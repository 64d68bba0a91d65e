import CairnCertificates
import CairnEngine
import CairnGateway
import CairnModel
import CairnReferenceClient
import CairnValidation
import Synchronization
import Testing

extension CairnWireSettings {
    /// Some of them, and the others at their defaults.
    static func with(_ change: (inout CairnWireSettings) -> Void) -> CairnWireSettings {
        var settings = CairnWireSettings()
        change(&settings)
        return settings
    }
}

/// A CA whose clock stands still and whose validations wait until the test decides them.
final class TestServer: Sendable {
    static let start = CivilTime(year: 2026, month: 11, day: 22, hour: 8).instant

    let engine: Engine
    let gateway: Gateway
    private let clock: TestTime
    private let validator: TestValidator
    private let caa = TestCAA()

    /// - Parameter approving: whether validations succeed at once.
    init(
        policy: CairnPolicy = CairnPolicy(), bounds: CairnBounds = CairnBounds(),
        authority: CairnAuthorityConfiguration = CairnAuthorityConfiguration(),
        configuration: GatewayConfiguration = GatewayConfiguration(), seed: CairnSeed = 1, approving: Bool = true
    ) throws {
        let engine = Engine(
            policy: policy, bounds: bounds, authority: try CertificateAuthority(authority, seed: seed), seed: seed,
            kinds: .known, checkCAA: { [caa] _ in caa.look() })
        let clock = TestTime(Self.start)
        let validator = TestValidator(engine: engine, clock: clock, approving: approving)
        gateway = Gateway(
            engine: engine, configuration: configuration, now: { clock.now }, validate: { validator.take($0) })
        (self.engine, self.clock, self.validator) = (engine, clock, validator)
    }

    var now: CairnInstant { clock.now }

    /// Moves the clock, and does on the way what becomes due.
    func advance(by duration: Duration, sourceLocation: SourceLocation = #_sourceLocation) {
        let end = clock.now + duration
        // What is due and stays due, whatever is done, would be met for ever.
        let limit = 10_000
        var steps = 0
        while let due = engine.nextDue, due <= end {
            guard steps < limit else {
                Issue.record(
                    "expected nothing to be due until \(end) after \(limit) steps, got something due at \(due)",
                    sourceLocation: sourceLocation)
                return
            }
            steps += 1
            clock.advance(by: max(.zero, due - clock.now))
            gateway.catchUp()
        }
        clock.advance(by: end - clock.now)
        gateway.catchUp()
    }

    /// Decides every validation from now on with `decide`: a problem, or `nil` for success.
    func decide(_ decide: @escaping @Sendable (ValidationJob) -> ACMEProblem?) {
        validator.decide(decide)
    }

    /// Lets CAA records forbid whatever is looked at again from now on.
    func forbidByCAA(_ problem: ACMEProblem) { caa.answer { problem } }

    /// Does something whenever CAA records are looked at again: between what a finalize finds and what it commits.
    func onCAA(_ body: @escaping @Sendable () -> Void) {
        caa.answer {
            body()
            return nil
        }
    }

    /// The validations that wait for a verdict, oldest first.
    var pendingJobs: [ValidationJob] { validator.pending }

    /// Brings the verdict on the oldest validation that waits.
    func finish(_ problem: ACMEProblem? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
        guard validator.finish(problem) else {
            Issue.record("expected a validation that waits for its verdict, got none", sourceLocation: sourceLocation)
            return
        }
    }

    func client(key: AccountKey? = nil) throws -> ReferenceClient {
        try ReferenceClient(key: key) { [gateway] in gateway.respond(to: $0) }
    }

    /// A client that has an account.
    func registered(key: AccountKey? = nil) throws -> ReferenceClient {
        let client = try client(key: key)
        try client.register()
        return client
    }
}

extension ReferenceClient {
    /// Places an order and fulfils all its authorizations by their first challenge.
    func readyOrder(_ names: [String], _ members: [String: Any] = [:]) throws -> Placed {
        let order = try order(names, members)
        for authorization in order.authorizations {
            let challenges = try read(authorization).json["challenges"] as? [[String: Any]] ?? []
            try respond(to: challenges.first?["url"] as? String ?? "")
        }
        return order
    }
}

/// A clock that only the test moves.
final class TestTime: Sendable {
    private let instant: Mutex<CairnInstant>

    init(_ instant: CairnInstant) { self.instant = Mutex(instant) }

    var now: CairnInstant { instant.withLock { $0 } }

    func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }
}

/// What CAA records say when they are looked at again.
private final class TestCAA: Sendable {
    private let answer = Mutex<@Sendable () -> ACMEProblem?>({ nil })

    func look() -> Verdict { answer.withLock { $0 }().map(Verdict.invalid) ?? .valid }

    func answer(_ answer: @escaping @Sendable () -> ACMEProblem?) { self.answer.withLock { $0 = answer } }
}

/// Decides validations at once, or keeps them until the test does.
private final class TestValidator: Sendable {
    private let engine: Engine
    private let clock: TestTime
    private let jobs = Mutex<[ValidationJob]>([])
    private let verdict = Mutex<(@Sendable (ValidationJob) -> ACMEProblem?)?>(nil)

    init(engine: Engine, clock: TestTime, approving: Bool) {
        (self.engine, self.clock) = (engine, clock)
        if approving { decide { _ in nil } }
    }

    var pending: [ValidationJob] { jobs.withLock { $0 } }

    func decide(_ decide: @escaping @Sendable (ValidationJob) -> ACMEProblem?) {
        verdict.withLock { $0 = decide }
    }

    func take(_ job: ValidationJob) {
        if job.attempt.type == .oob01 { return takeOutOfBand(job) }
        if let decide = verdict.withLock({ $0 }) {
            engine.finish(job, problem: decide(job), at: clock.now)
        } else {
            jobs.withLock { $0.append(job) }
        }
    }

    /// A human decides, or nobody does.
    private func takeOutOfBand(_ job: ValidationJob) {
        switch job.attempt.decision {
        case nil: break
        case .valid?: engine.finish(job, problem: nil, at: clock.now)
        case .invalid(let problem)?: engine.finish(job, problem: problem, at: clock.now)
        }
    }

    /// Decides the oldest one that is kept; `false` if there is none.
    func finish(_ problem: ACMEProblem?) -> Bool {
        guard let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return false }
        engine.finish(job, problem: problem, at: clock.now)
        return true
    }
}
