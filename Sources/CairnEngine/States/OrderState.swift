/// The status of an order (RFC 8555 §7.1.6).
///
/// ```
///   pending ---------------+
///      |  all authorized   |
///      v                   |
///    ready ----------------+
///      |  finalized        |  failed: an authorization was refused or lost,
///      v                   |  the order expired, issuing went wrong
///  processing -------------+
///      |  issued           |
///      v                   v
///    valid              invalid
/// ```
/// Both ends are final: an issued order stays `valid` whatever becomes of its authorizations.
package struct OrderState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case pending, ready, processing, valid, invalid }
    package enum Event: CaseIterable, Sendable { case authorized, finalized, issued, failed }

    package let status: Status

    package init(_ status: Status = .pending) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch (status, event) {
        case (.pending, .authorized): .ready
        case (.ready, .finalized): .processing
        case (.processing, .issued): .valid
        case (.pending, .failed), (.ready, .failed), (.processing, .failed): .invalid
        case (.pending, .finalized), (.pending, .issued): nil
        case (.ready, .authorized), (.ready, .issued): nil
        case (.processing, .authorized), (.processing, .finalized): nil
        case (.valid, _), (.invalid, _): nil
        }
    }
}
