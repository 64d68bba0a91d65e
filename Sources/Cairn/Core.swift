import Synchronization

/// The parts of a CA without sockets, wired together.
struct Core {
    let configuration: TestCA.Configuration
    let dns: DNSTable
    let responder: ChallengeResponder
    let validation: ValidationPolicy
    let clock: TestClock
    let engine: Engine
    let gateway: Gateway

    init(_ requested: TestCA.Configuration, prober: any Prober) throws {
        try requested.check()
        var configuration = requested
        let seed = configuration.seed ?? .random()
        configuration.seed = seed
        self.configuration = configuration
        let clock = TestClock(configuration.clock)
        let dns = DNSTable(queryLimit: configuration.bounds.dnsQueries)
        let validation = ValidationPolicy()
        let responder = ChallengeResponder(
            forwardingTo: prober, generator: seed.generator(for: "challenge responder"), now: { clock.now })
        let engine = Engine(
            policy: configuration.policy, bounds: configuration.bounds,
            authority: try CertificateAuthority(configuration.authority, seed: seed), seed: seed)
        let validator = ValidationAuthority(
            dns: dns, prober: responder, policy: validation, configuration: configuration.validation)
        let note = { @Sendable (verdict: Verdict, identifier: Identifier, type: ChallengeType) in
            for event in ProbeEvent.events(verdict, on: identifier, by: type) {
                engine.journal.record(.probe(event), at: clock.now)
            }
        }
        let gateway = Gateway(
            engine: engine,
            configuration: GatewayConfiguration(
                origin: configuration.origin, retryAfter: configuration.retryAfter,
                retryAfterForm: configuration.retryAfterForm, personality: configuration.personality, seed: seed),
            now: { clock.now },
            checkCAA: { recheck, accountURL in
                let verdict = validator.checkCAA(
                    CAACheck(
                        CAAIssuer(identities: recheck.identities, accountURL: accountURL),
                        challengeType: recheck.method, identifier: recheck.identifier))
                note(verdict, recheck.identifier, recheck.method)
                return verdict.problem
            },
            validate: { job in
                validator.validate(ValidationAttempt(job, caa: engine.policy.caa)) { verdict in
                    note(verdict, job.identifier, job.type)
                    engine.finish(job, problem: verdict.problem, at: clock.now)
                }
            })
        clock.attach(
            TestClock.Follower(
                nextDue: { [weak engine] in engine?.nextDue }, catchUp: { [weak gateway] in gateway?.catchUp() }))
        (self.clock, self.dns, self.validation) = (clock, dns, validation)
        (self.responder, self.engine, self.gateway) = (responder, engine, gateway)
    }
}

/// The prober of a CA that was started without sockets.
struct NoNetwork: Prober {
    private static let failure = ProbeFailure.other("this CA was made without sockets and reaches nobody")

    func fetch(_ probe: HTTPProbe, completion: @escaping @Sendable (HTTPProbe.Outcome) -> Void) {
        completion(.failure(Self.failure))
    }

    func handshake(_ probe: TLSProbe, completion: @escaping @Sendable (TLSProbe.Outcome) -> Void) {
        completion(.failure(Self.failure))
    }
}
