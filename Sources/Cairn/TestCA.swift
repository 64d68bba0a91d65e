import CairnTransport
import Synchronization

/// An ACME certificate authority in memory.
///
/// ```swift
/// try await withTestCA { ca in
///     ca.dns["www.example.test"] = [.a("127.0.0.1")]
///     try await client.issue("www.example.test", directory: ca.directoryURL, trusting: ca.trustRoots)
///     #expect(ca.journal.requests(to: .finalize).count == 1)
/// }
/// ```
/// `withTestCA` is in the product CairnTesting; elsewhere ``start(_:)`` and ``shutdown()`` do the same.
///
/// CAs share nothing: any number of them can run side by side in one process. All handles are synchronous.
public final class TestCA: Sendable {
    /// The configuration that the CA started with, its seed filled in.
    public let configuration: Configuration
    /// The fake DNS, the only one that validation asks.
    public let dns: CairnDNSTable
    /// Answers challenges for clients that have no web server.
    public let responder: CairnChallengeResponder
    /// Which names are approved or denied without looking; ``probes`` says where validations of the others look.
    public let validation: CairnValidationDecisions
    /// The CA's clock, which decides when objects expire.
    public let clock: TestCA.Clock
    /// What happened, in order.
    public let journal: CairnJournal

    let engine: Engine
    private let validator: ValidationAuthority
    let gateway: Gateway
    let sockets: Sockets?
    let presetUses: Mutex<[PresetUse]>
    private let refusedSettings = Mutex<[CairnRefusedSetting]>([])
    /// Held while presets or settings are changed or the CA is reset, and never to read.
    let changes = Mutex(())
    private let core: Core

    // MARK: Starting and stopping

    /// Starts a CA with its servers.
    ///
    /// Clients can connect as soon as it returns.
    ///
    /// - Throws: ``TestCA/StartError`` if a port is taken, an address is not this machine's, or the configuration is invalid;
    ///   ``StartError/reason`` says which.
    public static func start(_ configuration: Configuration = Configuration()) async throws(StartError) -> TestCA {
        try configuration.validate()
        let loops = EventLoops(threads: configuration.threads)
        do {
            let prober = try NetworkProber(on: loops)
            let core = try Core(
                configuration, prober: prober, connections: configuration.listener.security.connectionPowers)
            let sockets = try await Sockets.open(for: core, on: loops, prober: prober)
            return TestCA(core, sockets: sockets)
        } catch {
            try? await loops.shutdown()
            throw StartError(error)
        }
    }

    /// Starts a CA without sockets, threads or tasks: ``respond(to:)`` is the only way in.
    ///
    /// Challenges are answered by ``responder`` or decided by ``validation``, and `dns-01` by ``dns``, before
    /// ``respond(to:)`` returns. A probe that would need the network fails with `connection`.
    ///
    /// - Throws: ``TestCA/StartError`` if the configuration is invalid.
    public static func inMemory(_ configuration: Configuration = Configuration()) throws(StartError) -> TestCA {
        do {
            return TestCA(try Core(configuration, prober: NoNetwork()), sockets: nil)
        } catch {
            throw StartError(error)
        }
    }

    private init(_ core: Core, sockets: Sockets?) {
        configuration = core.configuration
        (dns, responder, validation) = (core.dns, core.responder, core.validation)
        validator = core.validator
        (clock, engine, gateway) = (core.clock, core.engine, core.gateway)
        journal = core.engine.journal
        (self.core, self.sockets) = (core, sockets)
        presetUses = Mutex(core.configuration.presetUses)
    }

    /// Closes all sockets and connections and ends all threads.
    ///
    /// The journal can still be read afterwards. A second call does nothing. A CA that is never shut down closes shortly after
    /// the last reference to it is released.
    public func shutdown() async {
        // What was still under way is reported before the journal ends.
        defer { journal.finish() }
        gateway.rules.releaseAll()
        await sockets?.close()
    }

