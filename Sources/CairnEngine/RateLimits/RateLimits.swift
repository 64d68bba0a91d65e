public import CairnModel

/// The rate limits of a CA (RFC 8555 §6.6), in the shapes that Let's Encrypt gives them.
///
/// All are off by default. Beyond a limit a request is `rateLimited` (429), and nothing has been counted for it.
///
/// ```swift
/// ca.policy.rateLimits.newOrdersPerAccount = CairnRateLimit(3, per: .hours(3))
/// ```
public struct CairnRateLimits: Hashable, Sendable {
    /// New accounts from one address of a client.
    ///
    /// Default: `nil`, no limit; Let's Encrypt has 10 in 3 hours. Requests without a socket come from `127.0.0.1`.
    public var newAccountsPerAddress: CairnRateLimit?
    /// New accounts from one IPv6 network of 48 bits.
    ///
    /// Default: `nil`, no limit; Let's Encrypt has 500 in 3 hours.
    public var newAccountsPerIPv6Range: CairnRateLimit?
    /// New orders of one account.
    ///
    /// Default: `nil`, no limit; Let's Encrypt has 300 in 3 hours.
    public var newOrdersPerAccount: CairnRateLimit?
    /// Certificates with names of one registered domain, of all accounts together.
    ///
    /// They are counted when they are issued and checked when an order is made. Default: `nil`, no limit; Let's Encrypt
    /// has 50 in 7 days.
    public var certificatesPerRegisteredDomain: CairnRateLimit?
    /// Certificates for exactly the same identifiers.
    ///
    /// They are counted when they are issued and checked when an order is made. Default: `nil`, no limit; Let's Encrypt
    /// has 5 in 7 days.
    public var certificatesPerIdentifierSet: CairnRateLimit?
    /// Validations of one identifier that failed for one account.
    ///
    /// They are counted when the last query of a challenge has failed (RFC 8555 §8.2), and checked when an order or
    /// authorization is made. A wildcard counts as the name below it. Default: `nil`, no limit;
    /// Let's Encrypt has 5 in an hour.
    public var failedValidationsPerIdentifier: CairnRateLimit?
    /// Failed validations after which an identifier is paused for an account, if none succeeded meanwhile.
    ///
    /// Until a human unpauses it on the page that the refusal names, orders for it are `rateLimited`, those that replace a
    /// certificate too. One failure is forgiven every `period / count`, and all of them by a success. Default: `nil`,
    /// never; Let's Encrypt pauses after 1152, and forgives one a day.
    public var failedValidationsUntilPause: CairnRateLimit?
    /// The most authorizations that one account may have pending.
    ///
    /// Those that an order shares with earlier ones do not count twice. Default: `nil`, no limit.
    public var pendingAuthorizationsPerAccount: Int?

    /// Whether an order that replaces a certificate (RFC 9773 §5) is free of all limits.
    ///
    /// Default: yes.
    public var exemptsReplacements = true
    /// Whether an order for exactly the identifiers of an earlier certificate is free of ``newOrdersPerAccount`` and
    /// ``certificatesPerRegisteredDomain``.
    ///
    /// Default: yes.
    public var exemptsRenewals = true
    /// Whether a client that deactivates a pending authorization has failed to validate it.
    ///
    /// Default: no. Let's Encrypt has counted it since November 2024.
    public var countsDeactivations = false
    /// The suffixes of several labels under which domains are registered, such as `co.uk`.
    ///
    /// The registered domain of a name is its last two labels, or one label more than the longest suffix here that it
    /// has. Of addresses it is the IPv4 address itself, or the IPv6 network of 64 bits. Default:
    /// ``commonPublicSuffixes``, a few of those of <https://publicsuffix.org>.
    public var publicSuffixes = Self.commonPublicSuffixes
    /// What a refusal links to with the relation `help` (RFC 8555 §6.6).
    ///
    /// Default: ``Help/page``. `nil` links to nothing.
    public var help: Help? = .page
    /// Whether a refusal has a `Retry-After` (RFC 8555 §6.6).
    ///
    /// Default: yes, as §6.6 recommends.
    public var sendsRetryAfter = true
    /// The limits of single accounts, domains and addresses.
    public package(set) var overrides: [Override: CairnRateLimit] = [:]

    /// Everything at its default: no limits.
    public init() {}

    /// The names of the limits.
    public enum Name: String, CaseIterable, Sendable {
        /// That of ``CairnRateLimits/newAccountsPerAddress``.
        case newAccountsPerAddress
        /// That of ``CairnRateLimits/newAccountsPerIPv6Range``.
        case newAccountsPerIPv6Range
        /// That of ``CairnRateLimits/newOrdersPerAccount``.
        case newOrdersPerAccount
        /// That of ``CairnRateLimits/certificatesPerRegisteredDomain``.
        case certificatesPerRegisteredDomain
        /// That of ``CairnRateLimits/certificatesPerIdentifierSet``.
        case certificatesPerIdentifierSet
        /// That of ``CairnRateLimits/failedValidationsPerIdentifier``.
        case failedValidationsPerIdentifier
        /// That of ``CairnRateLimits/failedValidationsUntilPause``.
        case failedValidationsUntilPause
        /// That of ``CairnRateLimits/pendingAuthorizationsPerAccount``.
        case pendingAuthorizationsPerAccount
    }

    /// Whom an override is for.
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

    /// A limit of somebody.
    public struct Override: Hashable, Sendable {
        /// The limit that differs.
        public let name: Name
        /// The one for whom it differs.
        public let subject: Subject
    }

    /// What a refusal links to.
    public enum Help: Hashable, Sendable {
        /// A page of the CA, which lists the limits.
        case page
        /// A page elsewhere, by its URL.
        case url(String)
    }

    /// Gives somebody a limit of his own, whether or not there is one for all; `nil` takes it back.
    ///
    /// Of ``pendingAuthorizationsPerAccount`` the count alone matters. An account with a limit of its own for
    /// certificates is counted apart from the others.
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

/// How often something may happen: so many times at once, and on average so many times in a period.
///
/// It is a token bucket: it holds ``count`` tokens, each event takes one, and one comes back every `period / count`.
/// `CairnRateLimit(3, per: .hours(3))` allows three at once, and then one an hour.
public struct CairnRateLimit: Hashable, Sendable {
    /// The tokens of a full bucket.
    ///
    /// 0 allows nothing at all, ever.
    public let count: Int
    /// How long an empty bucket takes to fill.
    public let period: Duration

    /// A limit that is never reached: for overrides.
    public static let unlimited = CairnRateLimit(.max, per: .zero)

    /// - Parameters:
    ///   - count: a negative one is taken for 0.
    ///   - period: taken for zero if it is negative, and for 100 years if it is longer.
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
    /// Some suffixes of several labels from <https://publicsuffix.org>.
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
