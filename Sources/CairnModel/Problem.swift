/// A problem document (RFC 7807, RFC 8555 §6.7).
///
/// Cairn's details say what was expected, what was received, and which section requires it.
public struct ACMEProblem: Error, Hashable, Sendable {
    /// The problem type.
    public var type: ACMEProblemType
    /// The HTTP status of the response, and the member `status`.
    public var status: Int
    /// The explanation for people.
    public var detail: String
    /// The identifier that a subproblem concerns.
    ///
    /// Never set at the top level (RFC 8555 §6.7.1).
    public var identifier: ACMEIdentifier?
    /// One entry per refused identifier (RFC 8555 §6.7.1).
    public var subproblems: [ACMEProblem]
    /// With `badSignatureAlgorithm`, the accepted algorithms (RFC 8555 §6.2).
    public var algorithms: [String]?
    /// With `userActionRequired`, the URL that a human has to visit (RFC 8555 §6.7).
    public var instance: String?
    /// The rule that was broken, if that has to be known apart from the type.
    package var cause: Cause?
    /// What the detail tells of the request, in the order in which ``Cause`` lists it: for servers that put it in other words.
    package var facts: [String] = []

    /// - Parameter status: by default ``commonStatus(of:)``.
    public init(
        _ type: ACMEProblemType, _ detail: String, status: Int? = nil, identifier: ACMEIdentifier? = nil,
        subproblems: [ACMEProblem] = [], algorithms: [String]? = nil, instance: String? = nil
    ) {
        self.type = type
        self.status = status ?? Self.commonStatus(of: type)
        self.detail = detail
        self.identifier = identifier
        self.subproblems = subproblems
        self.algorithms = algorithms
        self.instance = instance
    }

    /// The same problem, with the rule that was broken, what is known of that, and the status that goes with it.
    package func caused(by cause: Cause?, _ facts: [String] = []) -> ACMEProblem {
        var problem = self
        (problem.cause, problem.facts) = (cause, facts)
        problem.status = cause?.status ?? status
        return problem
    }

    /// The default status of a problem type.
    ///
    /// 409 for `alreadyReplaced`, 429 for `rateLimited`, 500 for `serverInternal`, 403 for requests that were
    /// understood and refused, otherwise 400.
    public static func commonStatus(of type: ACMEProblemType) -> Int {
        switch type {
        case .alreadyReplaced: 409
        case .rateLimited: 429
        case .serverInternal: 500
        case .caa, .externalAccountRequired, .orderNotReady, .unauthorized, .userActionRequired: 403
        default: 400
        }
    }
}

extension ACMEProblem {
    /// Whether both look the same to a client; the internal cause is not compared.
    public static func == (left: ACMEProblem, right: ACMEProblem) -> Bool {
        left.type == right.type && left.status == right.status && left.detail == right.detail
            && left.identifier == right.identifier && left.subproblems == right.subproblems
            && left.algorithms == right.algorithms && left.instance == right.instance
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(status)
        hasher.combine(detail)
        hasher.combine(identifier)
        hasher.combine(subproblems)
    }
}

extension ACMEProblem {
    /// Type and detail, which every problem has, wherever it is written down.
    package var brief: CairnJSONObject { ["type": .string(type.rawValue), "detail": .string(detail)] }

    /// As a problem document, with its subproblems whole.
    package var json: CairnJSON { .object(document(\.json)) }

    /// The members of a problem document (RFC 7807 §3.1, RFC 8555 §6.7).
    ///
    /// - Parameter subproblem: writes each subproblem.
    package func document(_ subproblem: (ACMEProblem) -> CairnJSON) -> CairnJSONObject {
        var document = brief
        document["status"] = .integer(status)
        document["identifier"] = identifier?.json
        document["instance"] = instance.map(CairnJSON.string)
        document["algorithms"] = algorithms.map { .array($0.map(CairnJSON.string)) }
        if !subproblems.isEmpty { document["subproblems"] = .array(subproblems.map(subproblem)) }
        return document
    }
}

extension ACMEProblem: CustomStringConvertible {
    /// The type and the detail.
    public var description: String { "\(type): \(detail)" }
}

