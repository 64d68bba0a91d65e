package import CairnCertificates
package import CairnModel

/// An order (RFC 8555 §7.1.3).
package struct Order: Sendable {
    package typealias ID = ResourceID<Order>

    package let id: ID
    package let account: Account.ID
    package let created: CairnInstant
    package internal(set) var state = OrderState()
    package let expires: CairnInstant
    /// What is to be certified, in the order in which the client named it, each once.
    package let identifiers: [ACMEIdentifier]
    package let notBefore: CairnInstant?
    package let notAfter: CairnInstant?
    package let profile: CairnCertificateProfile
    /// The authorization of each identifier, in the same order.
    let proofs: [Authorization.ID]
    /// All of them, each once: one may be good for several identifiers.
    package let authorizations: [Authorization.ID]
    /// Whether whoever knows its URL may read it, with all that it leads to; otherwise its account alone.
    package let isPublic: Bool
    /// The certificate that it replaces (RFC 9773 §5).
    package let replaces: CertID?
    /// What the client wants to have certified, once it has sent that: with the order, or when it finalized.
    package internal(set) var csr: SentCSR?
    package internal(set) var error: ACMEProblem?
    package internal(set) var certificate: Certificate.ID?
    /// The place of the order among all orders of the CA, from 0 on.
    package internal(set) var number = 0
}

/// A certificate signing request as a client sent it, and what the certificate needs to know of how it came.
package struct SentCSR: Sendable {
    package let derEncoded: [UInt8]
    /// The URL of the account, as its owner knows it: what CAA records may name (RFC 8657 §3).
    package let accountURL: String
    /// Where the CA shows its issuers, for the certificate to say; `nil` says nothing.
    package let issuerURLBase: String?

    package init(derEncoded: [UInt8], accountURL: String, issuerURLBase: String? = nil) {
        (self.derEncoded, self.accountURL, self.issuerURLBase) = (derEncoded, accountURL, issuerURLBase)
    }
}

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
