/// The type of a problem document: a URN of RFC 8555 §6.7, or any other URI.
public struct ProblemType: WireName {
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

    public static let accountDoesNotExist = ProblemType(name: "accountDoesNotExist")
    /// From RFC 9773 §7.4.
    public static let alreadyReplaced = ProblemType(name: "alreadyReplaced")
    public static let alreadyRevoked = ProblemType(name: "alreadyRevoked")
    public static let badCSR = ProblemType(name: "badCSR")
    public static let badNonce = ProblemType(name: "badNonce")
    public static let badPublicKey = ProblemType(name: "badPublicKey")
    public static let badRevocationReason = ProblemType(name: "badRevocationReason")
    public static let badSignatureAlgorithm = ProblemType(name: "badSignatureAlgorithm")
    public static let caa = ProblemType(name: "caa")
    public static let compound = ProblemType(name: "compound")
    public static let connection = ProblemType(name: "connection")
    public static let dns = ProblemType(name: "dns")
    /// From the ACME draft of March 2017, "Errors".
    public static let dnssec = ProblemType(name: "dnssec")
    public static let externalAccountRequired = ProblemType(name: "externalAccountRequired")
    public static let incorrectResponse = ProblemType(name: "incorrectResponse")
    public static let invalidContact = ProblemType(name: "invalidContact")
    /// From draft-ietf-acme-profiles §5.
    public static let invalidProfile = ProblemType(name: "invalidProfile")
    public static let malformed = ProblemType(name: "malformed")
    public static let orderNotReady = ProblemType(name: "orderNotReady")
    public static let rateLimited = ProblemType(name: "rateLimited")
    public static let rejectedIdentifier = ProblemType(name: "rejectedIdentifier")
    public static let serverInternal = ProblemType(name: "serverInternal")
    public static let tls = ProblemType(name: "tls")
    public static let unauthorized = ProblemType(name: "unauthorized")
    /// From the ACME draft of March 2017, "Errors".
    public static let unknownHost = ProblemType(name: "unknownHost")
    public static let unsupportedContact = ProblemType(name: "unsupportedContact")
    public static let unsupportedIdentifier = ProblemType(name: "unsupportedIdentifier")
    public static let userActionRequired = ProblemType(name: "userActionRequired")
}

extension ProblemType: CustomStringConvertible {
    public var description: String { name }
}
