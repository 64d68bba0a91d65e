package import CairnModel

/// The terms that accounts agree to (RFC 8555 §7.3, §7.3.3).
///
/// ```swift
/// ca.policy.termsOfService = .page(version: "2")
/// // … newOrder is refused with userActionRequired until somebody agrees
/// try ca.accounts.agreeToTerms(account)
/// ```
/// Accounts remember the version that they agreed to. An account that has not agreed to the current version cannot
/// obtain certificates.
public struct CairnTermsOfService: Hashable, Sendable {
    /// Where the terms are published.
    public enum Location: Hashable, Sendable {
        /// On a page of the CA whose URL ends in the version.
        case page
        /// At another URL.
        case url(String)
    }

    /// Default: ``Location-swift.enum/page``.
    public var location: Location
    /// The version of the terms.
    ///
    /// Changing the location alone does not make a new version.
    ///
    /// Default: `1`.
    public var version: String
    /// The text of the CA's page, in plain text.
    ///
    /// Earlier versions are not kept: their URLs give 404.
    public var text: String

    /// The standard text: certificates of this CA prove nothing.
    public static let standardText = """
        This is a certificate authority for tests. Its certificates prove nothing and are trusted by nobody.
        By agreeing you agree to that.

        """

    /// Creates terms; by default version 1 of ``standardText`` on a page of the CA.
    public init(_ location: Location = .page, version: String = "1", text: String = standardText) {
        self.location = location
        self.version = version
        self.text = text
    }

    /// Version 1, on a page of the CA.
    public static let page = CairnTermsOfService()

    /// Terms on a page of the CA.
    public static func page(version: String, text: String = standardText) -> CairnTermsOfService {
        CairnTermsOfService(.page, version: version, text: text)
    }

    /// Terms at another URL.
    public static func url(_ url: String, version: String = "1") -> CairnTermsOfService {
        CairnTermsOfService(.url(url), version: version)
    }
}

extension Engine {
    /// Notes that the holder of an account agrees to the terms, outside ACME (RFC 8555 §7.3.3).
    ///
    /// - Parameter version: the one that he saw; `nil` stands for the current one.
    package func agreeToTerms(
        for id: Account.ID, version: String? = nil, at now: CairnInstant
    ) throws(Refusal) -> Account {
        try transact(at: now) { (state) throws(Refusal) in
            var account = try state.validAccount(id)
            guard let terms = state.policy.termsOfService else { return account }
            guard version == nil || version == terms.version else {
                throw Refusal(
                    .malformed,
                    "expected agreement to version \"\(terms.version)\" of the terms, got version \((version ?? "").quoted) "
                        + "(RFC 8555 §7.3.3)", cause: .outdatedTerms)
            }
            guard account.agreedTerms != terms.version else { return account }
            account.termsOfServiceAgreed = true
            account.agreedTerms = terms.version
            state.accounts.update(account)
            state.note(.agreed(account: "\(id)", terms: terms.version), at: now)
            return account
        }
    }
}
