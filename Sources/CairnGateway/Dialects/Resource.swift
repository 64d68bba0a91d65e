package import CairnEngine
package import CairnModel

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

extension Resource {
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
