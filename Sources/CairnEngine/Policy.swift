public import CairnCertificates
public import CairnModel

/// What the CA demands of clients, and how long things live.
///
/// It can be changed while the CA runs; changes apply from then on.
///
/// **Durations** follow the same rules in all settings. `nil`, where allowed, means none: nothing is sent, nothing
/// ends. The maximum is 100 years; zero is allowed where it makes sense. Negative and out-of-range durations are
/// invalid: the CA does not start with them, and ignores them while it runs.
///
/// **A personality** decides what is declared as a ``CairnChoice``, unless somebody has chosen it. Whatever is assigned wins
/// over the personality, whichever the value and the order.
public struct CairnPolicy: Sendable {
    /// The terms that accounts must agree to (RFC 8555 §7.3, §7.3.3); `nil` requires none.
    ///
    /// Default: ``CairnTermsOfService/page``.
    @CairnChoice public var termsOfService: CairnTermsOfService? = .page
    /// Whether new accounts need an external account binding (RFC 8555 §7.3.4).
    ///
    /// Existing accounts are not affected. Default: ``CairnExternalAccountBindingPolicy/verified``.
    public var externalAccountBinding = CairnExternalAccountBindingPolicy.verified
    /// Which keys are accepted, for accounts and in CSRs.
    public var keys = CairnKeyRules()
    /// The URL of the CA's website, shown in the directory (RFC 8555 §7.1.1).
    ///
    /// Default: `nil`, none.
    public var website: String?
    /// The challenge types that are offered where they apply, in this order.
    ///
    /// | type | names | wildcards | addresses |
    /// |---|---|---|---|
    /// | `http-01`, `tls-alpn-01` | yes | no | yes (RFC 8738 §7) |
    /// | `dns-01`, `dns-account-01`, `dns-persist-01` | yes | yes | no |
    /// | `tls-sni-02` | yes | no | no |
    /// | `oob-01` | yes | yes | yes |
    ///
    /// Default: `http-01`, `dns-01`, `tls-alpn-01`.
    public var challengeTypes: [ACMEChallengeType] = [.http01, .dns01, .tlsALPN01]
    /// Whether the challenges of an authorization share one token, which RFC 8555 §8.3 allows and some servers do.
    ///
    /// Default: `false`.
    @CairnChoice public var challengesShareToken = false
    /// Which failed challenges make their authorization invalid (RFC 8555 §7.1.6).
    ///
    /// Default: ``CairnFailedChallenges/any``.
    public var authorizationFailsOn: CairnFailedChallenges = .any
    /// The maximum number of identifiers per order.
    ///
    /// Default: 100.
    public var maximumIdentifiers = 100
    /// Rules for orders under certificate profiles, by profile name.
    ///
    /// Default: nothing.
    public var profiles: [String: CairnProfileRules] = [:]
    /// The profile of orders that name none (draft-ietf-acme-profiles §4).
    ///
    /// Default: ``CairnDefaultProfile/first``.
    @CairnChoice public var defaultProfile = CairnDefaultProfile.first
    /// The problem type for an account that may not use a profile.
    ///
    /// Default: `invalidProfile` (draft-ietf-acme-profiles §4). Let's Encrypt uses `unauthorized`.
    @CairnChoice public var profileRefusal = ACMEProblemType.invalidProfile
    /// What happens to orders whose profile is no longer offered.
    ///
    /// Default: ``CairnRemovedProfile/refused``.
    public var removedProfile = CairnRemovedProfile.refused
    /// The names and addresses that are refused as `rejectedIdentifier` (RFC 8555 §7.4).
    ///
    /// A wildcard is also refused if its base name or a name that it covers is blocked. Default: none.
    public var blockedNames: CairnNameSet = []
    /// Whether pre-authorization is offered (RFC 8555 §7.4.1).
    ///
    /// If not, the directory has no `newAuthz` and its URL gives 404. Default: `true`.
    @CairnChoice public var preAuthorization = true
    /// What a pre-authorization covers if it was validated by `dns-01`.
    ///
    /// Default: ``CairnPreAuthorizationScope/name``.
    public var preAuthorizationScope = CairnPreAuthorizationScope.name
    /// Whether orders reuse valid authorizations.
    ///
    /// Pre-authorizations and grants are always used. Default: ``CairnAuthorizationReuse/never``.
    public var authorizationReuse = CairnAuthorizationReuse.never
    /// Whether orders reuse pending authorizations of the account for the same name with the same challenges.
    ///
    /// Default: false.
    public var reusesPendingAuthorizations = false
    /// Whether newOrder returns an existing `pending` or `ready` order of the account for the same names and profile,
    /// if neither has dates.
    ///
    /// The answer is 201 with the URL of that order. Orders placed while this was off are not reused. Default: `false`.
    public var reusesPendingOrders = false
    /// The maximum number of contacts per account.
    ///
    /// Default: 10.
    @CairnChoice public var maximumContacts = 10
    /// Whether accounts need a contact (RFC 8555 §7.3).
    ///
    /// Default: false.
    public var requiresContact = false
    /// The domains whose mail addresses are refused as `invalidContact` (RFC 8555 §7.3).
    ///
    /// Default: none.
    public var blockedContactDomains: CairnNameSet = []
    /// The number of orders per page of an orders list (RFC 8555 §7.1.2.1).
    ///
    /// Default: 50.
    @CairnChoice public var ordersPerPage = 50
    /// The lifetimes of orders and authorizations.
    ///
    /// Default: 7 days; 30 for valid authorizations.
    public var lifetimes = Lifetimes()
    /// How CAA records are checked; `nil` ignores them.
    ///
    /// Default: with every validation of a domain name, and again before issuance.
    @CairnChoice public var caa: CairnCAAPolicy? = CairnCAAPolicy()
    /// Options for `dns-persist-01`, if ``challengeTypes`` includes it.
    ///
    /// Default: ``CairnPersistPolicy/init()``.
    public var persist = CairnPersistPolicy()
    /// What happens to orders with a wildcard and a name that it covers.
    ///
    /// Default: ``CairnCoveredNames/accepted``.
    @CairnChoice public var coveredNames = CairnCoveredNames.accepted
    /// When orders and authorizations progress.
    ///
    /// Default: at once.
    public var progress = CairnProgress()
    /// Whether challenges show `processing` while they are validated; otherwise they show `pending`, as with Let's
    /// Encrypt.
    ///
    /// Clients that wait only for one of these fail with the other. `Retry-After` is sent in both cases. Default: `false`.
    /// Deviation: RFC 8555 §7.1.6 and §8.2 have `processing`.
    @CairnChoice public var showsProcessing = false
    /// The maximum delay between the response to a challenge and its validation.
    ///
    /// Each delay is drawn from the seed, in milliseconds, on the CA's clock. Pebble sleeps like this. Default: zero.
    public var maximumValidationDelay: Duration = .zero
    /// The delays before the CA retries a failed validation (RFC 8555 §8.2), one entry per retry.
    ///
    /// `[.seconds(5), .seconds(10)]` tries three times at most. Default: none; the first failure is final.
    public var validationRetries: [Duration] = []
    /// How often a client may request an immediate retry by responding to a challenge again (RFC 8555 §8.2).
    ///
    /// Further requests are `rateLimited`. Default: 10 per challenge.
    public var maximumRequestedRetries = 10
    /// Whether a revocation signed by the certificate's key counts as `keyCompromise`, whatever reason it names.
    ///
    /// Let's Encrypt has done so since September 2022. Default: `false`, which uses the reason given (RFC 8555 §7.6).
    public var revocationByKeyIsCompromise = false
    /// The accepted revocation reasons; others are `badRevocationReason` (RFC 8555 §7.6).
    ///
    /// Default: ``ACMERevocationReason/forSubscribers``.
    @CairnChoice public var revocationReasons = Set(ACMERevocationReason.forSubscribers)
    /// When and how revocations are published.
    ///
    /// Default: ``CairnRevocationStatusPolicy/init()``, immediately.
    public var revocationStatus = CairnRevocationStatusPolicy()
    /// The rate limits (RFC 8555 §6.6).
    ///
    /// Default: no limits.
    public var rateLimits = CairnRateLimits()
    /// Renewal information, and whether orders may have `replaces` (RFC 9773).
    ///
    /// Default: ``CairnRenewalInfoPolicy/init()``. `nil` offers no renewal information and ignores `replaces`.
    @CairnChoice public var renewalInfo: CairnRenewalInfoPolicy? = CairnRenewalInfoPolicy()