    /// Resets the CA to its state after the start: the same requests then lead to the same journal again.
    ///
    /// This removes all objects and nonces, the journal with its findings, and every change since the start: rules and their
    /// counters, DNS records, decisions, answers to challenges, settings, and the time. Everything in the configuration is
    /// set up again, and random choices repeat from the seed.
    ///
    /// The servers keep their ports and connections, whose numbers go on, and go on refusing connections if they did. The
    /// hierarchy and the seed stay. Observers and followers of the journal stay too; its numbers begin at 0 again. Requests
    /// that a rule holds are released. Wait for requests in progress before you reset: they may see state of both sides.
    public func reset() {
        changes.withLock { _ in
            presetUses.withLock { $0 = configuration.presetUses }
            refusedSettings.withLock { $0 = [] }
            core.beginAnew()
        }
    }

    /// Whether timers will fire.
    package var isAwake: Bool { sockets?.isAwake ?? false }

    deinit {
        gateway.rules.releaseAll()
        sockets?.beginClosing()
        journal.finish()
    }

    // MARK: Addresses

    /// The seed of all random choices; use it to repeat a failed test.
    public var seed: CairnSeed { configuration.seed ?? 0 }

    /// The URL of the directory (RFC 8555 §7.1.1), the only URL that a client needs.
    public var directoryURL: String { origin + "/dir" }

    /// The URL of the directory for clients that speak the ACME draft of March 2017.
    ///
    /// Both directories lead to the same accounts, orders and certificates.
    public var draftDirectoryURL: String { origin + "/draft/dir" }

    /// Scheme and authority of the URLs in responses, unless a client addresses the CA by another name.
    var origin: String {
        configuration.origin ?? sockets?.url.origin ?? "https://localhost"
    }

    /// Where the ACME server listens; `nil` in a CA without sockets.
    public var address: CairnIPEndpoint? { sockets?.http }

    /// Where the DNS server listens, over UDP and TCP; `nil` if there is none.
    public var dnsAddress: CairnIPEndpoint? { sockets?.dns }

    /// The URL of DNS over HTTPS (RFC 8484), such as `https://localhost:40125/dns-query`; `nil` if there is none.
    ///
    /// Set ``Configuration/DNSServer/httpsPort`` to serve it.
    public var dnsOverHTTPSURL: String? { sockets?.dnsOverHTTPS }

    /// Scheme and authority of the URLs in certificates that relying parties use over plain HTTP, such as
    /// `http://localhost:40126`; `nil` if plain HTTP is not served.
    ///
    /// Set ``Configuration/Listener/plainPort`` to serve it.
    public var plainURL: String? { sockets?.plainURL }

    /// The roots that a client must trust to connect to ``directoryURL``.
    ///
    /// They are not those of the certificates that the CA issues: ``Authority/roots``.
    public var trustRoots: [TestCA.TrustRoot] { sockets?.trustRoots ?? [] }

    // MARK: Settings

    /// What the CA requires of clients, and the lifetimes of objects.
    ///
    /// It begins as ``Configuration/policy``. A change affects later requests and no existing order. An assignment reads the
    /// whole policy and writes it back, so concurrent assignments can overwrite each other; ``updatePolicy(_:)`` avoids that.
    ///
    /// A setting keeps its value if it is assigned one that no configuration could have. The journal then has a
    /// ``CairnRefusedSetting``, and the test fails when its scope ends. Use ``updatePolicy(_:)`` to catch the error.
    /// What nobody has chosen (``CairnChoice``) is as ``personality`` decides.
    public var policy: CairnPolicy {
        get { engine.policy }
        set {
            let (_, faults) = changePolicy { $0 = newValue }
            note(faults)
        }
    }

