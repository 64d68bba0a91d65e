import CairnCertificates
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
    case order(Order.ID)
    case finalize(Order.ID)
    case authorization(Authorization.ID)
    case challenge(Authorization.ID, Int)
    /// The certificate of an order with the chain of that number; 0 is the default.
    case certificate(Order.ID, chain: Int)

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
        case .orders: .orders
        case .order: .order
        case .finalize: .finalize
        case .authorization: .authorization
        case .challenge: .challenge
        case .certificate: .certificate
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
        case .orders(let id): Terms(.owner(id), .nothing)
        case .newOrder: Terms(.account, .object("§7.4"))
        case .order: Terms(.account, .nothing)
        case .finalize: Terms(.account, .object("§7.4"))
        case .newAuthz: Terms(.account, .object("§7.4.1"))
        case .authorization: Terms(.account, .objectOrNothing("§7.5.2"))
        case .challenge: Terms(.account, .objectOrNothing("§7.5.1"))
        case .certificate: Terms(.account, .nothing)
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
        let paths = exchange.dialect.paths
        guard let route = paths.route(path), isOffered(route.resource, exchange) else {
            throw Refusal(
                .malformed,
                "there is nothing at \(path.quoted); the directory is at "
                    + "\"\(exchange.world?.prefix ?? "")\(paths.path(of: .directory))\"",
                cause: .unknownPath)
        }
        exchange.route = route
        if exchange.request.head.method == .options { return }
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

