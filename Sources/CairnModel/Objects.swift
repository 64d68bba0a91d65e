/// The name of an object of the CA, as it ends the object's URL.
///
/// That of a challenge is its authorization's and its number; that of a key for external accounts is the key's identifier.
/// Objects of different kinds never have the same name, so that one type is enough for all.
public struct CairnObjectID: CairnWireName, CustomStringConvertible, ExpressibleByStringInterpolation {
    /// The name, as it stands in URLs.
    public var rawValue: String

    /// Takes any name, whether there is such an object or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A name that is known when the program is written.
    public init(stringLiteral name: String) { rawValue = name }

    /// The name of the account, order, authorization or certificate at a URL: its last part.
    public init(url: String) {
        rawValue = url.texts(between: "/").last.map(String.init) ?? ""
    }

    /// The name itself.
    public var description: String { rawValue }
}

/// The status of an object (RFC 8555 §7.1.6).
///
/// Open, like every name of the wire: a server may show one that no standard has.
public struct ACMEStatus: CairnWireName, CustomStringConvertible, ExpressibleByStringInterpolation {
    /// The word, as the member `status` has it.
    public var rawValue: String

    /// Takes any word, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A word that is known when the program is written.
    public init(stringLiteral word: String) { rawValue = word }

    /// Something has to happen first: for an order, that its authorizations become valid.
    public static let pending: ACMEStatus = "pending"
    /// Of an order: all its authorizations are valid, and it waits for a CSR.
    public static let ready: ACMEStatus = "ready"
    /// The CA is at work: it validates a challenge, or issues a certificate.
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
