package import CairnCertificates
package import CairnEngine
package import CairnModel
import HTTPTypes

/// A thing that has a URL.
package enum Resource: Sendable {
    case directory
    case newNonce
    case newAccount
    case newOrder
    case newAuthz
    case revokeCert
    case keyChange
    /// The terms of that version.
    case termsOfService(String)
    /// The page where the holder of an account agrees to the terms.
    case agreement(Account.ID)
    /// Renewal information of the certificate with that certID; `nil` is what the directory names (RFC 9773 §4.1).
    case renewalInfo(String?)
    case rateLimits
    case unpause(Pause.ID)
    /// The page of an `oob-01` challenge.
    case outOfBand(OutOfBandPage.ID)
    /// The certificate of the issuer with that number.
    case issuer(Int)
    /// The CRL of the issuer with that number, and which of its CRLs.
    case crl(issuer: Int, shard: Int)
    /// The OCSP responder, with the request that stands in the path of a GET.
    case ocsp(Substring?)
    case account(Account.ID)
    case orders(Account.ID)
    /// A page of the orders of an account by its number, from 1 on; `nil` for what is no number of one.
    case ordersPage(Account.ID, Int?)
    case order(Order.ID)
    case finalize(Order.ID)
    case authorization(Authorization.ID)
    case challenge(Authorization.ID, Int)
    /// The certificate of an order with the chain of that number; 0 is the default.
    case certificate(Order.ID, chain: Int)
    /// The same by the serial number of the certificate.
    case issued(CairnSerialNumber, chain: Int)
    /// Such a thing, by a name that nothing can have.
    case nothing(ACMEEndpoint, name: String)

    package var endpoint: ACMEEndpoint {
        switch self {
        case .directory: .directory
        case .newNonce: .newNonce
        case .newAccount: .newAccount
        case .newOrder: .newOrder
        case .newAuthz: .newAuthz
        case .revokeCert: .revokeCert
        case .keyChange: .keyChange
        case .termsOfService: .termsOfService
        case .agreement: .agreement
        case .renewalInfo: .renewalInfo
        case .rateLimits: .rateLimits
        case .unpause: .unpause
        case .outOfBand: .outOfBand
        case .issuer: .issuer
        case .crl: .crl
        case .ocsp: .ocsp
        case .account: .account
        case .orders, .ordersPage: .orders
        case .order: .order
        case .finalize: .finalize
        case .authorization: .authorization
        case .challenge: .challenge
        case .certificate, .issued: .certificate
        case .nothing(let endpoint, _): endpoint
        }
    }
}

/// A line of the table of routes: what the request to a resource must be.
struct Terms {
    /// Who signs it, if it is a POST (RFC 8555 §6.2).
    enum Signer: Equatable {
        /// It is for people, or for relying parties.
        case nobody
        case account
        /// That account, and no other.
        case owner(Account.ID)
        /// The key that the request carries.
        case key
        case accountOrKey
    }

    /// What it says, if it is a POST.
    enum Payload {
        /// A POST-as-GET (RFC 8555 §6.3).
        case nothing
        /// An object, described in that section of RFC 8555.
        case object(String)
        /// One that changes something, or none to read it.
        case objectOrNothing(String)
        /// For the operation to read.
        case other
    }

    let signer: Signer
    let payload: Payload

    init(_ signer: Signer, _ payload: Payload) { (self.signer, self.payload) = (signer, payload) }
}

extension Resource {
    /// The table of routes, but for methods and paths: those are the dialect's (``Paths``).
    var terms: Terms {
        switch self {
        case .directory, .newNonce, .issuer: Terms(.account, .nothing)
        case .newAccount: Terms(.key, .object("§7.3"))
        case .account(let id): Terms(.owner(id), .objectOrNothing("§7.3.2"))
        case .keyChange: Terms(.account, .other)
        case .orders(let id), .ordersPage(let id, _): Terms(.owner(id), .nothing)
        case .newOrder: Terms(.account, .object("§7.4"))
        case .order: Terms(.account, .nothing)
        case .finalize: Terms(.account, .object("§7.4"))
        case .newAuthz: Terms(.account, .object("§7.4.1"))
        case .authorization: Terms(.account, .objectOrNothing("§7.5.2"))
        case .challenge: Terms(.account, .objectOrNothing("§7.5.1"))
        case .certificate, .issued: Terms(.account, .nothing)
        case .nothing: Terms(.account, .other)
        case .revokeCert: Terms(.accountOrKey, .object("§7.6"))
        case .renewalInfo: Terms(.nobody, .nothing)
        case .crl, .ocsp: Terms(.nobody, .other)
        case .termsOfService, .agreement, .rateLimits, .unpause, .outOfBand: Terms(.nobody, .other)
        }
    }

    /// Whether its URL may have a query: only the pages of an orders list have one (RFC 8555 §7.1.2.1).
    var hasQuery: Bool { if case .orders = self { true } else { false } }

    /// Whether it is for people, who sign nothing.
    var isPage: Bool {
        switch self {
        case .termsOfService, .agreement, .rateLimits, .unpause, .outOfBand: true
        default: false
        }
    }
}

// MARK: Stage 1

extension Gateway {
    /// Finds the resource that a request goes to, and refuses methods and queries that it does not have.
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
                "expected \(route.allow) for \(route.resource.endpoint), got "
                    + exchange.request.head.method.rawValue.shown() + hint, cause: .method)
        }
        if let query = exchange.query, !route.resource.hasQuery { try accept(query, at: route.resource, in: exchange) }
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
    private func accept(_ query: Substring, at resource: Resource, in exchange: Exchange) throws(Refusal) {
        let detail = "expected \(exchange.path.quoted) without a query, got \("?\(query)".quoted)"
        let isSigned = exchange.request.head.method == .post && !resource.isPage
        guard !isSigned, exchange.policy.leniencies.accept(.unaskedQuery) else {
            throw Refusal(.malformed, "\(detail) (RFC 8555 §6.4)", cause: .unknownPath)
        }
        exchange.notes.note(CairnFinding.Kind(.unaskedQuery), detail, by: nil)
    }
}

/// Where a path leads, and what may be done there.
package struct Route: Sendable {
    package var resource: Resource
    /// The methods that are answered there, as `Allow` lists them.
    package var methods: [Method]

    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
    }

    package init(_ resource: Resource, _ methods: [Method]) {
        self.resource = resource
        self.methods = methods
    }
}

extension Route {
    /// The methods as the `Allow` field lists them.
    var allow: String { methods.map(\.rawValue).joined(separator: ", ") }
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
