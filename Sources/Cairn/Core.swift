import Synchronization

/// The parts of a CA without sockets, wired together.
struct Core {
    let configuration: TestCA.Configuration
    let dns: CairnDNSTable
    let responder: CairnChallengeResponder
    let validation: CairnValidationDecisions
    let validator: ValidationAuthority
    let clock: TestCA.Clock
    let engine: Engine
    let gateway: Gateway

    /// - Parameter connections: what rules can do to the connections that there will be.
    init(_ requested: TestCA.Configuration, prober: any Prober, connections: ConnectionPowers = .none) throws {
        try requested.validate()
        var configuration = requested
        let seed = configuration.seed ?? .random()
        configuration.seed = seed
        configuration.personality.decide(&configuration.policy)
        for index in configuration.authority.profiles.indices {
            configuration.personality.decide(&configuration.authority.profiles[index])
        }
        self.configuration = configuration
        let clock = TestCA.Clock(configuration.clock)
        let dns = CairnDNSTable(queryLimit: configuration.bounds.dnsQueries, now: { clock.now })
        let validation = CairnValidationDecisions()
        let responder = CairnChallengeResponder(
            dns: dns, forwardingTo: prober, generator: seed.generator(for: "challenge responder"), now: { clock.now })
        let validator = ValidationAuthority(
            dns: dns, prober: responder, policy: validation, settings: configuration.probes)
        let engine = Engine(
            policy: configuration.policy, bounds: configuration.bounds,
            authority: try CertificateAuthority(configuration.authority, seed: seed), seed: seed, kinds: .known,
            checkCAA: { validator.checkCAA($0) }, lookAhead: { validator.lookAhead($0) })
        var shown = GatewayConfiguration(
            configuration.wire, origin: configuration.origin, personality: configuration.personality, seed: seed)
        shown.presets = configuration.presets.reduce(into: CairnPreset.rulesByName) { $0[$1.name] = $1.taggedRules }
        shown.connections = connections
        let gateway = Gateway(
            engine: engine, configuration: shown,
            now: { clock.now },
            validate: { job in
                var attempt = job.attempt
                if let caa = engine.sharedPolicy.value.caa, caa.checks { attempt.caaIdentities = caa.identities }
                attempt.begun = clock.now
                validator.validate(attempt) { engine.finish(job, $0, at: clock.now) }
            })
        engine.journal.follow { clock.now }
        clock.attach(
            TestCA.Clock.Follower(
                nextDue: { [weak engine] in engine?.nextDue }, catchUp: { [weak gateway] in gateway?.catchUp() }))
        (self.clock, self.dns, self.validation, self.validator) = (clock, dns, validation, validator)
        (self.responder, self.engine, self.gateway) = (responder, engine, gateway)
        try fill()
    }

    /// Puts everything in that the configuration has from the start.
    private func fill() throws {
        configuration.dns.fill(dns)
        configuration.validation.fill(validation)
        configuration.responder.fill(responder)
        let rules = CairnRules(gateway.rules) { [clock] in clock.now }
        let rulesets = CairnRulesets(gateway.rules) { [clock] in clock.now }
        do throws(CairnRuleError) {
            try rules.add(configuration.rules)
            for name in configuration.rulesets.keys.sorted() {
                try rulesets.save(configuration.rulesets[name] ?? [], as: name)
            }
        } catch {
            throw TestCA.StartError("rules: \(error)")
        }
        for key in configuration.externalAccountKeys {
            _ = try engine.issueExternalAccountKey(
                identifier: key.identifier, macKey: key.macKey, uses: key.uses,
                expires: key.lifetime.map { clock.now + $0.bounded }, policy: key.policy, at: clock.now)
        }
        for grant in configuration.grants {
            let now = clock.now
            do throws(Objection) {
                _ = try engine.grant(
                    grant.scope, toExternalAccount: grant.externalAccountKey, until: now + grant.duration.bounded,
                    at: now)
            } catch {
                throw TestCA.StartError("a grant to \(grant.externalAccountKey.quoted): \(error)")
            }
        }
        for pause in configuration.pauses {
            try engine.pause(pause.identifiers, ofExternalAccount: pause.externalAccountKey, at: clock.now)
        }
    }

    /// Goes back to the start.
    func beginAnew() {
        engine.journal.suspendWaits()
        gateway.beginAnew()
        engine.beginAnew()
        clock.beginAnew()
        engine.journal.resumeWaits()
        dns.beginAnew()
        responder.beginAnew()
        validator.settings = configuration.probes
        // What could be put in at the start can be put in now.
        try? fill()
    }
}

extension CairnSeed {
    /// A random seed from the system's entropy.
    public static func random() -> CairnSeed {
        var entropy = SystemRandomNumberGenerator()
        return CairnSeed(entropy.next())
    }
}
