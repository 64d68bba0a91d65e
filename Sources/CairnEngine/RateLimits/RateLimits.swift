public import CairnModel

/// The rate limits of a CA (RFC 8555 §6.6), modelled on Let's Encrypt's.
///
/// All are off by default. A request beyond a limit is refused as `rateLimited` (429) and not counted.
///
/// ```swift
/// ca.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(3, per: .hours(3))
/// ```
public struct CairnRateLimits: Hashable, Sendable {
    /// New accounts per client address.
    ///
    /// Requests without a socket come from `127.0.0.1`. Default: `nil`, no limit. Let's Encrypt allows 10 in 3 hours.
    public var newAccountsPerAddress: CairnRateLimit?
    /// New accounts per IPv6 /48 network.
    ///
    /// Default: `nil`, no limit. Let's Encrypt allows 500 in 3 hours.
    public var newAccountsPerIPv6Range: CairnRateLimit?
    /// New orders per account.
    ///
    /// Default: `nil`, no limit. Let's Encrypt allows 300 in 3 hours.
    public var newOrdersPerAccount: CairnRateLimit?
    /// Certificates per registered domain, for all accounts together.
    ///
    /// Counted on issuance, checked on newOrder. Default: `nil`, no limit. Let's Encrypt allows 50 in 7 days.
    public var certificatesPerRegisteredDomain: CairnRateLimit?
    /// Certificates per exact set of identifiers.
    ///
    /// Counted on issuance, checked on newOrder. Default: `nil`, no limit. Let's Encrypt allows 5 in 7 days.
    public var certificatesPerIdentifierSet: CairnRateLimit?
    /// Failed validations per identifier and account.
    ///
    /// Counted when a challenge's last retry has failed (RFC 8555 §8.2), checked when an order or authorization is
    /// created. A wildcard counts as its base name. Default: `nil`, no limit. Let's Encrypt allows 5 per hour.
    public var failedValidationsPerIdentifier: CairnRateLimit?
    /// Failed validations without a success after which an identifier is paused for an account.
    ///
    /// Orders for it are `rateLimited`, including replacements, until a human unpauses it on the page linked by the
    /// refusal. One failure is forgiven every `period / count`, all of them by a success. Default: `nil`, never. Let's
    /// Encrypt pauses after 1152 and forgives one per day.
    public var failedValidationsUntilPause: CairnRateLimit?
    /// The maximum number of pending authorizations per account.
    ///
    /// Authorizations shared between orders count once. Default: `nil`, no limit.
    public var pendingAuthorizationsPerAccount: Int?

    /// Whether orders that replace a certificate (RFC 9773 §5) are exempt from all limits.
    ///
    /// Default: `true`.
    public var exemptsReplacements = true
    /// Whether orders for exactly the identifiers of an earlier certificate are exempt from ``newOrdersPerAccount`` and
    /// ``certificatesPerRegisteredDomain``.
    ///
    /// Default: `true`.
    public var exemptsRenewals = true
    /// Whether deactivating a pending authorization counts as a failed validation.
    ///
    /// Default: `false`. Let's Encrypt has counted it since November 2024.
    public var countsDeactivations = false
    /// Multi-label public suffixes, such as `co.uk`.
    ///
    /// The registered domain of a name is its last two labels, or one label more than the longest matching suffix. For
    /// addresses it is the IPv4 address or the IPv6 /64 network. Default: ``commonPublicSuffixes``, a few of those at
    /// <https://publicsuffix.org>.
    public var publicSuffixes = Self.commonPublicSuffixes
    /// The target of the `help` link in refusals (RFC 8555 §6.6).
    ///
    /// Default: ``Help/page``. `nil` sends no link.
    public var help: Help? = .page
    /// Whether refusals have a `Retry-After` (RFC 8555 §6.6).
    ///
    /// Default: `true`, as §6.6 recommends.
    public var sendsRetryAfter = true
    /// Overrides for single accounts, domains and addresses.
    public package(set) var overrides: [Override: CairnRateLimit] = [:]

    /// Creates a policy without limits.
    public init() {}

    /// The names of the limits.
    public enum Name: String, CaseIterable, Sendable {
        /// ``CairnRateLimits/newAccountsPerAddress``.
        case newAccountsPerAddress
        /// ``CairnRateLimits/newAccountsPerIPv6Range``.
        case newAccountsPerIPv6Range
        /// ``CairnRateLimits/newOrdersPerAccount``.
        case newOrdersPerAccount
        /// ``CairnRateLimits/certificatesPerRegisteredDomain``.
        case certificatesPerRegisteredDomain
        /// ``CairnRateLimits/certificatesPerIdentifierSet``.
        case certificatesPerIdentifierSet
        /// ``CairnRateLimits/failedValidationsPerIdentifier``.
        case failedValidationsPerIdentifier
        /// ``CairnRateLimits/failedValidationsUntilPause``.
        case failedValidationsUntilPause
        /// ``CairnRateLimits/pendingAuthorizationsPerAccount``.
        case pendingAuthorizationsPerAccount
    }

    /// What an override applies to.
    public enum Subject: Hashable, Sendable {
        /// An account.
        case account(CairnObjectID)
        /// A registered domain.
        case domain(String)
        /// The address of a client.
        case address(CairnIPAddress)
        /// Exactly these identifiers.
        case identifiers(Set<ACMEIdentifier>)
    }

