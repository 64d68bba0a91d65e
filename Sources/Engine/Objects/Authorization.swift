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
    /// When the CAA records were looked at last, and let the CA issue.
    var caaChecked: Instant?
    /// The orders that wait for the authorization or were made with it.
    var orders: [Order.ID]

    /// When the CA will look again at a challenge whose last query failed (RFC 8555 §8.2).
    package var nextQuery: Instant? {
        challenges.compactMap(\.nextQuery).min { $0 < $1 }
    }

    /// Whether the query of `job` is the one whose verdict is awaited.
    func isWaiting(for job: ValidationJob) -> Bool {
        challenges[job.challenge].state.status == .processing && challenges[job.challenge].query == job.query
    }

    /// Whether a challenge is left that has not been decided.
    var canStillBeProven: Bool { challenges.contains { !$0.state.isFinal } }

    /// What an order asks for to be given this authorization.
    package var orderedIdentifier: Identifier {
        isWildcard ? Identifier(type: identifier.type, value: "*." + identifier.value) : identifier
    }
}
