/// Why a certificate was revoked: a `CRLReason` of RFC 5280 §5.3.1.
public struct ACMERevocationReason: RawRepresentable, Hashable, Sendable {
    /// The number of the `CRLReason`.
    public var rawValue: Int

    /// Takes any number, assigned or not.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// No reason in particular; RFC 5280 §5.3.1 would rather have none given.
    public static let unspecified = ACMERevocationReason(rawValue: 0)
    /// The private key of the subject is known to others, or may be (RFC 5280 §5.3.1).
    public static let keyCompromise = ACMERevocationReason(rawValue: 1)
    /// The private key of an authority is known to others, or may be (RFC 5280 §5.3.1).
    public static let cACompromise = ACMERevocationReason(rawValue: 2)
    /// The subject's name, or something else that the certificate says of it, has changed (RFC 5280 §5.3.1).
    public static let affiliationChanged = ACMERevocationReason(rawValue: 3)
    /// Another certificate takes its place (RFC 5280 §5.3.1).
    public static let superseded = ACMERevocationReason(rawValue: 4)
    /// The subject needs it no longer, for what it was issued for (RFC 5280 §5.3.1).
    public static let cessationOfOperation = ACMERevocationReason(rawValue: 5)
    /// It is suspended, and may become good again (RFC 5280 §5.3.1).
    public static let certificateHold = ACMERevocationReason(rawValue: 6)
    /// It is on hold no longer, or has expired; for delta CRLs alone (RFC 5280 §5.3.1).
    public static let removeFromCRL = ACMERevocationReason(rawValue: 8)
    /// The subject may not do any more what the certificate lets it do (RFC 5280 §5.3.1).
    public static let privilegeWithdrawn = ACMERevocationReason(rawValue: 9)
    /// The private key of an attribute authority is known to others, or may be (RFC 5280 §5.3.1).
    public static let aACompromise = ACMERevocationReason(rawValue: 10)

    /// Every reason that RFC 5280 assigns, and so every one that Pebble accepts: 0 to 10 without 7, which is unused.
    public static let assigned: [ACMERevocationReason] = [
        .unspecified, .keyCompromise, .cACompromise, .affiliationChanged, .superseded, .cessationOfOperation,
        .certificateHold, .removeFromCRL, .privilegeWithdrawn, .aACompromise,
    ]

    /// The reasons that a subscriber of a public authority may give: 0, 1, 3, 4 and 5 (CA/Browser Forum baseline
    /// requirements §7.2.2).
    ///
    /// The others are about authorities, or are for an authority itself to say, or are never used for TLS.
    public static let forSubscribers: [ACMERevocationReason] = [
        .unspecified, .keyCompromise, .affiliationChanged, .superseded, .cessationOfOperation,
    ]
}

extension ACMERevocationReason: CustomStringConvertible {
    /// The name in RFC 5280 §5.3.1, or the number of a reason that has none.
    public var description: String {
        switch self {
        case .unspecified: "unspecified"
        case .keyCompromise: "keyCompromise"
        case .cACompromise: "cACompromise"
        case .affiliationChanged: "affiliationChanged"
        case .superseded: "superseded"
        case .cessationOfOperation: "cessationOfOperation"
        case .certificateHold: "certificateHold"
        case .removeFromCRL: "removeFromCRL"
        case .privilegeWithdrawn: "privilegeWithdrawn"
        case .aACompromise: "aACompromise"
        default: String(rawValue)
        }
    }
}
