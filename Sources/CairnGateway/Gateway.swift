package import CairnEngine
package import CairnModel
package import HTTPTypes
import Synchronization

/// The CA as an HTTP server without a socket: one synchronous function from a request to a delivery, ``respond(to:)``.
///
/// Work that takes longer than that (a validation) is handed on when the answer is complete; nothing ever waits in here.
package final class Gateway: Sendable {
    package let engine: Engine
    package let configuration: GatewayConfiguration
    /// What is spoken here: RFC 8555 first, which has the personality, then what has paths of its own.
    var dialects: [any Dialect] { spokenDialects.withLock { $0 } }
    private let spokenDialects: Mutex<[any Dialect]>
    /// Those of the dialects, in the same order.
    private let paths: [Paths]
    /// The dialect in which each account acted last, where there are several.
    let spoken = Mutex<[Account.ID: String]>([:])
    let now: @Sendable () -> CairnInstant
    let validate: @Sendable (ValidationJob) -> Void
    /// What the CA does out of turn.
    package let rules: RuleEngine
    /// Decides the form of a `Retry-After` where chance does.
    let dice: Mutex<SeededGenerator>
    /// Decides the order of lists where chance does.
    let shuffler: Mutex<SeededGenerator>
    /// How many requests came.
    private let count = Atomic(0)
    /// 0 for none.
    private let plainPortNumber = Atomic(0)
    /// The port beside that of ACME where relying parties are served without TLS, once it listens; `nil` for none.
    package var plainPort: Int? {
        get {
            let number = plainPortNumber.load(ordering: .relaxed)
            return number > 0 ? number : nil
        }
        set { plainPortNumber.store(newValue ?? 0, ordering: .relaxed) }
    }

    /// Makes a gateway.
    ///
    /// - Parameters:
    ///   - now: the clock; it is read once for each request.
    ///   - validate: carries out a validation and brings the verdict to ``Engine/finish(_:_:at:)``, at once or later.
    package init(
        engine: Engine, configuration: GatewayConfiguration, now: @escaping @Sendable () -> CairnInstant,
        validate: @escaping @Sendable (ValidationJob) -> Void
    ) {
        self.engine = engine
        self.configuration = configuration
        let dialects: [any Dialect] =
            [RFC8555(configuration.personality, at: configuration.wire.paths, engine.kinds)]
            + (configuration.wire.draft.map { [Draft2017($0, engine.kinds)] } ?? [])
        spokenDialects = Mutex(dialects)
        paths = dialects.map(\.paths)
        self.now = now
        self.validate = validate
        rules = RuleEngine(
            seed: configuration.seed, presets: configuration.presets, carryOut: { engine.carryOut($0, $1) },
            canCarryOut: { engine.canCarryOut($0, $1) },
            refusing: { $0.impossibility(at: $1, configuration.connections) },
            remaining: { engine.remaining($0, $1) })
        dice = Mutex(configuration.seed.generator(for: "Retry-After"))
        shuffler = Mutex(configuration.seed.generator(for: "order of lists"))
    }

    /// Which server it resembles in its words: from the next request on.
    package var personality: CairnPersonality {
        get { dialects[0].personality }
        set {
            let dialect = RFC8555(newValue, at: configuration.wire.paths, engine.kinds)
            spokenDialects.withLock { $0[0] = dialect }
        }
    }

    /// Goes back to the start: no rules, and requests are counted from 1 again.
    package func beginAnew() {
        personality = configuration.personality
        rules.beginAnew()
        spoken.withLock { $0 = [:] }
        dice.withLock { $0 = configuration.seed.generator(for: "Retry-After") }
        shuffler.withLock { $0 = configuration.seed.generator(for: "order of lists") }
        count.store(0, ordering: .relaxed)
    }

    /// Gives a request its number, its instant and its dialect.
    func begin(_ request: CairnRequest) -> Exchange {
        let whole = request.head.path ?? ""
        let choice = RuleWorld.split(whole)
        let path = choice?.path ?? whole
        return Exchange(
            request, number: count.add(1, ordering: .relaxed).newValue, to: path, in: choice?.world, of: engine,
            origin: configuration.origin, plainPort: plainPort, dialect: dialect(of: path), now: now())
    }

    /// The dialect that a path belongs to.
    private func dialect(of path: String) -> any Dialect {
        dialects[paths.indices.dropFirst().first { paths[$0].own(path[...]) } ?? 0]
    }

    /// Does what is due by now, and carries out the validations among it.
    package func catchUp() {
        engine.advance(to: now())
        validateDueJobs()
    }

    func validateDueJobs() {
        for job in engine.takeDueJobs() { validate(job) }
    }

    /// Refuses a request that never became one (RFC 9110 §15.5), with a problem document and header fields like any other.
    ///
    /// What cannot be known of it may be a POST, so the answer brings a nonce; without an authority it has no Link to the
    /// directory, unless the configuration says where that is.
    ///
    /// - Parameter head: as much of the request as could be read; `nil` for nothing.
    package func refuse(_ status: HTTPResponse.Status, _ detail: String, head: HTTPRequest? = nil) -> CairnDelivery {
        var exchange = begin(
            CairnRequest(head ?? HTTPRequest(method: .post, scheme: nil, authority: nil, path: nil)))
        exchange.knowsOrigin = exchange.knowsOrigin && (configuration.origin != nil || head?.authority != nil)
        let refusal = Refusal(.malformed, detail, status: status)
        return finish(write(refusal, exchange), &exchange, isReadable: head != nil)
    }
}
