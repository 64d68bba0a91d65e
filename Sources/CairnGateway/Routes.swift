package import CairnEngine
import CairnModel
import HTTPTypes

extension Gateway {
    /// Stage 1: finds the resource that a request goes to, and refuses methods and queries that it does not have.
    func route(_ exchange: inout Exchange) throws(Refusal) {
        let path = exchange.path
        if let fault = exchange.hostFault { throw Refusal(.malformed, "Host: \(fault) (RFC 9110 §7.2)") }
        if let world = exchange.world, let fault = rules.enter(world, at: exchange.now) {
            throw Refusal(.malformed, fault, cause: .unknownPath)
        }
        let paths = exchange.links.paths
        guard let route = paths.route(path), isOffered(route.resource, exchange) else {
            throw Refusal(
                .malformed,
                "there is nothing at \(path.quoted); the directory is at "
                    + "\"\(exchange.world?.prefix ?? "")\(paths.path(of: .directory))\"",
                cause: .unknownPath)
        }
        exchange.route = route
        if exchange.request.head.method == .options, isPreflight(exchange, of: route) { return }
        try demandUserAgent(of: exchange)
        guard let method = Route.Method(rawValue: exchange.request.head.method.rawValue), route.methods.contains(method)
        else {
            let isSigned = exchange.dialect.readsByPostAsGet && !route.methods.contains(.get)
            let hint = isSigned ? "; resources are read by POST-as-GET (RFC 8555 §6.3)" : " (RFC 9110 §15.5.6)"
            throw Refusal(
                .malformed,
                "expected \(route.allow) for \(route.row.endpoint), got "
                    + exchange.request.head.method.rawValue.shown() + hint, cause: .method)
        }
        if let query = exchange.query, !route.row.hasQuery { try accept(query, at: route, in: exchange) }
    }

    /// Whether OPTIONS asks for something that is answered: for pages alone, or for anybody.
    private func isPreflight(_ exchange: Exchange, of route: Route) -> Bool {
        switch exchange.personality.crossOrigin {
        case .everybody: return true
        case .pages:
            let wanted = exchange.request.head.headerFields[.accessControlRequestMethod]
            return exchange.request.isFromPage && route.methods.contains { $0.rawValue == wanted }
        }
    }

    /// Refuses clients that do not say who they are, where the server does (RFC 8555 §6.1).
    private func demandUserAgent(of exchange: Exchange) throws(Refusal) {
        guard exchange.personality.demands.contains(.userAgent),
            exchange.request.head.headerFields[.userAgent]?.isEmpty ?? true
        else { return }
        throw Refusal(.malformed, "expected a User-Agent, got none (RFC 8555 §6.1)", cause: .noUserAgent)
    }

    /// Whether there is such a resource at all (RFC 8555 §7.1.1).
    private func isOffered(_ resource: Resource, _ exchange: Exchange) -> Bool {
        if case .newAuthz = resource { exchange.policy.preAuthorization } else { true }
    }

    /// Puts up with a query where the resource has none, except in a signed request: its URL must be that of the resource
    /// (RFC 8555 §6.4).
    private func accept(_ query: Substring, at route: Route, in exchange: Exchange) throws(Refusal) {
        let detail = "expected \(exchange.path.quoted) without a query, got \("?\(query)".quoted)"
        let isSigned = exchange.request.head.method == .post && !route.row.isPage
        guard !isSigned, exchange.policy.leniencies.accept(.unaskedQuery) else {
            throw Refusal(.malformed, "\(detail) (RFC 8555 §6.4)", cause: .unknownPath)
        }
        exchange.notes.note(CairnFinding.Kind(.unaskedQuery), detail, by: nil)
    }
}

/// Where the URLs of one exchange begin, and so all URLs themselves.
///
/// They never change: they go through the stages as one word.
package final class Links: Sendable {
    /// Scheme and authority.
    package let origin: String
    package let dialect: any Dialect
    /// Those of the dialect.
    let paths: Paths
    /// The port beside that of the origin where relying parties are served without TLS; `nil` for none.
    private let plainPort: Int?

    package init(origin: String, dialect: any Dialect, plainPort: Int? = nil) {
        (self.origin, self.dialect, self.plainPort) = (origin, dialect, plainPort)
        paths = dialect.paths
    }

    package func url(_ resource: Resource) -> String {
        paths.path(of: resource, after: origin)
    }

    /// The URL by which certificates name a resource: without TLS where that is served, since whoever checks a certificate for
    /// TLS would need TLS for it (RFC 5280 §8).
    package func urlForRelyingParties(_ resource: Resource) -> String {
        guard let plainPort else { return url(resource) }
        // The prefix of a world follows the authority.
        let place = origin.text(after: "\(origin.text(before: ":"))://")
        let authority = place.text(before: "/")
        guard let host = try? URLAuthority(authority).host else { return url(resource) }
        return paths.path(of: resource, after: "http://\(host):\(plainPort)\(place.text(after: authority))")
    }

    /// The URL of a certificate with the chain of that number: by its order, or by its serial number.
    package func url(certificate: Certificate.ID, of order: Order.ID, chain: Int = 0) -> String {
        url(paths.nameSerialNumbers ? .issued(certificate, chain: chain) : .certificate(order, chain: chain))
    }

    /// The URL of the page of an orders list that follows one.
    ///
    /// - Parameters:
    ///   - cursor: where the next page begins.
    ///   - page: the number of this page.
    package func url(ordersOf account: Account.ID, from cursor: Int, after page: Int) -> String {
        paths.numberPages
            ? url(.ordersPage(account, page + 1)) : "\(url(.orders(account)))?cursor=\(cursor)"
    }
}
