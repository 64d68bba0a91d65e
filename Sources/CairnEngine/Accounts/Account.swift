package import CairnModel

/// An account (RFC 8555 §7.1.2).
package struct Account: Sendable {
    package typealias ID = ResourceID<Account>

    package let id: ID
    package internal(set) var key: PublicKey
    package internal(set) var state = AccountState()
    package internal(set) var contact: [String]
    package internal(set) var termsOfServiceAgreed: Bool
    /// The version of the terms that its holder agreed to last (RFC 8555 §7.3.3); `nil` if there were none.
    package internal(set) var agreedTerms: String?
    /// What the client sent to bind it, if that was verified (RFC 8555 §7.3.4).
    package internal(set) var externalAccountBinding: CairnJSON?
    /// The identifier of the key by which it is bound.
    package internal(set) var externalAccountKey: String?

    /// Refuses the account as signer of a request unless it is valid (RFC 8555 §7.1.6, §7.3.6).
    package func requireValid() throws(Refusal) {
        guard state.status != .valid else { return }
        let section = state.status == .deactivated ? "§7.3.6" : "§7.1.6"
        throw Refusal(
            .unauthorized,
            "expected a valid account, got one that is \"\(state.status.rawValue)\" (RFC 8555 \(section))", status: 401,
            cause: .inactiveAccount)
    }
}

/// The status of an account (RFC 8555 §7.1.6).
///
/// ```
///                   valid
///                     |
///         +-----------+-----------+
///  client |                server |
///         v                       v
///    deactivated               revoked
/// ```
package struct AccountState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case valid, deactivated, revoked }
    package enum Event: CaseIterable, Sendable { case deactivatedByClient, revokedByServer }

    package let status: Status

    package init(_ status: Status = .valid) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch (status, event) {
        case (.valid, .deactivatedByClient): .deactivated
        case (.valid, .revokedByServer): .revoked
        case (.deactivated, _), (.revoked, _): nil
        }
    }
}
