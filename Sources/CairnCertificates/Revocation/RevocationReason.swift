/// Why a certificate was revoked: a `CRLReason` of RFC 5280 §5.3.1.
public struct RevocationReason: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let unspecified = RevocationReason(rawValue: 0)
    public static let keyCompromise = RevocationReason(rawValue: 1)
    public static let cACompromise = RevocationReason(rawValue: 2)
    public static let affiliationChanged = RevocationReason(rawValue: 3)
    public static let superseded = RevocationReason(rawValue: 4)
    public static let cessationOfOperation = RevocationReason(rawValue: 5)
    public static let certificateHold = RevocationReason(rawValue: 6)
    public static let removeFromCRL = RevocationReason(rawValue: 8)
    public static let privilegeWithdrawn = RevocationReason(rawValue: 9)
    public static let aACompromise = RevocationReason(rawValue: 10)

    /// Every reason that RFC 5280 assigns, and so every one that Pebble accepts: 0 to 10 without 7, which is unused.
    public static let assigned: [RevocationReason] = [
        .unspecified, .keyCompromise, .cACompromise, .affiliationChanged, .superseded, .cessationOfOperation,
        .certificateHold, .removeFromCRL, .privilegeWithdrawn, .aACompromise,
    ]

    /// The reasons that a subscriber of a public authority may give: 0, 1, 3, 4 and 5 (CA/Browser Forum baseline
    /// requirements §7.2.2).
    ///
    /// The others are about authorities, or are for an authority itself to say, or are never used for TLS.
    public static let forSubscribers: [RevocationReason] = [
        .unspecified, .keyCompromise, .affiliationChanged, .superseded, .cessationOfOperation,
    ]
}

extension RevocationReason: CustomStringConvertible {
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