    /// Identifies an override.
    public struct Override: Hashable, Sendable {
        /// The overridden limit.
        public let name: Name
        /// What it applies to.
        public let subject: Subject
    }

    /// The target of the `help` link.
    public enum Help: Hashable, Sendable {
        /// The CA's page that lists the limits.
        case page
        /// Another URL.
        case url(String)
    }

    /// Overrides a limit for a subject, whether or not there is a general limit; `nil` removes the override.
    ///
    /// For ``pendingAuthorizationsPerAccount`` only the count matters. An account with its own certificate limit is
    /// counted separately.
    public mutating func override(_ name: Name, for subject: Subject, with limit: CairnRateLimit?) {
        var subject = subject
        switch subject {
        case .account(let account): subject = .account(CairnObjectID(url: account.rawValue))
        case .domain(let domain): subject = .domain(domain.lowercased())
        case .address, .identifiers: break
        }
        overrides[Override(name: name, subject: subject)] = limit
    }
}

extension CairnRateLimits {
    /// The limit that everybody has.
    package subscript(name: Name) -> CairnRateLimit? {
        switch name {
        case .newAccountsPerAddress: newAccountsPerAddress
        case .newAccountsPerIPv6Range: newAccountsPerIPv6Range
        case .newOrdersPerAccount: newOrdersPerAccount
        case .certificatesPerRegisteredDomain: certificatesPerRegisteredDomain
        case .certificatesPerIdentifierSet: certificatesPerIdentifierSet
        case .failedValidationsPerIdentifier: failedValidationsPerIdentifier
        case .failedValidationsUntilPause: failedValidationsUntilPause
        case .pendingAuthorizationsPerAccount: pendingAuthorizationsPerAccount.map { CairnRateLimit($0, per: .zero) }
        }
    }

    /// The limit that somebody has: his own, or that of everybody.
    func limit(_ name: Name, for subject: @autoclosure () -> Subject) -> CairnRateLimit? {
        guard !overrides.isEmpty else { return self[name] }
        return overrides[Override(name: name, subject: subject())] ?? self[name]
    }

    /// The limit that an account has for itself.
    func override(_ name: Name, of account: Account.ID) -> CairnRateLimit? {
        guard !overrides.isEmpty else { return nil }
        return overrides[Override(name: name, subject: .account("\(account)"))]
    }

    /// The limit that an account has: its own, or that of everybody.
    func limit(_ name: Name, of account: Account.ID) -> CairnRateLimit? {
        override(name, of: account) ?? self[name]
    }
}

/// A rate limit: a number of events per period, which may occur at once.
///
/// A token bucket holds ``count`` tokens; each event takes one, and one is returned every `period / count`.
/// `CairnRateLimit(3, per: .hours(3))` allows three at once and then one per hour.
public struct CairnRateLimit: Hashable, Sendable {
    /// The capacity of the bucket.
    ///
    /// 0 never allows anything.
    public let count: Int
    /// The time in which an empty bucket refills.
    public let period: Duration

    /// No limit, for overrides.
    public static let unlimited = CairnRateLimit(.max, per: .zero)

    /// - Parameters:
    ///   - count: negative counts mean 0.
    ///   - period: clamped to zero...100 years.
    public init(_ count: Int, per period: Duration) {
        self.count = max(0, count)
        self.period = period.bounded
    }

    /// How long it takes until one token comes back.
    var interval: Duration { count > 0 ? period / count : period }
}

extension CairnRateLimit: CustomStringConvertible {
    /// `300 in 3 h`.
    public var description: String { "\(count) in \(period.words)" }
}

extension Duration {
    /// The duration in its largest whole unit: `7 d`, `90 min`, `1.5 s`.
    var words: String {
        for (unit, name) in [(Duration.days(1), "d"), (.hours(1), "h"), (.minutes(1), "min")] where self >= unit {
            let count = components.seconds / unit.components.seconds
            if unit * Int(count) == self { return "\(count) \(name)" }
        }
        guard components.attoseconds != 0 else { return "\(components.seconds) s" }
        return "\(self / .seconds(1)) s"
    }
}

extension CairnRateLimits {
    /// Some multi-label suffixes from <https://publicsuffix.org>.
    public static let commonPublicSuffixes: Set<String> = [
        "ac.uk", "co.il", "co.in", "co.jp", "co.kr", "co.nz", "co.uk", "co.za", "com.ar", "com.au", "com.br", "com.cn",
        "com.mx", "com.sg", "com.tr", "com.tw", "gov.uk", "ne.jp", "net.au", "net.nz", "or.jp", "org.au", "org.nz",
        "org.uk",
    ]

    /// What certificates with this identifier are counted under.
    func registeredDomain(of identifier: ACMEIdentifier) -> String {
        switch identifier.address {
        case .v4(let bits): return CairnIPAddress.v4(bits).description
        case .v6(let bits): return "\(CairnIPAddress.v6((bits >> 64) << 64))/64"
        case nil: break
        }
        let labels = identifier.withoutWildcard.value.split(separator: ".")
        for length in stride(from: labels.count - 1, through: 2, by: -1)
        where publicSuffixes.contains(labels.suffix(length).joined(separator: ".")) {
            return labels.suffix(length + 1).joined(separator: ".")
        }
        return labels.suffix(2).joined(separator: ".")
    }
}
