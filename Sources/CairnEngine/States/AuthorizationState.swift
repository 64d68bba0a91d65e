/// The status of an authorization (RFC 8555 §7.1.6).
///
/// ```
///                  pending -----------------+
///                     |                     |
///           +---------+---------+           |
///           v                   v           |
///        invalid              valid         |
///                               |           |
///                +--------------+-----------+
///                |              |           |
///                v              v           v
///             revoked     deactivated    expired
/// ```
package struct AuthorizationState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case pending, valid, invalid, deactivated, expired, revoked }
    package enum Event: CaseIterable, Sendable {
        case challengeValidated, challengeFailed, deactivatedByClient, revokedByServer, expired
    }

    package let status: Status

    package init(_ status: Status = .pending) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch (status, event) {
        case (.pending, .challengeValidated): .valid
        case (.pending, .challengeFailed): .invalid
        case (.pending, .deactivatedByClient), (.valid, .deactivatedByClient): .deactivated
        case (.pending, .revokedByServer), (.valid, .revokedByServer): .revoked
        case (.pending, .expired), (.valid, .expired): .expired
        case (.valid, .challengeValidated), (.valid, .challengeFailed): nil
        case (.invalid, _), (.deactivated, _), (.expired, _), (.revoked, _): nil
        }
    }
}
