public import CairnModel

/// Something that a client does and should not, though the CA can live with it.
public struct CairnFinding: Hashable, Sendable {
    /// What kind of thing it is.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// A name in camel case, such as `mixedDialects`.
        public var rawValue: String

        /// Takes any name, known or not.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// What a ``CairnLeniency`` accepted; the kind has its name.
        public init(_ leniency: CairnLeniency) { rawValue = leniency.name }

        /// A client speaks two versions of ACME at once, or one after the other with the same account.
        public static let mixedDialects = Kind(rawValue: "mixedDialects")
    }

    /// What the finding can be told from others by.
    public let kind: Kind
    /// What was seen, in words.
    public let detail: String
    /// The account concerned; `nil` if none is.
    public let account: CairnObjectID?
    /// The number of the request in which it was seen, that is ``CairnRequestEvent/number``; `nil` if it was in none.
    public let request: Int?

    /// A finding about the request that is being answered.
    package init(_ kind: Kind, _ detail: String, account: CairnObjectID?, request: Int? = RequestNumber.current) {
        (self.kind, self.detail, self.account, self.request) = (kind, detail, account, request)
    }

    /// What a leniency accepted.
    package init(_ leniency: CairnLeniency, _ detail: String, account: CairnObjectID?) {
        self.init(Kind(leniency), "\(detail): \(leniency.letter)", account: account)
    }
}

/// The number of the request that is being answered, for whatever notes something about it, however deep below.
package enum RequestNumber {
    /// `nil` while nothing is: due work, validations.
    @TaskLocal package static var current: Int?
}