    /// Changes the policy in one step: of concurrent changes, each sees what the one before it left.
    ///
    /// ```swift
    /// try ca.updatePolicy {
    ///     $0.rateLimits.newOrdersPerAccount = CairnRateLimit(1, per: .hours(1))
    ///     $0.progress.issuance = .manually
    /// }
    /// ```
    /// Requests see all of the change or nothing of it.
    ///
    /// - Parameter change: may use the CA, but must not change its policy in another way.
    /// - Returns: what `change` returns.
    /// - Throws: ``TestCA/SettingError`` for values that no configuration could have. Then nothing is changed.
    @discardableResult
    public func updatePolicy<Value>(_ change: (inout CairnPolicy) -> Value) throws(SettingError) -> Value {
        let (value, faults) = changePolicy(isAllOrNothing: true, change)
        guard faults.isEmpty else { throw SettingError(faults) }
        return value
    }

    /// - Parameter isAllOrNothing: whether one fault keeps all of the change back, and not only the setting that has it.
    private func changePolicy<Value>(
        isAllOrNothing: Bool = false, _ change: (inout CairnPolicy) -> Value
    ) -> (Value, [SettingFault]) {
        engine.updatePolicy { policy in
            let before = policy
            let value = change(&policy)
            var faults = CairnPolicy.catalogue.restore(&policy, from: before)
            let profiles = engine.profiles.map(\.name)
            let known = before.contradictions(to: profiles)
            let contradictions = policy.contradictions(to: profiles).filter { !known.contains($0) }
            if !contradictions.isEmpty {
                faults += contradictions
                policy.profiles = before.profiles
                policy.$defaultProfile = before.$defaultProfile
            }
            if isAllOrNothing, !faults.isEmpty { policy = before }
            gateway.personality.decide(&policy)
            return (value, faults.map { $0.inside("policy") })
        }
    }

    /// The server that the CA imitates from the next request on.
    ///
    /// It begins as ``Configuration/personality``. What the former one decided in ``policy`` and in the profiles is undone, and
    /// the new one decides; what somebody chose stays.
    public var personality: CairnPersonality {
        get { gateway.personality }
        set { changes.withLock { _ in imitate(newValue) } }
    }

    /// Takes over a personality; ``changes`` is locked.
    func imitate(_ personality: CairnPersonality) {
        gateway.personality = personality
        _ = changePolicy { _ in }
        authority.offer(authority.profiles)
    }

    /// Records what an assignment could not throw.
    func note(_ faults: [SettingFault]) {
        guard !faults.isEmpty else { return }
        let refused = faults.map(CairnRefusedSetting.init)
        refusedSettings.withLock { $0 = ($0 + refused).suffix(100) }
        for setting in refused { journal.record(.refusedSetting(setting), at: clock.now) }
    }

    /// The assignments that were refused since the start, whether the journal still has them or not.
    package var refusals: [CairnRefusedSetting] { refusedSettings.withLock { $0 } }

    /// Where validations look and how long they wait, from the next one on.
    ///
    /// It begins as ``Configuration/probes``. Set the ports to where a client serves its challenges itself:
    ///
    /// ```swift
    /// ca.probes.httpPort = server.port
    /// ```
    /// A value that no configuration could have is refused as with ``policy``; ``updateProbes(_:)`` throws the error.
    public var probes: CairnProbeSettings {
        get { validator.settings }
        set {
            var probes = newValue
            var faults = CairnProbeSettings.catalogue.restore(&probes, from: validator.settings)
            let contradictions = probes.contradictions
            if !contradictions.isEmpty {
                faults += contradictions
                probes = validator.settings
            }
            note(faults.map { $0.inside("probes") })
            validator.settings = probes
        }
    }

    /// Changes where validations look and how long they wait.
    ///
    /// - Returns: what `change` returns.
    /// - Throws: ``TestCA/SettingError`` for values that no configuration could have. Then nothing is changed.
    @discardableResult
    public func updateProbes<Value>(_ change: (inout CairnProbeSettings) -> Value) throws(SettingError) -> Value {
        var probes = validator.settings
        let value = change(&probes)
        let faults = CairnProbeSettings.catalogue.faults(in: probes)
        let all = faults.isEmpty ? probes.contradictions : faults
        guard all.isEmpty else { throw SettingError(all.map { $0.inside("probes") }) }
        validator.settings = probes
        return value
    }

