/// Something that a client does and should not, though the CA can live with it.
public struct Finding: Hashable, Sendable {
    /// What kind of thing it is.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public var rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        /// A client speaks two versions of ACME at once, or one after the other with the same account.
        public static let mixedDialects = Kind(rawValue: "mixedDialects")
    }

    public let kind: Kind
    /// What was seen, in words.
    public let detail: String
    /// The account concerned, as the last part of its URL; `nil` if none is.
    public let account: String?

    package init(_ kind: Kind, _ detail: String, account: String?) {
        (self.kind, self.detail, self.account) = (kind, detail, account)
    }
}
