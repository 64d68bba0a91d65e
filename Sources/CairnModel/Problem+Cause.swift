extension Problem {
    /// The rule that was broken, where type and status do not tell it from others.
    ///
    /// It never goes over the wire. Servers differ in how they answer these (see `Personality`).
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
        /// The CSR does not name what the order names (RFC 8555 §7.4).
        case identifiersOfCSR
        /// A challenge of that type was not met (RFC 8555 §8).
        case challenge(ChallengeType)
    }
}
