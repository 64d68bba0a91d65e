/// The type of a problem document: a URN of RFC 8555 §6.7, or any other URI.
public struct ACMEProblemType: CairnWireName {
    /// The whole URI, as it stands in the member `type`.
    public var rawValue: String

    /// Takes any URI, whole.
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

    /// There is no account of that URL or key (RFC 8555 §6.7, §7.3.1).
    public static let accountDoesNotExist = ACMEProblemType(name: "accountDoesNotExist")
    /// From RFC 9773 §7.4.
    public static let alreadyReplaced = ACMEProblemType(name: "alreadyReplaced")
    /// The certificate is revoked already (RFC 8555 §6.7, §7.6).
    public static let alreadyRevoked = ACMEProblemType(name: "alreadyRevoked")
    /// The CSR cannot be accepted, for its key or for what it asks for (RFC 8555 §6.7, §7.4).
    public static let badCSR = ACMEProblemType(name: "badCSR")
    /// The nonce is not one that the server gave out, or was used before (RFC 8555 §6.7, §6.5).
    public static let badNonce = ACMEProblemType(name: "badNonce")
    /// The key that signed the request is not one that the server accepts (RFC 8555 §6.7).
    public static let badPublicKey = ACMEProblemType(name: "badPublicKey")
    /// The server does not let the client give this reason (RFC 8555 §6.7, §7.6).
    public static let badRevocationReason = ACMEProblemType(name: "badRevocationReason")
    /// The request is signed with an algorithm that the server does not accept (RFC 8555 §6.7, §6.2).
    public static let badSignatureAlgorithm = ACMEProblemType(name: "badSignatureAlgorithm")
    /// CAA records forbid the CA to issue (RFC 8555 §6.7, RFC 8659).
    public static let caa = ACMEProblemType(name: "caa")
    /// The reasons are in the subproblems (RFC 8555 §6.7, §6.7.1).
    public static let compound = ACMEProblemType(name: "compound")
    /// The CA could not connect to the host that it validates (RFC 8555 §6.7).
    public static let connection = ACMEProblemType(name: "connection")
    /// A DNS query of the validation failed (RFC 8555 §6.7).
    public static let dns = ACMEProblemType(name: "dns")
    /// From the ACME draft of March 2017, "Errors".
    public static let dnssec = ACMEProblemType(name: "dnssec")
    /// The request has no `externalAccountBinding`, and the CA wants one (RFC 8555 §6.7, §7.3.4).
    public static let externalAccountRequired = ACMEProblemType(name: "externalAccountRequired")
    /// What the CA found is not what the challenge asks for (RFC 8555 §6.7).
    public static let incorrectResponse = ACMEProblemType(name: "incorrectResponse")
    /// A contact URL of an account is not valid (RFC 8555 §6.7, §7.3).
    public static let invalidContact = ACMEProblemType(name: "invalidContact")
    /// From draft-ietf-acme-profiles §5.
    public static let invalidProfile = ACMEProblemType(name: "invalidProfile")
    /// The request is not formed as it must be (RFC 8555 §6.7).
    public static let malformed = ACMEProblemType(name: "malformed")
    /// An order was finalized before all its authorizations were valid (RFC 8555 §6.7, §7.4).
    public static let orderNotReady = ACMEProblemType(name: "orderNotReady")
    /// The client asks for more than a limit allows (RFC 8555 §6.7, §6.6).
    public static let rateLimited = ACMEProblemType(name: "rateLimited")
    /// The CA will not certify this identifier (RFC 8555 §6.7).
    public static let rejectedIdentifier = ACMEProblemType(name: "rejectedIdentifier")
    /// The server has failed, and the request may be as good as any (RFC 8555 §6.7).
    public static let serverInternal = ACMEProblemType(name: "serverInternal")
    /// The TLS handshake of a validation failed (RFC 8555 §6.7).
    public static let tls = ACMEProblemType(name: "tls")
    /// The client may not do this, or has not proved that it may (RFC 8555 §6.7).
    public static let unauthorized = ACMEProblemType(name: "unauthorized")
    /// From the ACME draft of March 2017, "Errors".
    public static let unknownHost = ACMEProblemType(name: "unknownHost")
    /// A contact URL has a scheme that the server does not know (RFC 8555 §6.7, §7.3).
    public static let unsupportedContact = ACMEProblemType(name: "unsupportedContact")
    /// The CA does not know identifiers of this type (RFC 8555 §6.7).
    public static let unsupportedIdentifier = ACMEProblemType(name: "unsupportedIdentifier")
    /// A human has to go to the URL in `instance` first (RFC 8555 §6.7, §7.3.3).
    public static let userActionRequired = ACMEProblemType(name: "userActionRequired")
}

extension ACMEProblemType: CustomStringConvertible {
    /// Its ``name``.
    public var description: String { name }
}
