extension ACMEProblem {
    /// The rule that was broken, where type and status do not tell it from others.
    ///
    /// It never goes over the wire. Servers differ in how they answer these (see `CairnPersonality`).
    package enum Cause: Hashable, Sendable {
        /// The path leads nowhere.
        case unknownPath
        /// There is no object with that id.
        case unknownObject
        /// The resource does not have the method (RFC 8555 §6.3).
        case method
        /// The body is not `application/jose+json` (RFC 8555 §6.2).
        case contentType
        /// There is no account with that key, and the request wants no other (`onlyReturnExisting`, RFC 8555 §7.3.1).
        case noSuchAccount
        /// The `url` of the protected header is another than that of the request (RFC 8555 §6.4).
        case url
        /// The account was deactivated (RFC 8555 §7.3.6).
        case inactiveAccount
        /// The new key of an account is in use (RFC 8555 §7.3.5).
        case keyInUse
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
        /// The CSR does not name what the order names (RFC 8555 §7.4).
        case identifiersOfCSR
        /// An identifier is covered by a wildcard beside it.
        case coveredIdentifier
        /// Identifiers of the request are refused: a subproblem for each (RFC 8555 §7.4, §6.7.1).
        case identifiers
        /// The object, of that kind, is another account's (RFC 8555 §6.2).
        case notOwner(ACMEEndpoint)
        /// A challenge of that type was not met (RFC 8555 §8).
        case challenge(ACMEChallengeType)
    }
}
