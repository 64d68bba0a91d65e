/// What a request is for, by the names of RFC 8555 §7.1 and §9.7.5.
///
/// Open, like every name of the field. The journal and the rules of faults speak of requests in these words, whatever
/// the paths of a dialect are.
public struct Endpoint: WireName, CustomStringConvertible {
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let directory = Endpoint(rawValue: "directory")
    public static let newNonce = Endpoint(rawValue: "newNonce")
    public static let newAccount = Endpoint(rawValue: "newAccount")
    public static let newOrder = Endpoint(rawValue: "newOrder")
    public static let newAuthz = Endpoint(rawValue: "newAuthz")
    public static let revokeCert = Endpoint(rawValue: "revokeCert")
    public static let keyChange = Endpoint(rawValue: "keyChange")
    public static let account = Endpoint(rawValue: "account")
    public static let orders = Endpoint(rawValue: "orders")
    public static let order = Endpoint(rawValue: "order")
    public static let finalize = Endpoint(rawValue: "finalize")
    public static let authorization = Endpoint(rawValue: "authorization")
    public static let challenge = Endpoint(rawValue: "challenge")
    public static let certificate = Endpoint(rawValue: "certificate")
    /// The certificate of an issuer, where leaves point to (RFC 5280 §4.2.2.1).
    public static let issuer = Endpoint(rawValue: "issuer")
    /// Renewal information (RFC 9773 §4).
    public static let renewalInfo = Endpoint(rawValue: "renewalInfo")
    /// The page that lists the rate limits.
    public static let rateLimits = Endpoint(rawValue: "rateLimits")
    /// The page where a human ends a pause of identifiers.
    public static let unpause = Endpoint(rawValue: "unpause")
    /// The page where a human decides an `oob-01` challenge.
    public static let outOfBand = Endpoint(rawValue: "outOfBand")
    public static let termsOfService = Endpoint(rawValue: "termsOfService")
    /// The page where people agree to new terms (RFC 8555 §7.3.3).
    public static let agreement = Endpoint(rawValue: "agreement")

    public var description: String { rawValue }
}
