package import CairnModel

/// One challenge that a client says it has answered.
package struct ValidationAttempt: Hashable, Sendable {
    package var challengeType: ACMEChallengeType
    /// What the client says it controls: a domain name that is no wildcard, or an address (RFC 8555 §7.1.4).
    package var identifier: ACMEIdentifier
    /// Whether the identifier was ordered with `*.` before it.
    package var isWildcard: Bool
    package var token: String
    package var keyAuthorization: KeyAuthorization
    /// For whom CAA records are checked once the challenge is fulfilled; `nil` checks none.
    package var issuer: CAAIssuer?
    /// What a human decided of an `oob-01` challenge; `nil` as long as nobody did.
    package var decision: Verdict.Outcome?

    package init(
        _ challengeType: ACMEChallengeType, identifier: ACMEIdentifier, isWildcard: Bool = false, token: String,
        keyAuthorization: KeyAuthorization, issuer: CAAIssuer? = nil, decision: Verdict.Outcome? = nil
    ) {
        (self.challengeType, self.identifier, self.isWildcard) = (challengeType, identifier, isWildcard)
        (self.token, self.keyAuthorization, self.issuer) = (token, keyAuthorization, issuer)
        self.decision = decision
    }
}