extension ACMEProblem {
    /// The rule that was broken, where type and status do not tell it from others.
    ///
    /// It never goes over the wire. Servers differ in how they answer these (see `CairnPersonality`).
    package enum Cause: Hashable, Sendable {
        /// The path leads nowhere.
        case unknownPath
        /// There is no object with that id (the id, of an order).
        case unknownObject
        /// There is no certificate with that identifier of renewal information (RFC 9773 §4.1).
        case unknownCertID
        /// What a human could do on that page is not to be done, or not any more.
        case unknownPage
        /// The resource does not have the method (RFC 8555 §6.3).
        case method
        /// The body is not `application/jose+json` (the type, unless there is none) (RFC 8555 §6.2).
        case contentType
        /// There is no account with that key, and the request wants no other (`onlyReturnExisting`, RFC 8555 §7.3.1).
        case noSuchAccount
        /// The `url` of the protected header is another than that of the request (that of the request, that of the header)
        /// (RFC 8555 §6.4).
        case url
        /// The account was deactivated (RFC 8555 §7.3.6).
        case inactiveAccount
        /// The new key of an account is in use (RFC 8555 §7.3.5).
        case keyInUse
        /// The new key of an account is the one that it has (RFC 8555 §7.3.5).
        case sameKey
        /// The terms that a human agrees to are no longer those in force (RFC 8555 §7.3.3).
        case outdatedTerms
        /// A human has decided about the challenge already, or it has come to its end without.
        case decidedChallenge
        /// There are as many accounts as the CA keeps.
        case tooManyAccounts
        /// What came as a CSR is none in DER (RFC 2986 §4).
        case encodingOfCSR
        /// The key in a CSR is of a kind or on a curve that is not certified, or is not a valid key of its kind; a key that
        /// can be read and is refused for what it is has no cause.
        case keyOfCSR
        /// The signature of a CSR is made by an algorithm that is not believed, or not by the key in it (RFC 2986 §4.2).
        case signatureOfCSR
        /// The CSR asks for something besides key and identifiers that the profile refuses.
        case contentOfCSR
        /// The key in a CSR is, or was, that of an account (RFC 8555 §11.1).
        case accountKeyInCSR
        /// The CSR does not name what the order names (the type of which the number differs; or the type and the value of what
        /// is missing) (RFC 8555 §7.4).
        case identifiersOfCSR
        /// An identifier is covered by a wildcard beside it.
        case coveredIdentifier
        /// Identifiers of the request are refused: a subproblem for each (RFC 8555 §7.4, §6.7.1).
        case identifiers
        /// The CA will not authorize the identifier of the request in advance (RFC 8555 §7.4.1).
        case preAuthorization
        /// The object, of that kind, is another account's (RFC 8555 §6.2).
        case notOwner(ACMEEndpoint)
        /// A challenge of that type was not met (RFC 8555 §8).
        case challenge(ACMEChallengeType)

        // MARK: What only servers with words of their own tell apart; what is in parentheses are facts

        /// The request has no `User-Agent` (RFC 8555 §6.1).
        case noUserAgent
        /// The request has a header field `Replay-Nonce` (RFC 8555 §6.5.1).
        case nonceField
        /// The body is no JWS.
        case notJWS
        /// The JWS has an unprotected header (RFC 8555 §6.2).
        case unprotectedHeader
        /// The JWS is in the general serialization (RFC 8555 §6.2).
        case severalSignatures
        /// `alg` is not accepted (the algorithm, and those that are).
        case algorithm
        /// `alg` is not the algorithm of the key (the algorithm).
        case algorithmOfKey
        /// There is no `jwk` where the key has to be, or no `kid` where the account has to be.
        case noJWK, noKeyIdentifier
        /// There are both `jwk` and `kid`.
        case twoKeys
        /// `kid` is no account URL of this server; it is, and there is no such account (the URL).
        case foreignKeyIdentifier, unknownAccount
        /// The signature does not verify.
        case signature
        /// There is no `url` (RFC 8555 §6.4).
        case noURL
        /// There is no nonce; it is not one that may be spent (the nonce) (RFC 8555 §6.5).
        case noNonce, unknownNonce
        /// A POST-as-GET has a payload (RFC 8555 §6.3).
        case payloadOfRead
        /// The payload is not JSON, or no object.
        case payload
        /// A member of the payload is not what it has to be, or not there (its name, and what it is if there is one).
        case member
        /// A member is not in base64url.
        case base64
        /// A relic of earlier versions: the member `resource` (its value), a response to a challenge with something in it.
        case resourceMember, filledResponse
        /// A response to a challenge has the member `keyAuthorization`.
        case keyAuthorizationMember
        /// The account has not agreed to the terms.
        case termsNotAgreed
        /// There are too many contacts (how many, and how many there may be).
        case contactCount
        /// A contact has another scheme than `mailto` (the scheme); is no address; has characters beyond ASCII (the address).
        case contactScheme, contactForm, contactCharacters
        /// An account update changes nothing.
        case emptyUpdate
        /// An orders list has no such page.
        case pageNumber
        /// A binding to an external account is missing; has no `kid`, or an unknown one; no `url`, or another one; a nonce; an
        /// algorithm that is none for it (the algorithm); a wrong MAC; no key in it, or another than that of the account.
        case bindingMissing, bindingWithoutKeyIdentifier, bindingUnknown, bindingWithoutURL, bindingURL, bindingNonce
        case bindingAlgorithm, bindingMAC, bindingPayload, bindingKey
        /// In a key change: `account` is not the account (the URL); `oldKey` is not its key; `url` is missing, or another one.
        case changeAccount, changeOldKey, changeWithoutURL, changeURL
        /// An order names nothing; something of an unknown type (the type).
        case noIdentifiers, identifierType
        /// A domain name is empty; an address; too long; ends in a dot; has a character that it cannot have (that); has a `*`
        /// where none can be; has several (all but the second: the name).
        case emptyName, addressAsName, longName, finalDot, nameCharacter, wildcardPlace, wildcards
        /// An address is none (the text).
        case address
        /// A name is blocked (the name).
        case blockedName
        /// An order is not ready (its status).
        case orderStatus
        /// A challenge cannot be answered any more (its status).
        case challengeStatus
        /// An authorization is to be made something else than deactivated (what).
        case authorizationUpdate
        /// A certificate is revoked already; the reason is none that a client may name (the reason).
        case alreadyRevoked, revocationReason
        /// A certificate is not one of this CA.
        case foreignCertificate
        /// Whoever asks for a revocation may not: an account (the account), a key.
        case notRevoker, notRevokersKey

        /// The status that goes with the broken rule, whatever the type; `nil` if it is that of the type.
        fileprivate var status: Int? {
            switch self {
            case .inactiveAccount: 401
            case .preAuthorization: 403
            case .unknownPath, .unknownObject, .unknownCertID, .unknownPage, .pageNumber,
                .foreignCertificate:
                404
            case .method: 405
            case .keyInUse, .sameKey, .outdatedTerms, .decidedChallenge: 409
            case .contentType: 415
            case .tooManyAccounts: 503
            default: nil
            }
        }
    }
}

