/// The status of a certificate: revoked once, for good (RFC 5280 §3.3).
package struct CertificateState: StateMachine {
    package enum Status: String, CaseIterable, Sendable { case valid, revoked }
    package enum Event: CaseIterable, Sendable { case revoked }

    package let status: Status

    package init(_ status: Status = .valid) { self.status = status }

    package static func next(after event: Event, in status: Status) -> Status? {
        switch status {
        case .valid: .revoked
        case .revoked: nil
        }
    }
}
