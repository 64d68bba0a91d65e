/// The endpoint that a request is for, named as in RFC 8555 §7.1 and §9.7.5.
///
/// Open: an unknown endpoint is a value like any other. The journal and rules use these names, whatever the paths of
/// the dialect.
public struct ACMEEndpoint: CairnWireName, CustomStringConvertible {
    /// The name in the journal and in rules.
    public var rawValue: String

    /// Creates an endpoint from any name, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The directory (RFC 8555 §7.1.1).
    public static let directory = ACMEEndpoint(rawValue: "directory")
    /// Issues nonces (RFC 8555 §7.2).
    public static let newNonce = ACMEEndpoint(rawValue: "newNonce")
    /// Creates accounts, or finds them by key (RFC 8555 §7.3).
    public static let newAccount = ACMEEndpoint(rawValue: "newAccount")
    /// Creates orders (RFC 8555 §7.4).
    public static let newOrder = ACMEEndpoint(rawValue: "newOrder")
    /// Pre-authorization, if the CA offers it (RFC 8555 §7.4.1).
    public static let newAuthz = ACMEEndpoint(rawValue: "newAuthz")
    /// Revokes certificates (RFC 8555 §7.6).
    public static let revokeCert = ACMEEndpoint(rawValue: "revokeCert")
    /// Changes an account's key (RFC 8555 §7.3.5).
    public static let keyChange = ACMEEndpoint(rawValue: "keyChange")
    /// An account: read, update or deactivate (RFC 8555 §7.1.2, §7.3).
    public static let account = ACMEEndpoint(rawValue: "account")
    /// An account's list of orders (RFC 8555 §7.1.2.1).
    public static let orders = ACMEEndpoint(rawValue: "orders")
    /// An order (RFC 8555 §7.1.3).
    public static let order = ACMEEndpoint(rawValue: "order")
    /// Receives an order's CSR (RFC 8555 §7.4).
    public static let finalize = ACMEEndpoint(rawValue: "finalize")
    /// An authorization: read or deactivate (RFC 8555 §7.1.4, §7.5).
    public static let authorization = ACMEEndpoint(rawValue: "authorization")
    /// A challenge: read or respond (RFC 8555 §7.1.5, §7.5.1).
    public static let challenge = ACMEEndpoint(rawValue: "challenge")
    /// A certificate with its chain (RFC 8555 §7.4.2).
    public static let certificate = ACMEEndpoint(rawValue: "certificate")
    /// An issuer's certificate, which leaves refer to (RFC 5280 §4.2.2.1).
    public static let issuer = ACMEEndpoint(rawValue: "issuer")
    /// A CRL, which leaves refer to (RFC 5280 §4.2.1.13).
    public static let crl = ACMEEndpoint(rawValue: "crl")
    /// The OCSP responder, which leaves refer to (RFC 5280 §4.2.2.1, RFC 6960).
    public static let ocsp = ACMEEndpoint(rawValue: "ocsp")
    /// Renewal information (RFC 9773 §4).
    public static let renewalInfo = ACMEEndpoint(rawValue: "renewalInfo")
    /// The page that lists the rate limits.
    public static let rateLimits = ACMEEndpoint(rawValue: "rateLimits")
    /// The page where a human unpauses identifiers.
    public static let unpause = ACMEEndpoint(rawValue: "unpause")
    /// The page where a human decides an `oob-01` challenge.
    public static let outOfBand = ACMEEndpoint(rawValue: "outOfBand")
    /// The page with the text of the terms (RFC 8555 §7.1.1).
    public static let termsOfService = ACMEEndpoint(rawValue: "termsOfService")
    /// The page where a human agrees to new terms (RFC 8555 §7.3.3).
    public static let agreement = ACMEEndpoint(rawValue: "agreement")

    /// The name.
    public var description: String { rawValue }
}