/// The type of a problem: a URN of RFC 8555 §6.7, or any other URI.
public struct ACMEProblemType: CairnWireName {
    /// The full URI, as in the member `type`.
    public var rawValue: String

    /// Creates a type from a full URI.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Creates a type in the ACME namespace: `urn:ietf:params:acme:error:` and `name`.
    public init(name: String) { rawValue = Self.namespace + name }

    /// The name within the ACME namespace, or the full URI outside it.
    public var name: String {
        isOfACME ? String(rawValue.unicodeScalars.dropFirst(Self.namespace.utf8.count)) : rawValue
    }

    /// Whether it is a type in the ACME namespace, registered or not.
    package var isOfACME: Bool { rawValue.begins(with: Self.namespace) }

    private static let namespace = "urn:ietf:params:acme:error:"

    /// There is no account with that URL or key (RFC 8555 §6.7, §7.3.1).
    public static let accountDoesNotExist = ACMEProblemType(name: "accountDoesNotExist")
    /// The certificate has been replaced by another order already (RFC 9773 §7.4).
    public static let alreadyReplaced = ACMEProblemType(name: "alreadyReplaced")
    /// The certificate is already revoked (RFC 8555 §6.7, §7.6).
    public static let alreadyRevoked = ACMEProblemType(name: "alreadyRevoked")
    /// The CSR is unacceptable because of its key or contents (RFC 8555 §6.7, §7.4).
    public static let badCSR = ACMEProblemType(name: "badCSR")
    /// The nonce is unknown or already used (RFC 8555 §6.7, §6.5).
    public static let badNonce = ACMEProblemType(name: "badNonce")
    /// The server does not accept the key that signed the request (RFC 8555 §6.7).
    public static let badPublicKey = ACMEProblemType(name: "badPublicKey")
    /// The server does not accept this revocation reason (RFC 8555 §6.7, §7.6).
    public static let badRevocationReason = ACMEProblemType(name: "badRevocationReason")
    /// The server does not accept the signature algorithm (RFC 8555 §6.7, §6.2).
    public static let badSignatureAlgorithm = ACMEProblemType(name: "badSignatureAlgorithm")
    /// CAA records forbid issuance (RFC 8555 §6.7, RFC 8659).
    public static let caa = ACMEProblemType(name: "caa")
    /// The reasons are in the subproblems (RFC 8555 §6.7, §6.7.1).
    public static let compound = ACMEProblemType(name: "compound")
    /// The CA could not connect to the validated host (RFC 8555 §6.7).
    public static let connection = ACMEProblemType(name: "connection")
    /// A DNS query of the validation failed (RFC 8555 §6.7).
    public static let dns = ACMEProblemType(name: "dns")
    /// Defined by the ACME draft of March 2017, "Errors".
    public static let dnssec = ACMEProblemType(name: "dnssec")
    /// The CA requires an `externalAccountBinding` (RFC 8555 §6.7, §7.3.4).
    public static let externalAccountRequired = ACMEProblemType(name: "externalAccountRequired")
    /// The CA found something other than the challenge requires (RFC 8555 §6.7).
    public static let incorrectResponse = ACMEProblemType(name: "incorrectResponse")
    /// A contact URL of an account is not valid (RFC 8555 §6.7, §7.3).
    public static let invalidContact = ACMEProblemType(name: "invalidContact")
    /// The CA does not offer the profile (draft-ietf-acme-profiles §5).
    public static let invalidProfile = ACMEProblemType(name: "invalidProfile")
    /// The request is malformed (RFC 8555 §6.7).
    public static let malformed = ACMEProblemType(name: "malformed")
    /// The order is not ready to be finalized (RFC 8555 §6.7, §7.4).
    public static let orderNotReady = ACMEProblemType(name: "orderNotReady")
    /// The request exceeds a rate limit (RFC 8555 §6.7, §6.6).
    public static let rateLimited = ACMEProblemType(name: "rateLimited")
    /// The CA does not issue for this identifier (RFC 8555 §6.7).
    public static let rejectedIdentifier = ACMEProblemType(name: "rejectedIdentifier")
    /// The server has an internal error (RFC 8555 §6.7).
    public static let serverInternal = ACMEProblemType(name: "serverInternal")
    /// The TLS handshake of a validation failed (RFC 8555 §6.7).
    public static let tls = ACMEProblemType(name: "tls")
    /// The client is not authorized (RFC 8555 §6.7).
    public static let unauthorized = ACMEProblemType(name: "unauthorized")
    /// Defined by the ACME draft of March 2017, "Errors".
    public static let unknownHost = ACMEProblemType(name: "unknownHost")
    /// A contact URL has an unsupported scheme (RFC 8555 §6.7, §7.3).
    public static let unsupportedContact = ACMEProblemType(name: "unsupportedContact")
    /// The CA does not support identifiers of this type (RFC 8555 §6.7).
    public static let unsupportedIdentifier = ACMEProblemType(name: "unsupportedIdentifier")
    /// A human has to visit the URL in `instance` (RFC 8555 §6.7, §7.3.3).
    public static let userActionRequired = ACMEProblemType(name: "userActionRequired")
}

