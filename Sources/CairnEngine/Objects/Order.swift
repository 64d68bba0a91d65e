package import CairnCertificates
package import CairnModel

/// An order (RFC 8555 §7.1.3).
package struct Order: Sendable {
    package typealias ID = ResourceID<Order>

    package let id: ID
    package let account: Account.ID
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
    /// The place of the order among all orders of the CA.
    let number: Int
}
