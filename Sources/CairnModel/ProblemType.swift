/// The type of a problem document: a URN of RFC 8555 §6.7, or any other URI.
public struct ACMEProblemType: CairnWireName {
    /// The whole URI, as it stands in the member `type`.
    public var rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// A type in the ACME namespace: `urn:ietf:params:acme:error:` and `name`.
    public init(name: String) { rawValue = Self.namespace + name }

    /// The name after the ACME namespace, or the whole URI of a type outside it.
    public var name: String {
        isOfACME ? String(rawValue.unicodeScalars.dropFirst(Self.namespace.utf8.count)) : rawValue
    }

    /// Whether it is a type in the ACME namespace, registered or not.
    package var isOfACME: Bool { rawValue.begins(with: Self.namespace) }

    private static let namespace = "urn:ietf:params:acme:error:"

    public static let accountDoesNotExist = ACMEProblemType(name: "accountDoesNotExist")
    /// From RFC 9773 §7.4.
    public static let alreadyReplaced = ACMEProblemType(name: "alreadyReplaced")
    public static let alreadyRevoked = ACMEProblemType(name: "alreadyRevoked")
    public static let badCSR = ACMEProblemType(name: "badCSR")
    public static let badNonce = ACMEProblemType(name: "badNonce")
    public static let badPublicKey = ACMEProblemType(name: "badPublicKey")
    public static let badRevocationReason = ACMEProblemType(name: "badRevocationReason")
    public static let badSignatureAlgorithm = ACMEProblemType(name: "badSignatureAlgorithm")
    public static let caa = ACMEProblemType(name: "caa")
    public static let compound = ACMEProblemType(name: "compound")
    public static let connection = ACMEProblemType(name: "connection")
    public static let dns = ACMEProblemType(name: "dns")
    /// From the ACME draft of March 2017, "Errors".
    public static let dnssec = ACMEProblemType(name: "dnssec")
    public static let externalAccountRequired = ACMEProblemType(name: "externalAccountRequired")
    public static let incorrectResponse = ACMEProblemType(name: "incorrectResponse")
    public static let invalidContact = ACMEProblemType(name: "invalidContact")
    /// From draft-ietf-acme-profiles §5.
    public static let invalidProfile = ACMEProblemType(name: "invalidProfile")
    public static let malformed = ACMEProblemType(name: "malformed")
    public static let orderNotReady = ACMEProblemType(name: "orderNotReady")
    public static let rateLimited = ACMEProblemType(name: "rateLimited")
    public static let rejectedIdentifier = ACMEProblemType(name: "rejectedIdentifier")
    public static let serverInternal = ACMEProblemType(name: "serverInternal")
    public static let tls = ACMEProblemType(name: "tls")
    public static let unauthorized = ACMEProblemType(name: "unauthorized")
    /// From the ACME draft of March 2017, "Errors".
    public static let unknownHost = ACMEProblemType(name: "unknownHost")
    public static let unsupportedContact = ACMEProblemType(name: "unsupportedContact")
    public static let unsupportedIdentifier = ACMEProblemType(name: "unsupportedIdentifier")
    public static let userActionRequired = ACMEProblemType(name: "userActionRequired")
}

extension ACMEProblemType: CustomStringConvertible {
    public var description: String { name }
}
