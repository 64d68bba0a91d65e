import Synchronization

/// The parts of a CA without sockets, wired together.
struct Core {
    let configuration: TestCA.Configuration
    let dns: CairnDNSTable
    let responder: CairnChallengeResponder
    let validation: CairnValidationPolicy
    let clock: TestCA.Clock
    let engine: Engine
    let gateway: Gateway

    init(_ requested: TestCA.Configuration, prober: any Prober) throws {
        try requested.check()
        var configuration = requested
        let seed = configuration.seed ?? .random()
        configuration.seed = seed
        configuration.personality.decide(&configuration.policy)
        for index in configuration.authority.profiles.indices {
            configuration.personality.decide(&configuration.authority.profiles[index])
        }
        self.configuration = configuration
        let clock = TestCA.Clock(configuration.clock)
        let dns = CairnDNSTable(queryLimit: configuration.bounds.dnsQueries)
        (dns.defaultIPv4, dns.defaultIPv6) = (configuration.dns.defaultIPv4, configuration.dns.defaultIPv6)
        let validation = CairnValidationPolicy()
        if configuration.validation.approvesAll { validation.standard = .approve }
        let responder = CairnChallengeResponder(
            forwardingTo: prober, generator: seed.generator(for: "challenge responder"), now: { clock.now })
        let validator = ValidationAuthority(
            dns: dns, prober: responder, policy: validation, configuration: configuration.validation)
        let engine = Engine(
            policy: configuration.policy, bounds: configuration.bounds,
            authority: try CertificateAuthority(configuration.authority, seed: seed), seed: seed,
            checkCAA: { recheck in
                let verdict = validator.checkCAA(CAACheck(recheck))
                return CAAFinding(
                    problem: verdict.problem,
                    probes: CairnProbeEvent.events(verdict, on: recheck.identifier, by: recheck.method))
            })
        let gateway = Gateway(
            engine: engine,
            configuration: GatewayConfiguration(
                origin: configuration.origin, retryAfter: configuration.retryAfter,
                retryAfterForm: configuration.retryAfterForm, personality: configuration.personality,
                draft: configuration.draft, seed: seed),
            now: { clock.now },
            validate: { job in
                validator.validate(ValidationAttempt(job, caa: engine.policy.caa)) { verdict in
                    for event in CairnProbeEvent.events(verdict, on: job.identifier, by: job.type) {
                        engine.journal.record(.probe(event), at: clock.now)
                    }
                    engine.finish(job, problem: verdict.problem, at: clock.now)
                }
            })
        engine.journal.follow { clock.now }
        for key in configuration.externalAccountKeys {
            _ = try engine.issueExternalAccountKey(
                identifier: key.identifier, macKey: key.macKey, uses: key.uses,
                expires: key.lifetime.map { clock.now + $0.bounded }, policy: key.policy, at: clock.now)
        }
        for grant in configuration.grants {
            let now = clock.now
            do throws(Refusal) {
                _ = try engine.grant(
                    grant.scope, toExternalAccount: grant.externalAccountKey, until: now + grant.duration.bounded,
                    at: now)
            } catch {
                throw TestCA.StartError("a grant to \(grant.externalAccountKey.quoted): \(error.problem.detail)")
            }
        }
        clock.attach(
            TestCA.Clock.Follower(
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
