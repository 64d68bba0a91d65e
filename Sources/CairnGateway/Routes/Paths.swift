import CairnCertificates
import CairnEngine
import CairnModel

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
        }
    }

    /// What a path leads to; `nil` for a path that leads nowhere.
    ///
    /// The path has no query.
    package func route(_ path: Substring) -> Route? {
        guard own(path) else { return nil }
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
        case "rate-limits" where prefix.isEmpty: Route(.rateLimits, [.get, .head])
        default: nil
        }
    }

    private func shared(_ kind: Substring, _ id: Substring, _ rest: Substring?, _ count: Int) -> Route? {
        switch (kind, rest, count) {
        case ("terms", nil, 2): Route(.termsOfService(PercentEncoding.decode(id)), [.get, .head])
        case ("terms", let account?, 3):
            id == "agreement" ? Account.ID(account).map { Route(.agreement($0), [.get, .head, .post]) } : nil
        case ("issuer", nil, 2): number(id).map { Route(.issuer($0), entering) }
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

    /// What the URL of each issuer begins with; a slash and its number follow.
    package var issuers: String {
        String(url(.issuer(0)).dropLast(2))
    }

    package func url(_ resource: Resource) -> String {
        origin + dialect.paths.path(of: resource)
    }
}
