public import CairnCertificates
public import CairnModel

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
