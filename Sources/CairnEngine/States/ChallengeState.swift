/// The status of a challenge (RFC 8555 §7.1.6).
///
/// ```
///            pending
///               |  the client responds
///               v
///           processing
///               |
///        +------+------+
///        v             v
///      valid        invalid
/// ```
package struct ChallengeState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case pending, processing, valid, invalid }
    package enum Event: CaseIterable, Sendable { case responded, validated, failed }

    package let status: Status

    package init(_ status: Status = .pending) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch (status, event) {
        case (.pending, .responded): .processing
        case (.processing, .validated): .valid
        case (.processing, .failed): .invalid
        case (.pending, .validated), (.pending, .failed), (.processing, .responded): nil
        case (.valid, _), (.invalid, _): nil
        }
    }
}