extension ACMEProblemType {
    /// Those in the ACME namespace that are known here; `conflict` is what Boulder has for what is `alreadyReplaced` elsewhere.
    package static let known: [ACMEProblemType] = [
        .accountDoesNotExist, .alreadyReplaced, .alreadyRevoked, .badCSR, .badNonce, .badPublicKey,
        .badRevocationReason, .badSignatureAlgorithm, .caa, .compound, .connection, .dns, .dnssec,
        .externalAccountRequired, .incorrectResponse, .invalidContact, .invalidProfile, .malformed, .orderNotReady,
        .rateLimited, .rejectedIdentifier, .serverInternal, .tls, .unauthorized, .unknownHost, .unsupportedContact,
        .unsupportedIdentifier, .userActionRequired, ACMEProblemType(name: "conflict"),
    ]

    /// Reads what people write for a type: a name that is known in the namespace of ACME, or, with a colon in it, a whole URI.
    ///
    /// - Throws: what was expected, where it is neither.
    package init(written text: String) throws(SettingFault) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            self.init(rawValue: text)
            return
        }
        let names = Self.known.map(\.name)
        guard names.contains(where: { $0.isSame(as: text) }) else {
            let hint =
                NearestName.to(text, among: names).map { "; did you mean \($0.quoted)?" }
                ?? "; known are \(names.map(\.quoted).joined(separator: ", "))"
            throw SettingFault(
                "expected a name in the namespace of ACME that is known, or a whole URI, got \(text.quoted)\(hint)")
        }
        self.init(name: text)
    }

    /// What ``init(written:)`` reads: the name where it is known, or the whole URI.
    package var written: String { Self.known.contains(self) ? name : rawValue }
}

extension ACMEProblemType: CustomStringConvertible {
    /// Its ``name``.
    public var description: String { name }
}
