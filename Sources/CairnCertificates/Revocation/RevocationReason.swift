/// Why a certificate was revoked: a `CRLReason` of RFC 5280 §5.3.1.
public struct ACMERevocationReason: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let unspecified = ACMERevocationReason(rawValue: 0)
    public static let keyCompromise = ACMERevocationReason(rawValue: 1)
    public static let cACompromise = ACMERevocationReason(rawValue: 2)
    public static let affiliationChanged = ACMERevocationReason(rawValue: 3)
    public static let superseded = ACMERevocationReason(rawValue: 4)
    public static let cessationOfOperation = ACMERevocationReason(rawValue: 5)
    public static let certificateHold = ACMERevocationReason(rawValue: 6)
    public static let removeFromCRL = ACMERevocationReason(rawValue: 8)
    public static let privilegeWithdrawn = ACMERevocationReason(rawValue: 9)
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
