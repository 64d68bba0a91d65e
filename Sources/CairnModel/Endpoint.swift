/// What a request is for, by the names of RFC 8555 §7.1 and §9.7.5.
///
/// Open, like every name of the field. The journal and the rules of faults speak of requests in these words, whatever
/// the paths of a dialect are.
public struct ACMEEndpoint: CairnWireName, CustomStringConvertible {
    /// The name, as the journal and the rules of faults have it.
    public var rawValue: String

    /// Takes any name, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The directory, where every client begins (RFC 8555 §7.1.1).
    public static let directory = ACMEEndpoint(rawValue: "directory")
    /// Where a client gets its first nonce (RFC 8555 §7.2).
    public static let newNonce = ACMEEndpoint(rawValue: "newNonce")
    /// Where accounts are made, and found by their key (RFC 8555 §7.3).
    public static let newAccount = ACMEEndpoint(rawValue: "newAccount")
    /// Where orders are placed (RFC 8555 §7.4).
    public static let newOrder = ACMEEndpoint(rawValue: "newOrder")
    /// Where an authorization is made before any order, if the CA offers it (RFC 8555 §7.4.1).
    public static let newAuthz = ACMEEndpoint(rawValue: "newAuthz")
    /// Where certificates are revoked (RFC 8555 §7.6).
    public static let revokeCert = ACMEEndpoint(rawValue: "revokeCert")
    /// Where an account is given another key (RFC 8555 §7.3.5).
    public static let keyChange = ACMEEndpoint(rawValue: "keyChange")
    /// One account, to be read, updated or deactivated (RFC 8555 §7.1.2, §7.3).
    public static let account = ACMEEndpoint(rawValue: "account")
    /// The list of the orders of an account (RFC 8555 §7.1.2.1).
    public static let orders = ACMEEndpoint(rawValue: "orders")
    /// One order (RFC 8555 §7.1.3).
    public static let order = ACMEEndpoint(rawValue: "order")
    /// Where the CSR of an order goes (RFC 8555 §7.4).
    public static let finalize = ACMEEndpoint(rawValue: "finalize")
    /// One authorization, to be read or deactivated (RFC 8555 §7.1.4, §7.5).
    public static let authorization = ACMEEndpoint(rawValue: "authorization")
    /// One challenge, to be read or answered (RFC 8555 §7.1.5, §7.5.1).
    public static let challenge = ACMEEndpoint(rawValue: "challenge")
    /// A certificate with its chain (RFC 8555 §7.4.2).
    public static let certificate = ACMEEndpoint(rawValue: "certificate")
    /// The certificate of an issuer, where leaves point to (RFC 5280 §4.2.2.1).
    public static let issuer = ACMEEndpoint(rawValue: "issuer")
    /// A CRL, where leaves point to (RFC 5280 §4.2.1.13).
    public static let crl = ACMEEndpoint(rawValue: "crl")
    /// The OCSP responder, where leaves point to (RFC 5280 §4.2.2.1, RFC 6960).
    public static let ocsp = ACMEEndpoint(rawValue: "ocsp")
    /// Renewal information (RFC 9773 §4).
    public static let renewalInfo = ACMEEndpoint(rawValue: "renewalInfo")
    /// The page that lists the rate limits.
    public static let rateLimits = ACMEEndpoint(rawValue: "rateLimits")
    /// The page where a human ends a pause of identifiers.
    public static let unpause = ACMEEndpoint(rawValue: "unpause")
    /// The page where a human decides an `oob-01` challenge.
    public static let outOfBand = ACMEEndpoint(rawValue: "outOfBand")
    /// The page with the text of the terms (RFC 8555 §7.1.1).
    public static let termsOfService = ACMEEndpoint(rawValue: "termsOfService")
    /// The page where people agree to new terms (RFC 8555 §7.3.3).
    public static let agreement = ACMEEndpoint(rawValue: "agreement")

    /// The name itself.
    public var description: String { rawValue }
}
