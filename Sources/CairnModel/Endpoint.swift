/// What a request is for, by the names of RFC 8555 §7.1 and §9.7.5.
///
/// Open, like every name of the field. The journal and the rules of faults speak of requests in these words, whatever
/// the paths of a dialect are.
public struct ACMEEndpoint: CairnWireName, CustomStringConvertible {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let directory = ACMEEndpoint(rawValue: "directory")
    public static let newNonce = ACMEEndpoint(rawValue: "newNonce")
    public static let newAccount = ACMEEndpoint(rawValue: "newAccount")
    public static let newOrder = ACMEEndpoint(rawValue: "newOrder")
    public static let newAuthz = ACMEEndpoint(rawValue: "newAuthz")
    public static let revokeCert = ACMEEndpoint(rawValue: "revokeCert")
    public static let keyChange = ACMEEndpoint(rawValue: "keyChange")
    public static let account = ACMEEndpoint(rawValue: "account")
    public static let orders = ACMEEndpoint(rawValue: "orders")
    public static let order = ACMEEndpoint(rawValue: "order")
    public static let finalize = ACMEEndpoint(rawValue: "finalize")
    public static let authorization = ACMEEndpoint(rawValue: "authorization")
    public static let challenge = ACMEEndpoint(rawValue: "challenge")
    public static let certificate = ACMEEndpoint(rawValue: "certificate")
    /// The certificate of an issuer, where leaves point to (RFC 5280 §4.2.2.1).
    public static let issuer = ACMEEndpoint(rawValue: "issuer")
    /// Renewal information (RFC 9773 §4).
    public static let renewalInfo = ACMEEndpoint(rawValue: "renewalInfo")
    /// The page that lists the rate limits.
    public static let rateLimits = ACMEEndpoint(rawValue: "rateLimits")
    /// The page where a human ends a pause of identifiers.
    public static let unpause = ACMEEndpoint(rawValue: "unpause")
    /// The page where a human decides an `oob-01` challenge.
    public static let outOfBand = ACMEEndpoint(rawValue: "outOfBand")
    public static let termsOfService = ACMEEndpoint(rawValue: "termsOfService")
    /// The page where people agree to new terms (RFC 8555 §7.3.3).
    public static let agreement = ACMEEndpoint(rawValue: "agreement")

    public var description: String { rawValue }
}