    /// Whether requests from before RFC 8555 are refused: those with a member `resource` in the payload, and non-empty
    /// responses to challenges.
    ///
    /// This is Pebble's `-strict`. Deviation: RFC 8555 §7.1 requires unknown members to be ignored. Default: `false`.
    public var refusesEarlierForms = false

    /// What is accepted, with a finding, although a standard forbids it, because public CAs accept it.
    ///
    /// Default: ``CairnLeniencies/deployed``.
    public var leniencies = CairnLeniencies.deployed

    /// Creates the default policy.
    public init() {}

    /// The lifetimes of objects.
    ///
    /// Each is at least one second.
    public struct Lifetimes: Hashable, Sendable {
        /// From newOrder until the order must be finalized.
        ///
        /// Default: 7 days.
        @CairnChoice public var order: Duration = .days(7)
        /// From newOrder until an authorization must be valid.
        ///
        /// Default: 7 days.
        @CairnChoice public var pendingAuthorization: Duration = .days(7)
        /// From its validation until an authorization expires.
        ///
        /// Default: 30 days.
        @CairnChoice public var validAuthorization: Duration = .days(30)

        /// Creates the default lifetimes.
        public init() {}
    }
}

/// What is read of the policy for every request: whoever reads it from another module copies all of it first.
extension Shared<CairnPolicy> {
    package var showsProcessing: Bool { value.showsProcessing }
    package var refusesEarlierForms: Bool { value.refusesEarlierForms }
    package var leniencies: CairnLeniencies { value.leniencies }
    package var offersRenewalInfo: Bool { value.renewalInfo != nil }
}

/// Which failed challenges make an authorization invalid.
public enum CairnFailedChallenges: String, CaseIterable, Sendable {
    /// Any one, as in RFC 8555 §7.1.6.
    case any
    /// Only all of them, so that a client can try another one after a failure.
    ///
    /// Deviation: RFC 8555 §7.1.6 makes the authorization invalid with the first failure. Erratum 6317 (held for
    /// document update) asks for this.
    case all
}
