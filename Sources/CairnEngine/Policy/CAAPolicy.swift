import CairnModel

/// Whether and as whom the CA looks at CAA records (RFC 8659).
public struct CairnCAAPolicy: Hashable, Sendable {
    /// The names of the CA: what an `issue` record must hold for it (RFC 8659 §4.2), shown as `caaIdentities` in the
    /// directory (RFC 8555 §7.1.1).
    ///
    /// Without any, every such record forbids. Default: `cairn.test`.
    public var identities = ["cairn.test"]
    /// How old a check may be when the order is finalized; one that is older is made again.
    ///
    /// Default: 7 hours, since the baseline requirements of the CA/Browser Forum (§4.2.2.1) allow 8.
    public var recheckAfter: Duration = .hours(7)

    /// Everything at its default.
    public init() {}
}
