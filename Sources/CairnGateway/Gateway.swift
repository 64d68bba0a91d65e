package import CairnEngine
package import CairnModel
package import HTTPTypes
import Synchronization

/// The CA as an HTTP server without a socket: one synchronous function from a request to a delivery.
///
/// A request goes through its stages in one direction: route, nonce, signature, decoding, engine, rendering. Work that
/// takes longer than that (a validation) is handed on when the answer is complete; nothing ever waits in here.
package final class Gateway: Sendable {
    package let engine: Engine
    package let configuration: GatewayConfiguration
    /// What is spoken here: RFC 8555 first, then what has paths of its own.
    let dialects: [any Dialect]
    /// The dialect in which each account acted last, where there are several.
    let spoken = Mutex<[Account.ID: String]>([:])
    let now: @Sendable () -> CairnInstant
    private let validate: @Sendable (ValidationJob) -> Void
    /// Decides the form of a `Retry-After` where chance does.
    let dice: Mutex<SeededGenerator>
    /// How many requests came.
    private let count = Atomic(0)

    /// Makes a gateway.
    ///
    /// - Parameters:
    ///   - now: the clock; it is read once for each request.
    ///   - validate: carries out a validation and brings the verdict to ``Engine/finish(_:problem:at:)``, at once or later.
    package init(
        engine: Engine, configuration: GatewayConfiguration, now: @escaping @Sendable () -> CairnInstant,
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
    package func respond(to request: CairnRequest) -> CairnDelivery {
        var exchange = Exchange(
            request, of: engine, origin: configuration.origin, dialect: dialect(of: request), now: now())
        let number = nextNumber()
        let delivery = RequestNumber.$current.withValue(number) {
            let answer: Answer
            do throws(Refusal) {
                answer = try perform(&exchange)
            } catch {
                answer = self.answer(refusing: error, in: exchange)
            }
            var delivery = deliver(answer, for: exchange)
            delivery.entry = record(exchange, answer, delivery, number: number)
            return delivery
        }
        for job in exchange.jobs { validate(job) }
        validateDueJobs()
        return delivery
    }

    /// The number of the next request, from 1 on.
    private func nextNumber() -> Int { count.add(1, ordering: .relaxed).newValue }

    /// The dialect that a path belongs to.
    private func dialect(of request: CairnRequest) -> any Dialect {
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

    /// Refuses a request that never became one (RFC 9110 §15.5), with a problem document and header fields like any other.
    ///
    /// What cannot be known of it may be a POST, so the answer brings a nonce; without an authority it has no Link to the
    /// directory, unless the configuration says where that is.
    ///
    /// - Parameter head: as much of the request as could be read; `nil` for nothing.
    package func refuse(_ status: HTTPResponse.Status, _ detail: String, head: HTTPRequest? = nil) -> CairnDelivery {
        let request = CairnRequest(head ?? HTTPRequest(method: .post, scheme: nil, authority: nil, path: nil))
        var exchange = Exchange(
            request, of: engine, origin: configuration.origin, dialect: dialect(of: request), now: now())
        exchange.knowsOrigin = exchange.knowsOrigin && (configuration.origin != nil || head?.authority != nil)
        let answer = answer(refusing: Refusal(.malformed, detail, status: status.code), in: exchange)
        var delivery = deliver(answer, for: exchange)
        delivery.entry = record(exchange, answer, delivery, number: nextNumber(), isReadable: head != nil)
        return delivery
    }

    private func perform(_ exchange: inout Exchange) throws(Refusal) -> Answer {
        let path = exchange.path
        if let fault = exchange.hostFault { throw Refusal(.malformed, "Host: \(fault) (RFC 9110 §7.2)") }
        let paths = exchange.dialect.paths
        guard let route = paths.route(path), isOffered(route.resource) else {
            throw Refusal(
                .malformed, "there is nothing at \(path.quoted); the directory is at \"\(paths.path(of: .directory))\"",
                status: 404, cause: .unknownPath)
        }
        exchange.route = route
        if exchange.request.head.method == .options { return preflight(route, exchange.request) }
        guard let method = Route.Method(rawValue: exchange.request.head.method.rawValue), route.methods.contains(method)
        else {
            let isSigned = exchange.dialect.conduct.readsByPostAsGet && !route.methods.contains(.get)
            let hint = isSigned ? "; resources are read by POST-as-GET (RFC 8555 §6.3)" : " (RFC 9110 §15.5.6)"
            throw Refusal(
                .malformed,
                "expected \(route.allow) for \(route.resource.endpoint), got "
                    + exchange.request.head.method.rawValue.shown() + hint, status: 405, cause: .method)
        }
        if let query = exchange.query, !route.resource.hasQuery { try accept(query, at: route.resource, in: exchange) }
        return try answer(&exchange, at: route.resource)
    }

    /// Puts up with a query where the resource has none, except in a signed request: its URL must be that of the resource
    /// (RFC 8555 §6.4).
    private func accept(_ query: Substring, at resource: Resource, in exchange: Exchange) throws(Refusal) {
        let detail = "expected \(exchange.path.quoted) without a query, got \("?\(query)".quoted)"
        let isSigned = exchange.request.head.method == .post && !resource.isPage
        guard !isSigned, engine.policy.leniencies.accept(.unaskedQuery) else {
            throw Refusal(.malformed, "\(detail) (RFC 8555 §6.4)", status: 404, cause: .unknownPath)
        }
        exchange.notes.note(CairnFinding.Kind(.unaskedQuery), detail)
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
        case .issuer(let number): try issuer(number, &exchange)
        case .account(let id): try account(id, &exchange)
        case .orders(let id): try orders(of: id, &exchange)
        case .order(let id): try order(id, &exchange)
        case .finalize(let id): try finalize(id, &exchange)
        case .authorization(let id): try authorization(id, &exchange)
        case .challenge(let id, let index): try challenge(index, of: id, &exchange)
        case .certificate(let id, let chain): try certificate(id, chain: chain, &exchange)
        }
    }

    /// Answers a browser that asks before it sends (the CORS protocol of the Fetch standard), and anybody else who asks for
    /// the methods.
    private func preflight(_ route: Route, _ request: CairnRequest) -> Answer {
        var answer = Answer(.noContent, fields: [.allow: route.allow])
        if request.isFromPage {
            answer.fields[.accessControlAllowMethods] = route.allow
            answer.fields[.accessControlAllowHeaders] = "Content-Type"
            answer.fields[.accessControlMaxAge] = "86400"
        }
        return answer
    }
}

extension Route {
    /// The methods as the `Allow` field lists them.
    var allow: String { methods.map(\.rawValue).joined(separator: ", ") }
}
