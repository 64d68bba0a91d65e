public import CairnCertificates
public import CairnModel

/// What the CA asks of clients, and how long things live.
///
/// It can be changed while the CA runs; a change holds for what happens afterwards.
///
/// **Durations** mean the same in every setting, here and in the configuration. One that can be `nil` then is none: nothing
/// is sent, nothing ends. Any other is as long as it says, zero where that makes sense, and 100 years at most. A duration
/// that is negative, or out of its range, is no value: the CA does not start with it, and does not take it while it runs.
///
/// **A personality** decides some of it otherwise than Cairn does by default: what is marked as a ``CairnChoice``. Whatever
/// is assigned there stands against the personality, to whichever value and in whichever order; the rest follows it.
public struct CairnPolicy: Sendable {
    /// The terms that accounts must agree to (RFC 8555 §7.3, §7.3.3); `nil` asks for nothing.
    ///
    /// Default: ``CairnTermsOfService/page``.
    @CairnChoice public var termsOfService: CairnTermsOfService? = .page
    /// Whether new accounts are bound to accounts outside ACME (RFC 8555 §7.3.4).
    ///
    /// Accounts that are there already are never asked. Default: ``CairnExternalAccountBindingPolicy/verified``.
    public var externalAccountBinding = CairnExternalAccountBindingPolicy.verified
    /// Which keys are accepted, of accounts and in CSRs.
    public var keys = CairnKeyRules()
    /// The URL of a page about the CA, which the directory names (RFC 8555 §7.1.1).
    ///
    /// Default: `nil`, there is none.
    public var website: String?
    /// The challenge types that are offered where they fit, in the order in which they are listed.
    ///
    /// A wildcard is offered `dns-01` alone (RFC 8555 §7.1.3 and the practice of every CA), an address `http-01` and
    /// `tls-alpn-01` (RFC 8738 §7). `tls-sni-02` and `oob-01`, of the ACME draft of March 2017, are for names and for
    /// everything, respectively. Default: `http-01`, `dns-01`, `tls-alpn-01`.
    public var challengeTypes: [ACMEChallengeType] = [.http01, .dns01, .tlsALPN01]
    /// Whether the challenges of one authorization have one token, which RFC 8555 §8.3 allows and some servers do.
    ///
    /// Default: each has its own.
    @CairnChoice public var challengesShareToken = false
    /// Which failed challenges make their authorization invalid (RFC 8555 §7.1.6).
    ///
    /// Default: ``CairnFailedChallenges/any``.
    public var authorizationFailsOn: CairnFailedChallenges = .any
    /// The most identifiers that one order may have.
    ///
    /// Default: 100.
    public var maximumIdentifiers = 100
    /// What differs for orders under a certificate profile, by the name of the profile.
    ///
    /// Default: nothing.
    public var profiles: [String: CairnProfileRules] = [:]
    /// The profile of orders that name none (draft-ietf-acme-profiles §4).
    ///
    /// Default: ``CairnDefaultProfile/first``.
    @CairnChoice public var defaultProfile = CairnDefaultProfile.first
    /// The type of the problem by which an account is told that it may not have a profile which others may.
    ///
    /// Default: `invalidProfile` (draft-ietf-acme-profiles §4). Let's Encrypt says `unauthorized`.
    @CairnChoice public var profileRefusal = ACMEProblemType.invalidProfile
    /// What becomes of orders whose profile is offered no more.
    ///
    /// Default: ``CairnRemovedProfile/refused``.
    public var removedProfile = CairnRemovedProfile.refused
    /// The names and addresses that the CA will not certify: `rejectedIdentifier` (RFC 8555 §7.4).
    ///
    /// A wildcard is refused as well if the name under its `*.` is blocked, or one that it would cover. Default: none.
    public var blockedNames: CairnNameSet = []
    /// Whether clients may ask for authorizations before they order anything (RFC 8555 §7.4.1).
    ///
    /// Default: true. Otherwise the directory names no `newAuthz`, and there is nothing at its URL.
    @CairnChoice public var preAuthorization = true
    /// How much a pre-authorization covers that was proven by `dns-01`.
    ///
    /// Default: ``CairnPreAuthorizationScope/name``, the name alone.
    public var preAuthorizationScope = CairnPreAuthorizationScope.name
    /// Whether orders are given authorizations that are valid already.
    ///
    /// Pre-authorizations and grants are used in any case: that is what they are for. Default:
    /// ``CairnAuthorizationReuse/never``.
    public var authorizationReuse = CairnAuthorizationReuse.never
    /// Whether an order is given an authorization that is still pending, if the account has one for the same name and with
    /// the same challenges.
    ///
    /// Default: false.
    public var reusesPendingAuthorizations = false
    /// Whether newOrder answers with an order that is there already: of the same account, for the same set of names, under
    /// the same profile, without dates of its own, and `pending` or `ready`.
    ///
    /// The answer is 201 with the URL of that order. Orders that were placed while this was off are not found. Default:
    /// false.
    public var reusesPendingOrders = false
    /// The most contacts that an account may have.
    ///
    /// Default: 10.
    @CairnChoice public var maximumContacts = 10
    /// Whether an account needs a contact (RFC 8555 §7.3).
    ///
    /// Default: false.
    public var requiresContact = false
    /// The domains whose addresses are refused as contacts, with `invalidContact` (RFC 8555 §7.3).
    ///
    /// Default: none.
    public var blockedContactDomains: CairnNameSet = []
    /// How many orders one page of an orders list shows (RFC 8555 §7.1.2.1).
    ///
    /// Default: 50.
    @CairnChoice public var ordersPerPage = 50
    /// How long orders and authorizations can be used.
    ///
    /// Default: 7 days until they are done with, 30 for an authorization that is valid.
    public var lifetimes = Lifetimes()
    /// What CAA records mean to the CA; `nil` does not look at them.
    ///
    /// Default: they are looked at with every validation of a domain name, and again before a certificate is issued.
    @CairnChoice public var caa: CairnCAAPolicy? = CairnCAAPolicy()
    /// How `dns-persist-01` is done, where ``challengeTypes`` has it.
    ///
    /// Default: ``CairnPersistPolicy/init()``.
    public var persist = CairnPersistPolicy()
    /// What becomes of orders for a wildcard and for a name that it covers.
    ///
    /// Default: ``CairnCoveredNames/accepted``.
    @CairnChoice public var coveredNames = CairnCoveredNames.accepted
    /// When orders and authorizations move on.
    ///
    /// Default: at once.
    public var progress = CairnProgress()
    /// Whether a challenge shows `processing` from the client's response to the verdict; otherwise it shows `pending` until
    /// it is decided, as it does with Let's Encrypt.
    ///
    /// A client that waits only while it reads `pending`, or only while it reads `processing`, fails with the other.
    /// `Retry-After` is sent in both cases. Default: false. Deviation: RFC 8555 §7.1.6 and §8.2 have `processing`.
    @CairnChoice public var showsProcessing = false
    /// How long a validation waits at most before it begins, once the client has answered the challenge.
    ///
    /// Each waits for a time by chance, drawn by the seed in milliseconds from none to this, on the clock of the CA. Pebble
    /// sleeps like that. Default: zero, which looks at once.
    public var maximumValidationDelay: Duration = .zero
    /// How long the CA waits before it looks again after a validation that failed (RFC 8555 §8.2), one entry a retry.
    ///
    /// `[.seconds(5), .seconds(10)]` looks three times at most. Default: none, the first failure is final.
    public var validationRetries: [Duration] = []
    /// How often a client may have a failed validation retried at once, by answering the challenge again (RFC 8555
    /// §8.2).
    ///
    /// Beyond it, such a request is `rateLimited`. Default: 10 for each challenge.
    public var maximumRequestedRetries = 10
    /// Whether a revocation that the key of the certificate signs is for `keyCompromise`, whatever reason it names: who has
    /// shown the key has shown that it is compromised.
    ///
    /// Default: false, it is for the reason that it names (RFC 8555 §7.6). Let's Encrypt has done so since September 2022.
    public var revocationByKeyIsCompromise = false
    /// The reasons that a revocation may name; any other is `badRevocationReason` (RFC 8555 §7.6).
    ///
    /// Default: ``ACMERevocationReason/forSubscribers``, those that a subscriber can know of.
    @CairnChoice public var revocationReasons = Set(ACMERevocationReason.forSubscribers)
    /// When and how relying parties learn of revocations.
    ///
    /// Default: ``CairnRevocationStatusPolicy/init()``, at once.
    public var revocationStatus = CairnRevocationStatusPolicy()
    /// How much one client may ask for (RFC 8555 §6.6).
    ///
    /// Default: no limits.
    public var rateLimits = CairnRateLimits()
    /// What clients learn about renewals, and whether they can name what an order replaces (RFC 9773).
    ///
    /// Default: ``CairnRenewalInfoPolicy/init()``. `nil` offers no renewal information, and ignores `replaces`.
    @CairnChoice public var renewalInfo: CairnRenewalInfoPolicy? = CairnRenewalInfoPolicy()

    /// Whether requests are refused that look like those of the time before RFC 8555: with a member `resource` in the payload,
    /// and with something in the response to a challenge, which is `{}`.
    ///
    /// Deviation: RFC 8555 §7.1 has unknown members ignored. This is what `-strict` means to Pebble. Default: false.
    public var refusesEarlierForms = false

    /// What is accepted that a standard forbids and that the CAs in use accept; each time with a finding.
    ///
    /// Default: ``CairnLeniencies/deployed``, all of it.
    public var leniencies = CairnLeniencies.deployed

    /// Everything at its default.
    public init() {}

    /// How long objects can be used.
    ///
    /// After that their status says so. Each is a second at least.
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

        /// Everything at its default.
        public init() {}
    }
}

/// How many challenges of an authorization must fail before it is invalid.
public enum CairnFailedChallenges: String, CaseIterable, Sendable {
    /// One: what RFC 8555 §7.1.6 says.
    case any
    /// All of them, so that a client may try the next one after a failure.
    ///
    /// Deviation: RFC 8555 §7.1.6 makes the authorization invalid with the first failure. This is what erratum 6317 (held
    /// for an update of the document) asks for.
    case all
}
