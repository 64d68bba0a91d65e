package import CairnEngine
package import CairnModel
package import HTTPTypes
import Synchronization

/// The CA as an HTTP server without a socket: one synchronous function from a request to a delivery.
///
/// A request goes through its stages in one direction: route, signature, nonce, decoding, engine, rendering. Work that
/// takes longer than that (a validation) is handed on when the answer is complete; nothing ever waits in here.
package final class Gateway: Sendable {
    package let engine: Engine
    package let configuration: GatewayConfiguration
    /// What is spoken here: RFC 8555 first, then what has paths of its own.
    let dialects: [any Dialect]
    /// The dialect in which each account acted last, where there are several.
    let spoken = Mutex<[Account.ID: String]>([:])
    private let now: @Sendable () -> Instant
    private let validate: @Sendable (ValidationJob) -> Void
    /// Decides the form of a `Retry-After` where chance does.
    let dice: Mutex<SeededGenerator>

    /// Makes a gateway.
    ///
    /// - Parameters:
    ///   - now: the clock; it is read once for each request.
    ///   - validate: carries out a validation and brings the verdict to ``Engine/finish(_:problem:at:)``, at once or later.
    package init(
        engine: Engine, configuration: GatewayConfiguration, now: @escaping @Sendable () -> Instant,
        validate: @escaping @Sendable (ValidationJob) -> Void
    ) {
        self.engine = engine
        self.configuration = configuration
        dialects = [RFC8555(configuration.personality)] + (configuration.draft.map { [Draft2017($0)] } ?? [])
        self.now = now
        self.validate = validate
        dice = Mutex(configuration.seed.generator(for: "Retry-After"))
    }

    /// Answers a request.
    ///
    /// The answer to HEAD has the body that GET has, for whoever sends it to count and leave out.
    package func respond(to request: Request) -> Delivery {
        var exchange = Exchange(
            request,
            links: Links(origin: configuration.origin ?? request.origin, dialect: dialect(of: request)), now: now())
        let answer: Answer
        do throws(Refusal) {
            answer = try perform(&exchange)
        } catch {
            answer = self.answer(refusing: error, in: exchange)
        }
        let delivery = deliver(answer, for: exchange)
        engine.journal.record(.request(event(of: exchange, answer)), at: exchange.now)
        for job in exchange.jobs { validate(job) }
        validateDueJobs()
        return delivery
    }

    /// The dialect that a path belongs to.
    private func dialect(of request: Request) -> any Dialect {
        guard dialects.count > 1, let path = request.head.path else { return dialects[0] }
        return dialects.last { $0.paths.own(path[...]) } ?? dialects[0]
    }

    /// Does what is due by now, and carries out the validations among it.
    package func catchUp() {
        engine.advance(to: now())
        validateDueJobs()
    }

    private func validateDueJobs() {
        for job in engine.takeDueJobs() { validate(job) }
    }

    /// Refuses a request that never became one (RFC 9110 §15.5), with a problem document like any other.
    ///
    /// If it was a POST it has a nonce (RFC 8555 §6.5), and if it said by which name this server was called, a Link to the
    /// directory (§7.1).
    ///
    /// - Parameters:
    ///   - method: the method of the request, if it could be read.
    ///   - authority: its `Host`, if it could be read.
    package func refuse(
        _ status: HTTPResponse.Status, _ detail: String, method: HTTPRequest.Method? = nil, authority: String? = nil
    ) -> Delivery {
        let name = authority.flatMap { Request.isAuthority($0) ? $0 : nil }
        let request = Request(HTTPRequest(method: method ?? .get, scheme: nil, authority: name, path: nil))
        let exchange = Exchange(
            request, links: Links(origin: configuration.origin ?? request.origin, dialect: dialects[0]), now: now())
        let answer = answer(refusing: Refusal(.malformed, detail, status: status.code), in: exchange)
        let delivery = deliver(answer, for: exchange, withIndex: name != nil || configuration.origin != nil)
        var event = RequestEvent(endpoint: nil, method: method?.rawValue ?? "", path: "", status: status.code)
        event.problem = answer.problem
        engine.journal.record(.request(event), at: exchange.now)
        return delivery
    }

    private func perform(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        let path = exchange.path
        if let authority = exchange.request.head.authority, !Request.isAuthority(authority) {
            throw Refusal(
                .malformed,
                "expected Host to be a name or an address, and perhaps a port, got \"\(authority)\" (RFC 9110 §7.2)")
        }
        let paths = exchange.dialect.paths
        guard let route = paths.route(path), isOffered(route.resource) else {
            throw Refusal(
                .malformed, "there is nothing at \"\(path)\"; the directory is at \"\(paths.path(of: .directory))\"",
                status: 404, cause: .unknownPath)
        }
        exchange.route = route
        if exchange.request.head.method == .options { return preflight(route) }
        guard let method = Route.Method(rawValue: exchange.request.head.method.rawValue), route.methods.contains(method)
        else {
            let hint =
                exchange.dialect.conduct.readsByPostAsGet ? "; resources are read by POST-as-GET (RFC 8555 §6.3)" : ""
            throw Refusal(
                .malformed,
                "expected \(route.allow) for \(route.resource.endpoint), got \(exchange.request.head.method.rawValue)"
                    + hint, status: 405, cause: .method)
        }
        return try answer(&exchange, at: route.resource)
    }

    /// Whether there is such a resource at all (RFC 8555 §7.1.1).
    private func isOffered(_ resource: Resource) -> Bool {
        if case .newAuthz = resource { engine.policy.preAuthorization } else { true }
    }

    private func answer(_ exchange: inout Exchange, at resource: Resource) throws(Refusal) -> Answer {
        switch resource {
        case .directory: try directory(&exchange)
        case .newNonce: try newNonce(&exchange)
        case .newAccount: try newAccount(&exchange)
        case .newOrder: try newOrder(&exchange)
        case .newAuthz: try newAuthz(&exchange)
        case .revokeCert: try revokeCert(&exchange)
        case .keyChange: try keyChange(&exchange)
        case .termsOfService(let version): try termsOfService(version, exchange)
        case .agreement(let id): try agreement(id, exchange)
        case .renewalInfo(let id): try renewalInfo(id, exchange)
        case .rateLimits: rateLimitsPage()
        case .unpause(let id): try unpause(id, exchange)
        case .outOfBand(let id): try outOfBand(id, exchange)
        case .issuer(let number): try issuer(number, exchange.links)
        case .account(let id): try account(id, &exchange)
        case .orders(let id): try orders(of: id, &exchange)
        case .order(let id): try order(id, &exchange)
        case .finalize(let id): try finalize(id, &exchange)
        case .authorization(let id): try authorization(id, &exchange)
        case .challenge(let id, let index): try challenge(index, of: id, &exchange)
        case .certificate(let id, let chain): try certificate(id, chain: chain, &exchange)
        }
    }

    /// Answers a browser that asks before it sends (the CORS protocol of the Fetch standard).
    private func preflight(_ route: Route) -> Answer {
        Answer(
            .noContent,
            fields: [
                .accessControlAllowMethods: route.allow, .accessControlAllowHeaders: "Content-Type",
                .accessControlMaxAge: "86400", .allow: route.allow,
            ])
    }

    private func event(of exchange: Exchange, _ answer: Answer) -> RequestEvent {
        var event = RequestEvent(
            endpoint: exchange.route?.resource.endpoint, method: exchange.request.head.method.rawValue,
            path: exchange.request.head.path ?? "", status: answer.status.code)
        event.source = exchange.request.source
        event.account = exchange.signer.map { "\($0)" }
        event.payload = exchange.payload.map(JSON.object)
        event.problem = answer.problem
        return event
    }
}

extension Route {
    /// The methods as the `Allow` field lists them.
    var allow: String { methods.map(\.rawValue).joined(separator: ", ") }
}
