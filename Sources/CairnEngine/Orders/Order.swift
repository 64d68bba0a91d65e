public import CairnCertificates
public import CairnModel

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
    /// The place of the order among all orders of the CA.
    var number = 0
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

/// An order as it was at one instant (RFC 8555 §7.1.3).
public struct CairnOrder: Hashable, Sendable, Identifiable {
    /// The last part of its URL.
    public let id: CairnObjectID
    /// When it was placed.
    public let created: CairnInstant
    /// `pending`, `ready`, `processing`, `valid` or `invalid` (RFC 8555 §7.1.6).
    public let status: ACMEStatus
    /// The account that placed it.
    public let account: CairnObjectID
    /// When it becomes invalid if it has not become valid.
    public let expires: CairnInstant
    /// What is to be certified, in the order in which the client named it.
    public let identifiers: [ACMEIdentifier]
    /// The first second of the certificate, if the client asked for one.
    public let notBefore: CairnInstant?
    /// The last second of the certificate, if the client asked for one.
    public let notAfter: CairnInstant?
    /// The name of the certificate profile (draft-ietf-acme-profiles).
    public let profile: String
    /// The certificate that it replaces (RFC 9773 §5).
    public let replaces: CairnSerialNumber?
    /// The authorizations that it depends on, each once.
    public let authorizations: [CairnObjectID]
    /// Why it is `invalid`.
    public let error: ACMEProblem?
    /// The certificate that it led to; that is downloaded at a URL that ends as this order's.
    public let certificate: CairnSerialNumber?

    init(_ order: Order) {
        id = CairnObjectID(order.id)
        created = order.created
        status = ACMEStatus(order.state)
        account = CairnObjectID(order.account)
        (expires, notBefore, notAfter) = (order.expires, order.notBefore, order.notAfter)
        (identifiers, profile) = (order.identifiers, order.profile.name)
        replaces = order.replaces?.serialNumber
        authorizations = order.authorizations.map { CairnObjectID($0) }
        (error, certificate) = (order.error, order.certificate)
    }

    /// The same as JSON; what there is none of is left out.
    public var json: CairnJSON {
        var object: CairnJSONObject = ["id": id.json, "created": created.json, "status": status.json]
        object["account"] = account.json
        object["expires"] = expires.json
        object["identifiers"] = .array(identifiers.map(\.json))
        object["notBefore"] = notBefore?.json
        object["notAfter"] = notAfter?.json
        object["profile"] = .string(profile)
        object["replaces"] = replaces.map { .string("\($0)") }
        object["authorizations"] = .array(authorizations.map(\.json))
        object["error"] = error?.json
        object["certificate"] = certificate.map { .string("\($0)") }
        return .object(object)
    }
}
