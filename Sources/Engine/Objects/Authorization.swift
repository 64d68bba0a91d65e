package import ACME

/// An authorization (RFC 8555 §7.1.4).
package struct Authorization: Sendable {
    package typealias ID = ResourceID<Authorization>

    package let id: ID
    package let account: Account.ID
    /// Never a wildcard; see ``isWildcard``.
    package let identifier: Identifier
    /// Whether the authorization is for the wildcard below ``identifier``.
    package let isWildcard: Bool
    package internal(set) var state = AuthorizationState()
    package internal(set) var expires: Instant
    package internal(set) var challenges: [Challenge]
    /// The orders that wait for the authorization or were made with it.
    var orders: [Order.ID]

    /// Whether a challenge is left that has not been decided.
    var canStillBeProven: Bool { challenges.contains { !$0.state.isFinal } }

    /// What an order asks for to be given this authorization.
    package var orderedIdentifier: Identifier {
        isWildcard ? Identifier(type: identifier.type, value: "*." + identifier.value) : identifier
    }
}

/// A challenge (RFC 8555 §8).
///
/// It is named by its authorization and its place in it.
package struct Challenge: Sendable {
    package let type: ChallengeType
    /// At least 128 bits of entropy in base64url (RFC 8555 §8.3).
    package let token: String
    package internal(set) var state = ChallengeState()
    package internal(set) var validated: Instant?
    package internal(set) var error: Problem?
}
