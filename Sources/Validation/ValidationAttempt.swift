package import ACME

/// One challenge that a client says it has answered.
package struct ValidationAttempt: Hashable, Sendable {
    package var challengeType: ChallengeType
    /// What the client says it controls: a domain name that is no wildcard, or an address (RFC 8555 §7.1.4).
    package var identifier: Identifier
    package var token: String
    package var keyAuthorization: KeyAuthorization

    package init(
        _ challengeType: ChallengeType, identifier: Identifier, token: String, keyAuthorization: KeyAuthorization
    ) {
        (self.challengeType, self.identifier) = (challengeType, identifier)
        (self.token, self.keyAuthorization) = (token, keyAuthorization)
    }
}