/// Where things are: the paths of a dialect, which differ from those of another in what they begin with and in how objects
/// are read.
///
/// What is for humans, and the certificates of issuers, are the same for all dialects and have no prefix.
package struct Paths: Sendable {
    private let prefix: String
    private let reading: [Route.Method]
    private let isFinalized: Bool

    /// - Parameters:
    ///   - prefix: what the paths of a dialect's own resources begin with, such as `/draft`.
    ///   - reading: how objects are read, by GET or by POST-as-GET.
    ///   - isFinalized: whether orders are finalized.
    package init(prefix: String = "", reading: [Route.Method], isFinalized: Bool) {
        (self.prefix, self.reading, self.isFinalized) = (prefix, reading, isFinalized)
    }

    /// Whether a path is one of this dialect's own.
    package func own(_ path: Substring) -> Bool {
        path.utf8.starts(with: prefix.utf8) && path.utf8.dropFirst(prefix.utf8.count).first == UInt8(ascii: "/")
    }

    /// The path of a resource, the reverse of ``route(_:)``.
    package func path(of resource: Resource) -> String {
        switch resource {
        case .directory: prefix + "/dir"
        case .newNonce: prefix + "/new-nonce"
        case .newAccount: prefix + "/new-account"
        case .newOrder: prefix + "/new-order"
        case .newAuthz: prefix + "/new-authz"
        case .revokeCert: prefix + "/revoke-cert"
        case .keyChange: prefix + "/key-change"
        case .account(let id): "\(prefix)/account/\(id)"
        case .orders(let id): "\(prefix)/account/\(id)/orders"
        case .order(let id): "\(prefix)/order/\(id)"
        case .finalize(let id): "\(prefix)/order/\(id)/finalize"
        case .authorization(let id): "\(prefix)/authorization/\(id)"
        case .challenge(let id, let index): "\(prefix)/challenge/\(id)/\(index)"
        case .certificate(let id, 0): "\(prefix)/certificate/\(id)"
        case .certificate(let id, let chain): "\(prefix)/certificate/\(id)/\(chain)"
        case .termsOfService(let version): "/terms/\(PercentEncoding.encode(version))"
        case .agreement(let id): "/terms/agreement/\(id)"
        case .renewalInfo(let id): "/renewal-info" + (id.map { "/\($0)" } ?? "")
        case .rateLimits: "/rate-limits"
        case .unpause(let id): "/unpause/\(id)"
        case .outOfBand(let id): "/out-of-band/\(id)"
        case .issuer(let number): "/issuer/\(number)"
        case .crl(let issuer, let shard): "/crl/\(issuer)/\(shard)"
        case .ocsp(let request): "/ocsp" + (request.map { "/\($0)" } ?? "")
        }
    }

    /// What a path leads to; `nil` for a path that leads nowhere.
    ///
    /// The path has no query.
    package func route(_ path: Substring) -> Route? {
        guard own(path) else { return nil }
        // Base64 has slashes, which few clients escape.
        if prefix.isEmpty, path.begins(with: "/ocsp/") { return ocsp(path.dropFirst(6)) }
        let parts = path[path.utf8.index(path.startIndex, offsetBy: prefix.utf8.count)...].texts(between: "/")
            .dropFirst()
        guard let first = parts.first, let place = parts.dropFirst().first else {
            return parts.first.flatMap(entrance)
        }
        let rest = parts.dropFirst(2).first
        if prefix.isEmpty, let route = shared(first, place, rest, parts.count) { return route }
        return object(first, place, rest, parts.count)
    }

    private func entrance(_ name: Substring) -> Route? {
        switch name {
        // Clients that are given a host alone look where Boulder has it.
        case "dir", "directory": Route(.directory, entering)
        case "new-nonce": Route(.newNonce, entering)
        case "new-account": Route(.newAccount, [.post])
        case "new-order": Route(.newOrder, [.post])
        case "new-authz": Route(.newAuthz, [.post])
        case "revoke-cert": Route(.revokeCert, [.post])
        case "key-change": Route(.keyChange, [.post])
        case "renewal-info" where prefix.isEmpty: Route(.renewalInfo(nil), [.get, .head])
        case "ocsp" where prefix.isEmpty: ocsp("")
        case "rate-limits" where prefix.isEmpty: Route(.rateLimits, [.get, .head])
        default: nil
        }
    }

    /// The responder: a request stands in the path of a GET, or is what a POST brings (RFC 6960 appendix A.1).
    private func ocsp(_ request: Substring) -> Route {
        request.isEmpty ? Route(.ocsp(nil), [.post]) : Route(.ocsp(request), [.get, .head])
    }

    private func shared(_ kind: Substring, _ id: Substring, _ rest: Substring?, _ count: Int) -> Route? {
        switch (kind, rest, count) {
        case ("terms", nil, 2): Route(.termsOfService(PercentEncoding.decode(id)), [.get, .head])
        case ("terms", let account?, 3):
            id == "agreement" ? Account.ID(account).map { Route(.agreement($0), [.get, .head, .post]) } : nil
        case ("issuer", nil, 2): number(id).map { Route(.issuer($0), entering) }
        case ("crl", let shard?, 3):
            if let issuer = number(id), let shard = number(shard) {
                Route(.crl(issuer: issuer, shard: shard), [.get, .head])
            } else {
                nil
            }
        case ("renewal-info", nil, 2): Route(.renewalInfo(String(id)), [.get, .head])
        case ("unpause", nil, 2): Pause.ID(id).map { Route(.unpause($0), [.get, .head, .post]) }
        case ("out-of-band", nil, 2): OutOfBandPage.ID(id).map { Route(.outOfBand($0), [.get, .head, .post]) }
        default: nil
        }
    }

    private func object(_ kind: Substring, _ id: Substring, _ rest: Substring?, _ count: Int) -> Route? {
        switch (kind, rest, count) {
        case ("account", nil, 2): Account.ID(id).map { Route(.account($0), [.post]) }
        case ("account", "orders", 3): Account.ID(id).map { Route(.orders($0), reading) }
        case ("order", nil, 2): Order.ID(id).map { Route(.order($0), reading) }
        case ("order", "finalize", 3): isFinalized ? Order.ID(id).map { Route(.finalize($0), [.post]) } : nil
        case ("authorization", nil, 2): Authorization.ID(id).map { Route(.authorization($0), changing) }
        case ("challenge", let index?, 3):
            if let id = Authorization.ID(id), let number = number(index) {
                Route(.challenge(id, number), changing)
            } else {
                nil
            }
        case ("certificate", nil, 2): Order.ID(id).map { Route(.certificate($0, chain: 0), reading) }
        case ("certificate", let chain?, 3):
            // The default chain has the shorter URL alone.
            if let id = Order.ID(id), let number = number(chain), number > 0 {
                Route(.certificate(id, chain: number), reading)
            } else {
                nil
            }
        default: nil
        }
    }

    /// The methods of what anybody may read unsigned in every dialect, and a client of ACME as it reads objects: the issuers
    /// as well, since certificates link to them.
    private var entering: [Route.Method] { [.get, .head] + reading.filter { $0 == .post } }

    /// The methods of what clients read and change.
    private var changing: [Route.Method] { reading.contains(.post) ? reading : reading + [.post] }

    /// A number as this server writes it.
    private func number(_ text: Substring) -> Int? {
        Int(text).flatMap { "\($0)" == text ? $0 : nil }
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
package struct Links: Sendable {
    /// Scheme and authority.
    package let origin: String
    package let dialect: any Dialect

    package init(origin: String, dialect: any Dialect) {
        self.origin = origin
        self.dialect = dialect
    }

    package func url(_ resource: Resource) -> String {
        origin + dialect.paths.path(of: resource)
    }
}
