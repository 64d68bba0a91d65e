package import CairnModel

/// Who asks whether it may issue: what CAA records call this CA and the account.
package struct CAAIssuer: Hashable, Sendable {
    /// The names of the CA, as the directory shows them in `caaIdentities` (RFC 8555 §7.1.1).
    ///
    /// Without any, no record can authorize it.
    package var identities: [String]
    /// The URL of the account, as the client knows it (RFC 8657 §3.1).
    package var accountURL: String

    package init(identities: [String], accountURL: String) {
        (self.identities, self.accountURL) = (identities, accountURL)
    }
}

/// The question whether CAA records let a CA issue for a name: all that the answer depends on, but for the DNS.
package struct CAACheck: Hashable, Sendable {
    package var issuer: CAAIssuer
    /// How control of the name was shown (RFC 8657 §4).
    package var challengeType: ACMEChallengeType
    /// A domain name without `*.`, or an address, for which there is nothing to check.
    package var identifier: ACMEIdentifier
    /// Whether the certificate is to have the name with `*.` before it.
    package var isWildcard: Bool

    /// - Parameter identifier: as in the order, with or without `*.`, or as in the authorization.
    package init(
        _ issuer: CAAIssuer, challengeType: ACMEChallengeType, identifier: ACMEIdentifier, isWildcard: Bool = false
    ) {
        (self.issuer, self.challengeType) = (issuer, challengeType)
        self.identifier = identifier.withoutWildcard
        self.isWildcard = isWildcard || identifier.isWildcard
    }

    /// The name as it would stand in the certificate.
    var name: String { isWildcard ? "*.\(identifier)" : "\(identifier)" }
}

extension ValidationAttempt {
    /// The check that goes with the validation; `nil` if CAA is not looked at.
    var caaCheck: CAACheck? {
        issuer.map {
            CAACheck($0, challengeType: challengeType, identifier: identifier, isWildcard: isWildcard)
        }
    }
}
