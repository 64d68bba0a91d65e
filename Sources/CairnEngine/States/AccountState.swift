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
