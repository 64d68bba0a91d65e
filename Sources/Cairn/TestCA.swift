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
    /// What the CA was made from, with the seed filled in.
    public let configuration: Configuration
    /// The fake DNS, through which alone names are resolved.
    public let dns: CairnDNSTable
    /// Answers challenges for clients that have no web server.
    public let responder: CairnChallengeResponder
    /// Which names are approved or denied without looking.
    public let validation: CairnValidationPolicy
    /// The clock that everything follows which expires.
    public let clock: TestCA.Clock
    /// What happened, in order.
    public let journal: CairnJournal

    let engine: Engine
    let gateway: Gateway
    let sockets: Sockets?

    // MARK: Starting and stopping

    /// Starts a CA with its servers.
    ///
    /// When it returns, clients can connect.
    ///
    /// - Throws: ``TestCA/StartError`` if a port is taken, an address is not this machine's, or the configuration cannot work.
    public static func start(_ configuration: Configuration = Configuration()) async throws -> TestCA {
        try configuration.check()
        let loops = EventLoops(threads: configuration.threads)
        do {
            let prober = try NetworkProber(on: loops)
            let core = try Core(configuration, prober: prober)
            let sockets = try await Sockets.open(for: core, on: loops, prober: prober)
            return TestCA(core, sockets: sockets)
        } catch {
            try? await loops.shutdown()
            throw TestCA.StartError(error)
        }
    }

    /// Makes a CA without any socket, thread or task: ``respond(to:)`` is its only door.
    ///
    /// Challenges are answered by ``responder`` or decided by ``validation``, and `dns-01` by ``dns``, before
    /// ``respond(to:)`` returns. A probe that would need the network fails with `connection`.
    public static func inMemory(_ configuration: Configuration = Configuration()) throws -> TestCA {
        do {
            return TestCA(try Core(configuration, prober: NoNetwork()), sockets: nil)
        } catch {
            throw TestCA.StartError(error)
        }
    }

    private init(_ core: Core, sockets: Sockets?) {
        configuration = core.configuration
        (dns, responder, validation) = (core.dns, core.responder, core.validation)
        (clock, engine, gateway) = (core.clock, core.engine, core.gateway)
        journal = core.engine.journal
        self.sockets = sockets
    }

    /// Closes every socket and connection and ends every thread.
    ///
    /// What happened can still be read afterwards. A second call does nothing. Without a call the same happens, a little
    /// later, when nothing refers to the CA any more.
    public func shutdown() async throws {
        // What was still under way is reported before the journal ends.
        defer { journal.finish() }
        try await sockets?.close()
    }

    /// Whether something is going to happen without being asked for.
    package var isAwake: Bool { sockets?.isAwake ?? false }

    deinit {
        sockets?.beginClosing()
        journal.finish()
    }

    // MARK: Where it is

    /// The seed of all random choices.
    ///
    /// A test that fails can be repeated with it.
    public var seed: CairnSeed { configuration.seed ?? 0 }

    /// The URL of the directory (RFC 8555 §7.1.1), the one thing that a client has to be told.
    public var directoryURL: String { origin + "/dir" }

    /// The URL of the directory for clients that speak the ACME draft of March 2017.
    ///
    /// Accounts, orders and certificates are the same at both.
    public var draftDirectoryURL: String { origin + "/draft/dir" }

    /// Scheme and authority of the URLs that the CA hands out, unless a client uses another name for it.
    private var origin: String {
        configuration.origin ?? sockets?.url.origin ?? "https://localhost"
    }

    /// Where the ACME server listens; `nil` in a CA without sockets.
    public var address: CairnIPEndpoint? { sockets?.http }

    /// Where the DNS server listens, with UDP and TCP; `nil` if there is none.
    public var dnsAddress: CairnIPEndpoint? { sockets?.dns }

    /// The roots that a client must trust to connect to ``directoryURL``.
    ///
    /// They have nothing to do with ``roots``.
    public var trustRoots: [TestCA.TrustRoot] { sockets?.trustRoots ?? [] }

    // MARK: What it asks of clients

    /// What is asked of clients, and how long things live, from now on.
    ///
    /// It begins as ``Configuration/policy``. A change holds for what happens afterwards: it changes no order that is
    /// there already. Each assignment reads the policy and writes it back, so two threads must not change it at a time.
    ///
    /// A value that a configuration could not have is not taken: the setting stays as it was, and the journal has a finding
    /// of the kind `refusedSetting` that says why.
    public var policy: CairnPolicy {
        get { engine.policy }
        set {
            var policy = newValue
            for fault in CairnPolicy.catalogue.restore(&policy, from: engine.policy) {
                let finding = CairnFinding(
                    .refusedSetting, "\(fault.inside("policy")); it stays as it was", account: nil)
                journal.record(.finding(finding), at: clock.now)
            }
            engine.policy = policy
        }
    }

    /// What the CA holds back, where ``CairnPolicy/progress`` says so.
    public var progress: TestCA.ProgressControl { TestCA.ProgressControl(engine: engine, clock: clock) }

    /// Accounts, and what happens to them outside ACME.
    public var accounts: TestCA.Accounts { TestCA.Accounts(ca: self) }

    /// The keys by which accounts are bound to accounts outside ACME (RFC 8555 §7.3.4).
    public var externalAccounts: TestCA.ExternalAccounts { TestCA.ExternalAccounts(engine: engine, clock: clock) }

    /// The `oob-01` challenges, which somebody has to decide.
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

    // MARK: Without a socket

    /// Answers one request: the same server as at ``directoryURL``, without a socket.
    ///
    /// It returns at once, and from any thread. How the response would reach a client (late, in pieces, not at all) is in
    /// the ``CairnDelivery``.
    public func respond(to request: CairnRequest) -> CairnDelivery {
        gateway.respondWithoutWire(to: request)
    }
}

extension TestCA: CustomStringConvertible {
    /// `CA at https://localhost:40123/dir with seed 42 (its clock shows 2030-01-01T00:00:00Z, journal: 12 entries)`.
    public var description: String {
        let place = sockets == nil ? "CA without sockets" : "CA at \(directoryURL)"
        return "\(place) with seed \(seed) (its clock shows \(clock.now), journal: \(journal.entries.count) entries)"
    }
}
