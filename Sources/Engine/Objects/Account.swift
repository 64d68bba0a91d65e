package import ACME

/// An account (RFC 8555 §7.1.2).
package struct Account: Sendable {
    package typealias ID = ResourceID<Account>

    package let id: ID
    package internal(set) var key: PublicKey
    package internal(set) var state = AccountState()
    package internal(set) var contact: [String]
    package internal(set) var termsOfServiceAgreed: Bool

    /// Refuses the account as signer of a request unless it is valid (RFC 8555 §7.3.6).
    package func requireValid() throws(Refusal) {
        guard state.status != .valid else { return }
        throw Refusal(
            .unauthorized,
            "expected a valid account, got one that is \"\(state.status.rawValue)\" (RFC 8555 §7.3.6)", status: 401,
            cause: .inactiveAccount)
    }
}