    /// The faults and other rules in effect: where, when, and what.
    ///
    /// ```swift
    /// ca.rules.add(.badNonce.times(3), at: .finalize)
    /// ```
    /// It begins with the rules of ``Configuration/rules``.
    public var rules: CairnRules { CairnRules(gateway.rules) { [clock] in clock.now } }

    /// The rules that clients choose by `/with/NAME/dir`.
    ///
    /// They begin as ``Configuration/rulesets``.
    public var rulesets: CairnRulesets { CairnRulesets(gateway.rules) { [clock] in clock.now } }

    /// Results that the CA holds because ``CairnPolicy/progress`` says so.
    public var progress: TestCA.Progress { TestCA.Progress(engine: engine, clock: clock) }

    /// The `oob-01` challenges, which a person decides.
    public var outOfBand: TestCA.OutOfBandChallenges { TestCA.OutOfBandChallenges(ca: self) }

    // MARK: Renewals

    /// Sets when the CA suggests to renew a certificate (RFC 9773 §4.2); `nil` goes back to what its lifetime suggests.
    ///
    /// - Throws: ``TestCA/ObjectError`` if this CA did not issue the certificate, or has forgotten it.
    public func suggestRenewal(
        _ info: ACMERenewalInfo?, of serialNumber: CairnSerialNumber
    ) throws(ObjectError) {
        try intervene(.suggestRenewal(of: serialNumber, info))
    }

    /// Sets the text that the CA answers requests for a certificate's renewal information with, sent as it stands with status
    /// 200 and as `application/json`; `nil` goes back to what the CA suggests.
    ///
    /// Use it to show a client renewal information that it cannot read. While it is set, ``suggestRenewal(_:of:)`` has no effect
    /// on the answer.
    ///
    /// - Throws: ``TestCA/ObjectError`` if this CA did not issue the certificate, or has forgotten it.
    public func setRenewalInfoBody(_ body: String?, of serialNumber: CairnSerialNumber) throws(ObjectError) {
        guard engine.setRenewalInfoBody(body.map { Array($0.utf8) }, of: serialNumber, at: clock.now) else {
            throw ObjectError(.unknown, "there is no certificate \("\(serialNumber)".quoted)")
        }
    }

    func intervene(_ intervention: Intervention) throws(ObjectError) {
        do { try engine.intervene(intervention, at: clock.now) } catch { throw ObjectError(error) }
        gateway.catchUp()
    }

    // MARK: Without a socket

    /// Responds to a request as the server at ``directoryURL`` would, without a socket.
    ///
    /// It never blocks and can be called on any thread. The ``CairnDelivery`` also says how the response would reach a client:
    /// late, in pieces, or not at all.
    public func respond(to request: CairnRequest) -> CairnDelivery {
        gateway.respondWithoutWire(to: request)
    }
}

extension TestCA: CustomStringConvertible {
    /// `CA at https://localhost:40123/dir, seed 42, clock standing at 2030-01-01T00:00:00Z, 12 requests, 1 certificate`.
    public var description: String {
        let place = sockets == nil ? "CA without sockets" : "CA at \(directoryURL)"
        let scale = clock.scale
        let time = "clock \(scale == 0 ? "standing" : scale == 1 ? "running" : "running ×\(scale)") at \(clock.now)"
        let (requests, certificates) = (journal.requests.count, journal.certificates.count)
        return "\(place), seed \(seed), \(time), \(requests) \(requests == 1 ? "request" : "requests"), "
            + "\(certificates) \(certificates == 1 ? "certificate" : "certificates")"
    }
}

extension TestCA {
    /// A root certificate that a client must trust to reach a server.
    public struct TrustRoot: Hashable, Sendable {
        /// The certificate in DER.
        public let derEncoded: [UInt8]

        package init(derEncoded: [UInt8]) {
            self.derEncoded = derEncoded
        }

        /// The certificate in PEM, ended by a line feed.
        public var pem: String {
            String(decoding: PEM.block("CERTIFICATE", derEncoded), as: UTF8.self)
        }
    }
}
