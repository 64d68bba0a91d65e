public import CairnModel

/// An account as it was at one instant (RFC 8555 §7.1.2).
public struct CairnAccount: Hashable, Sendable, Identifiable {
    /// The last part of its URL.
    public let id: CairnObjectID
    /// When it was made.
    public let created: CairnInstant
    /// `valid`, `deactivated` or `revoked` (RFC 8555 §7.1.6).
    public let status: ACMEStatus
    /// URLs such as `mailto:admin@example.test`, as the client sent them.
    public let contact: [String]
    /// The SHA-256 thumbprint of its key, in base64url (RFC 7638).
    public let keyThumbprint: String
    /// Whether its holder has agreed to any terms.
    public let termsOfServiceAgreed: Bool
    /// The version of the terms that its holder agreed to last (RFC 8555 §7.3.3); `nil` if there were none.
    public let agreedTerms: String?
    /// The identifier of the key by which it is bound to an external account (RFC 8555 §7.3.4).
    public let externalAccountKey: String?

    init(_ account: Account) {
        id = CairnObjectID(account.id)
        created = account.created
        status = ACMEStatus(account.state)
        contact = account.contact
        keyThumbprint = account.key.thumbprint
        termsOfServiceAgreed = account.termsOfServiceAgreed
        agreedTerms = account.agreedTerms
        externalAccountKey = account.externalAccountKey
    }

    /// The same as JSON; what there is none of is left out.
    public var json: CairnJSON {
        var object: CairnJSONObject = ["id": id.json, "created": created.json, "status": status.json]
        object["contact"] = .array(contact.map(CairnJSON.string))
        object["keyThumbprint"] = .string(keyThumbprint)
        object["termsOfServiceAgreed"] = .bool(termsOfServiceAgreed)
        object["agreedTerms"] = agreedTerms.map(CairnJSON.string)
        object["externalAccountKey"] = externalAccountKey.map(CairnJSON.string)
        return .object(object)
    }
}
