public import CairnModel

/// How the ACME draft of 1 March 2017 is served, where its text leaves a choice.
///
/// Accounts, their keys and nonces, orders, authorizations, certificates and everything that the policy says are the same
/// in both versions of ACME; an account may use both. What differs is who may read an object: what was made here, or is
/// listed by an order that was, may be read by whoever knows its URL, as the draft has it, and by the account that owns it
/// by RFC 8555. What was made by RFC 8555 alone is for its account, and there alone: an unsigned GET of it here is
/// `unauthorized`, and an orders list here leaves it out.
public struct CairnDraftSettings: Hashable, Sendable {
    /// What is accepted and decided.
    public var policy = Policy()
    /// How answers are written.
    public var answers = Answers()

    /// Everything at its default.
    public init() {}

    /// What is accepted of clients of the draft, and decided about their orders; what ``CairnPolicy`` says is the same in both
    /// versions of ACME.
    public struct Policy: Hashable, Sendable {
        /// What clients of the draft may prove control of a domain name with, in the order in which it is listed.
        ///
        /// A wildcard is offered `dns-01` and `oob-01` of them. Default: `http-01`, `tls-sni-02`, `dns-01`; the draft knows `oob-01` besides.
        public var challengeTypes: [ACMEChallengeType] = [.http01, .tlsSNI02, .dns01]
        /// Whether new-authz and key-change take requests with `jwk`, too.
        ///
        /// The draft demands `kid` ("Request Authentication"), but shows both requests with `jwk`. Default: true.
        public var acceptsKeys = true
        /// Whether signed requests with an empty payload read, as in RFC 8555 §6.3.
        ///
        /// The draft knows nothing of them. Default: false.
        public var acceptsPostAsGet = false
        /// Whether a CSR may name wildcards, about which the draft says only that authorizations never do.
        ///
        /// Then the authorization is for the name below the `*.`, by `dns-01` or `oob-01`. Default: true.
        public var acceptsWildcards = true
        /// Whether a common name that is not among the alternative names is certified like one of them ("Applying for
        /// Certificate Issuance").
        ///
        /// Otherwise such a CSR is `badCSR`. Default: true.
        public var certifiesCommonName = true
        /// Whether the authorizations of an order are good for that order alone, and say so in `scope` ("Authorization
        /// Objects").
        ///
        /// Otherwise an order lists every valid authorization that the account has, as the draft demands of authorizations
        /// without `scope`. They do not tell a name from the wildcard below it, so one counts for both if it was proven by
        /// `dns-01` or `oob-01`. Default: false.
        public var scopesAuthorizations = false

        /// Everything at its default.
        public init() {}
    }

    /// How the draft's answers are written.
    public struct Answers: Hashable, Sendable {
        /// The status of the refusal of a deactivated account ("Account deactivation" names none).
        ///
        /// Default: 403.
        public var deactivatedStatus = 403
        /// Whether the answer to new-account shows the account that the key has already ("Account Creation" shows only its
        /// header).
        ///
        /// Default: true.
        public var showsExistingAccount = true
        /// Whether pending authorizations have no `status`, whose "default value is pending" ("Authorization Objects").
        ///
        /// Default: false.
        public var omitsPendingStatus = false
        /// Whether pending authorizations have the member `combinations`, each challenge on its own ("Pre-Authorization" names
        /// it and does not say what it is).
        ///
        /// Default: false.
        public var showsCombinations = false
        /// Whether the answer 303 of new-authz shows the authorization that it leads to ("Pre-Authorization").
        ///
        /// Default: false, its body is empty.
        public var showsExistingAuthorization = false
        /// Whether the pages of an orders list are linked as the draft prints it, which is no link of RFC 5988: without angle
        /// brackets, and with a comma in front of `rel` ("Orders List").
        ///
        /// Default: false.
        public var printsPageLinks = false

        /// Everything at its default.
        public init() {}
    }
}
