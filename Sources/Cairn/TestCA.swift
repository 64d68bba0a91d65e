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
    /// Which names are approved or denied without looking; ``probes`` says where the others are looked for.
    public let validation: CairnValidationPolicy
    /// The clock that decides when things expire.
    public let clock: TestCA.Clock
    /// What happened, in order.
    public let journal: CairnJournal

    let engine: Engine
    private let validator: ValidationAuthority
    let gateway: Gateway
    let sockets: Sockets?
    let presetUses: Mutex<[PresetUse]>
    private let refusedSettings = Mutex<[CairnRefusedSetting]>([])
    /// Held by whoever changes presets or settings or goes back to the start, and by nobody who only reads.
    let changes = Mutex(())
    private let core: Core

    // MARK: Starting and stopping

    /// Starts a CA with its servers.
    ///
    /// When it returns, clients can connect.
    ///
    /// - Throws: ``TestCA/StartError`` if a port is taken, an address is not this machine's, or the configuration cannot work;
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

    /// Starts a CA without any socket, thread or task: ``respond(to:)`` is the only way in.
    ///
    /// Challenges are answered by ``responder`` or decided by ``validation``, and `dns-01` by ``dns``, before
    /// ``respond(to:)`` returns. A probe that would need the network fails with `connection`.
    ///
    /// - Throws: ``TestCA/StartError`` if the configuration cannot work.
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

    /// Closes every socket and connection and ends every thread.
    ///
    /// The journal can still be read afterwards. A second call does nothing. A CA that is only dropped closes shortly after
    /// the last reference to it is gone.
    public func shutdown() async {
        // What was still under way is reported before the journal ends.
        defer { journal.finish() }
        gateway.rules.releaseAll()
        await sockets?.close()
    }

    /// Goes back to the start, without a restart: the same requests then lead to the same journal as after it.
    ///
    /// Gone are all objects and nonces, the journal with its findings, and whatever was changed since the start: rules and
    /// what they have counted, records, decisions, answers to challenges, settings, and what the clock shows. What the
    /// configuration has from the start is there again, and every choice by chance is made once more as it was.
    ///
    /// What stays is what others hold: the servers with their ports and connections, whose numbers go on, and whether they
    /// refuse them; the hierarchy; the seed; those who observe or follow the journal, which begins at number 0 again. What a
    /// rule held back is let go. A request that is under way meanwhile finds some of both; it is for tests to wait for it.
    public func reset() {
        changes.withLock { _ in
            presetUses.withLock { $0 = configuration.presetUses }
            refusedSettings.withLock { $0 = [] }
            core.beginAnew()
        }
    }

    /// Whether something is going to happen without being asked for.
    package var isAwake: Bool { sockets?.isAwake ?? false }

    deinit {
        gateway.rules.releaseAll()
        sockets?.beginClosing()
        journal.finish()
    }

    // MARK: Where it is

    /// The seed of all random choices, with which a failed test can be repeated.
    public var seed: CairnSeed { configuration.seed ?? 0 }

    /// The URL of the directory (RFC 8555 §7.1.1), the only URL that a client needs.
    public var directoryURL: String { origin + "/dir" }

    /// The URL of the directory for clients that speak the ACME draft of March 2017.
    ///
    /// Accounts, orders and certificates are the same at both.
    public var draftDirectoryURL: String { origin + "/draft/dir" }

    /// Scheme and authority of the URLs that the CA hands out, unless a client uses another name for it.
    var origin: String {
        configuration.origin ?? sockets?.url.origin ?? "https://localhost"
    }

    /// Where the ACME server listens; `nil` in a CA without sockets.
    public var address: CairnIPEndpoint? { sockets?.http }

    /// Where the DNS server listens, over UDP and TCP; `nil` if there is none.
    public var dnsAddress: CairnIPEndpoint? { sockets?.dns }

    /// The URL of DNS over HTTPS (RFC 8484), such as `https://localhost:40125/dns-query`; `nil` if there is none.
    ///
    /// ``Configuration/DNSServer/httpsPort`` has it served.
    public var dnsOverHTTPSURL: String? { sockets?.dnsOverHTTPS }

    /// Scheme and authority of the URLs in certificates where relying parties are served over plain HTTP, such as
    /// `http://localhost:40126`; `nil` if they are not.
    ///
    /// ``Configuration/Listener/plainPort`` has them served.
    public var plainURL: String? { sockets?.plainURL }

    /// The roots that a client must trust to connect to ``directoryURL``.
    ///
    /// They are not those of the certificates that the CA issues: ``roots``.
    public var trustRoots: [TestCA.TrustRoot] { sockets?.trustRoots ?? [] }

    // MARK: What it asks of clients

    /// What is asked of clients, and how long things live, from now on.
    ///
    /// It begins as ``Configuration/policy``. A change holds for what happens afterwards: it changes no order that is
    /// there already. Each assignment reads the policy and writes it back, so of changes at the same time one can be lost:
    /// ``updatePolicy(_:)`` loses none.
    ///
    /// A setting keeps its value if it is assigned one that no configuration could have. The journal then has a
    /// ``CairnRefusedSetting``, and the test fails when its scope ends. Use ``updatePolicy(_:)`` to catch the error.
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
            let faults = CairnPolicy.catalogue.restore(&policy, from: before)
            if isAllOrNothing, !faults.isEmpty { policy = before }
            return (value, faults.map { $0.inside("policy") })
        }
    }

    /// Writes down what an assignment could not throw.
    private func note(_ faults: [SettingFault]) {
        guard !faults.isEmpty else { return }
        let refused = faults.map(CairnRefusedSetting.init)
        refusedSettings.withLock { $0 = ($0 + refused).suffix(100) }
        for setting in refused { journal.record(.refusedSetting(setting), at: clock.now) }
    }

    /// The assignments that were refused since the start, whether the journal still has them or not.
    package var refusals: [CairnRefusedSetting] { refusedSettings.withLock { $0 } }

    /// The certificate profiles on offer from now on (draft-ietf-acme-profiles); the first is the default.
    ///
    /// It begins as ``CairnAuthorityConfiguration/profiles``. Orders keep the profile that they were placed under as it was
    /// then; ``CairnPolicy/removedProfile`` says whether one whose profile is gone is still issued for.
    ///
    /// ```swift
    /// ca.profiles.removeAll { $0.name == "shortlived" }
    /// ```
    /// A list that no configuration could have is refused as with ``policy``; ``updateProfiles(_:)`` throws the error.
    public var profiles: [CairnCertificateProfile] {
        get { engine.profiles }
        set {
            do { try setProfiles(newValue) } catch { note([error]) }
        }
    }

    /// Changes the certificate profiles on offer.
    ///
    /// - Returns: what `change` returns.
    /// - Throws: ``TestCA/SettingError`` for a list that no configuration could have. Then nothing is changed.
    @discardableResult
    public func updateProfiles<Value>(
        _ change: (inout [CairnCertificateProfile]) -> Value
    ) throws(SettingError) -> Value {
        var profiles = profiles
        let value = change(&profiles)
        do { try setProfiles(profiles) } catch { throw SettingError([error]) }
        return value
    }

    private func setProfiles(_ profiles: [CairnCertificateProfile]) throws(SettingFault) {
        do { try CairnAuthorityConfiguration.validate(profiles) } catch {
            throw SettingFault("\(error)", at: "authority.profiles")
        }
        engine.profiles = profiles.map { profile in
            var profile = profile
            configuration.personality.decide(&profile)
            return profile
        }
    }

    /// Where and how long validations look that begin from now on.
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

    /// Changes where and how long validations look.
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

    /// What the CA does out of turn: where, when, and what.
    ///
    /// ```swift
    /// ca.rules.add(.badNonce.times(3), at: .finalize)
    /// ```
    /// It begins with the rules of ``Configuration/rules``.
    public var rules: CairnRules { CairnRules(gateway.rules) { [clock] in clock.now } }

    /// What the CA holds back, where ``CairnPolicy/progress`` says so.
    public var progress: TestCA.Progress { TestCA.Progress(engine: engine, clock: clock) }

    /// Accounts as they are now, oldest first, and what happens to them outside ACME.
    public var accounts: TestCA.Accounts { TestCA.Accounts(ca: self) }

    /// The keys by which accounts are bound to accounts outside ACME (RFC 8555 §7.3.4).
    public var externalAccounts: TestCA.ExternalAccounts { TestCA.ExternalAccounts(engine: engine, clock: clock) }

    /// The `oob-01` challenges, which wait for a person's decision.
    public var outOfBand: TestCA.OutOfBandChallenges { TestCA.OutOfBandChallenges(ca: self) }

    // MARK: The hierarchy

    /// The roots of the certificates that are issued, by the numbers that the configuration's chains give them.
    public var roots: [CairnCACertificate] { engine.authority.roots }

    /// The intermediates of the certificates that are issued: first those that signed them, in the order of ``chains``, then
    /// those above.
    ///
    /// A certificate that several chains have in common is there once. A root that was cross-signed is among them.
    public var intermediates: [CairnCACertificate] { engine.authority.intermediates }

    /// The chains that each certificate can be downloaded with (RFC 8555 §7.4.2): the default, then the alternates in the
    /// order in which they are linked.
    public var chains: [CairnCertificateChain] { engine.authority.chains }

    /// The private key of one of ``roots`` or ``intermediates`` in PEM, ended by a line feed, in the form that goes with its
    /// algorithm: PKCS #1 for RSA (`RSA PRIVATE KEY`), SEC 1 for ECDSA (`EC PRIVATE KEY`, RFC 5915).
    ///
    /// - Returns: `nil` for a certificate of another CA.
    public func privateKeyPEM(of certificate: CairnCACertificate) -> String? {
        engine.authority.privateKeyPEM(of: certificate)
    }

    // MARK: Renewals

    /// Has the CA suggest when to renew a certificate (RFC 9773 §4.2); `nil` goes back to what its lifetime suggests.
    ///
    /// - Throws: ``TestCA/UnknownObject`` if this CA did not issue the certificate, or has forgotten it.
    public func suggestRenewal(_ info: ACMERenewalInfo?, of serialNumber: CairnSerialNumber) throws(TestCA
        .UnknownObject)
    {
        guard engine.suggestRenewal(info, of: serialNumber, at: clock.now) else {
            throw TestCA.UnknownObject("there is no certificate \"\(serialNumber)\"")
        }
    }

    /// Has the CA answer questions about the renewal of a certificate with a text of your own, sent as it stands, with status
    /// 200 and as `application/json`, whatever it is; `nil` goes back to what the CA suggests.
    ///
    /// It is how a client is shown renewal information that it cannot read. While it is set,
    /// ``suggestRenewal(_:of:)`` has no effect on the answer.
    ///
    /// - Throws: ``TestCA/UnknownObject`` if this CA did not issue the certificate, or has forgotten it.
    public func setRenewalInfoBody(
        _ body: String?, of serialNumber: CairnSerialNumber
    ) throws(TestCA.UnknownObject) {
        guard engine.setRenewalInfoBody(body.map { Array($0.utf8) }, of: serialNumber, at: clock.now) else {
            throw TestCA.UnknownObject("there is no certificate \"\(serialNumber)\"")
        }
    }

    // MARK: Without a socket

    /// Responds to one request as the server at ``directoryURL`` does, without a socket.
    ///
    /// It never blocks, and can be called on any thread. How the response would reach a client (late, in pieces, not at
    /// all) is part of the ``CairnDelivery``.
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
