/// The id of an object of the CA: the last part of its URL.
///
/// A challenge's is its authorization's id and its number; an external account key's is the key's identifier. Objects
/// of different kinds never share an id.
public struct CairnObjectID: CairnWireName, CustomStringConvertible, ExpressibleByStringInterpolation {
    /// The id as it appears in URLs.
    public var rawValue: String

    /// Creates an id from any text, whether or not such an object exists.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Creates an id from a literal.
    public init(stringLiteral name: String) { rawValue = name }

    /// Creates the id of the account, order, authorization or certificate at a URL.
    public init(url: String) {
        rawValue = url.texts(between: "/").last.map(String.init) ?? ""
    }

    /// The name.
    public var description: String { rawValue }
}

/// The status of an object (RFC 8555 §7.1.6).
///
/// Open: a server may use one that no standard defines.
public struct ACMEStatus: CairnWireName, CustomStringConvertible, ExpressibleByStringInterpolation {
    /// The status as in the member `status`.
    public var rawValue: String

    /// Creates a status from any text, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Creates a status from a literal.
    public init(stringLiteral word: String) { rawValue = word }

    /// Something has to happen first; for an order, its authorizations have to become valid.
    public static let pending: ACMEStatus = "pending"
    /// All authorizations of the order are valid; it can be finalized.
    public static let ready: ACMEStatus = "ready"
    /// The CA is validating a challenge or issuing a certificate.
    public static let processing: ACMEStatus = "processing"
    /// It holds.
    public static let valid: ACMEStatus = "valid"
    /// It has failed, for good.
    public static let invalid: ACMEStatus = "invalid"
    /// Its account gave it up.
    public static let deactivated: ACMEStatus = "deactivated"
    /// Its time has passed.
    public static let expired: ACMEStatus = "expired"
    /// The CA took it back; of a certificate, that it was revoked by whomever.
    public static let revoked: ACMEStatus = "revoked"

    /// The word itself.
    public var description: String { rawValue }
}
